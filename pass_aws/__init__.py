"""AWS credentials for people who keep their secrets in pass."""

VERSION = "0.1.0"
