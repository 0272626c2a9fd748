"""Installs files, and checks what is installed."""
