"""The operating system: terminal, other programs, replacing the process, files, directories."""
