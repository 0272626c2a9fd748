"""What may be wrong with a setup, and the command that mends it."""
