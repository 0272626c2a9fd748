"""Pure decisions: no file, process, socket, clock or environment is touched here."""
