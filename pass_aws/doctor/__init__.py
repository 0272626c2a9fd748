"""Finds problems in a setup, each with the command that solves it."""
