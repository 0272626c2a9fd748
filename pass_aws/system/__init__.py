"""The machine: terminal, other programs, becoming the child, files, directories."""
