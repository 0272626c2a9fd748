"""What goes where, and what is there."""
