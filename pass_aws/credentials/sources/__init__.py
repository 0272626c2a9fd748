"""The sources of credentials, one file for each kind of step."""
