"""Measures commands next to their floors, the least possible times; README.md explains the figures."""
