"""Stored tickets, sessions and tokens, with their seal, index and locks."""
