"""How each kind of step yields credentials."""
