"""Runs gpg: decryption, encryption, keys, and causes of failure."""

SUFFIX = ".gpg"
"""Ends the names of encrypted files, in the store and in the cache."""
