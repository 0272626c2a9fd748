"""Runs gpg: decryption, encryption, keys, and causes of failure."""
