"""The password store: entries, recipients, writing, git."""
