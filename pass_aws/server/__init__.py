"""Credential servers for a command, a container, an IDE: ECS style, and IMDSv2."""
