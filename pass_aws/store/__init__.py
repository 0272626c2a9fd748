"""pass's store: entries, recipients, writing, git."""
