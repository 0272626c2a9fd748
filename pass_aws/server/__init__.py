"""Credential servers for a command, a container or an IDE: ECS and IMDSv2."""
