"""Text for people: escaped text, durations, suggestions, quoting."""
