"""Tickets and sessions at rest, their seal, index and locks."""
