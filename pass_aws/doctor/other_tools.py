"""Finds leftovers of aws-vault, granted and awsume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.doctor.finding import Finding, ok, warn
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.doctor.facts import Facts

GRANTED = "granted_sso_"


def aws_vault(facts: Facts) -> Iterator[Finding]:
    """aws-vault has left neither sessions nor keys."""
    tools = facts.tools
    if tools.sessions:
        found = f"aws-vault has left {tools.sessions} session{'s' * (tools.sessions != 1)} in the store"
        why = "they are in its git history, and pass aws does not use them"
        yield warn("aws-vault", found, why, command("pass", "aws", "clear", "--aws-vault"))
    if tools.backend:
        found = f"AWS_VAULT_BACKEND is {tools.backend}: aws-vault keeps keys where pass aws does not see them"
        fix = command("pass", "aws", "import", "--aws-vault", tools.backend)
        yield warn("aws-vault", found, "pass aws cannot use a key that is only there", fix)
    elif tools.file_backend:
        found = "aws-vault has keys in its file backend, ~/.awsvault/keys"
        fix = command("pass", "aws", "import", "--aws-vault", "file")
        yield warn("aws-vault", found, "pass aws cannot use a key that is only there", fix)
    if not (tools.sessions or tools.backend or tools.file_backend):
        yield ok("aws-vault", "aws-vault has left no sessions or keys")


def granted(facts: Facts) -> Iterator[Finding]:
    """The config file has no lines that only granted reads."""
    if lines := facts.tools.granted_keys:
        found = f"{facts.aws.config_path}: only granted reads its {lines} lines with {GRANTED}…"
        script = f"s/^[[:space:]]*{GRANTED}/sso_/"
        fix = command("sed", "-i", "--follow-symlinks", script, facts.aws.config_path)
        yield warn("granted", found, "pass aws, the AWS CLI and SDKs do not see these profiles", fix)
    else:
        yield ok("granted", "the config file has no lines that only granted reads")
