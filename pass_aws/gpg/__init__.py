"""Starting gpg, its keys, encrypting, and why it failed."""
