"""Long-lived keys: add, move, and what they look like."""
