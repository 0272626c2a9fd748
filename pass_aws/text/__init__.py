"""What people read: safe text, durations, suggestions, output formats."""
