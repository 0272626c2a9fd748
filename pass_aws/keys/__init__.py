"""Access keys: add, import, move, rotate, audit, remove."""
