"""Finds credentials that are stored unencrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.doctor.finding import Finding, ok, warn
from pass_aws.doctor.fixes import without_lines
from pass_aws.text.quoting import command, quote
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.doctor.facts import Facts

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
WHY = "every program that runs as you, and every backup, can read it"


def aws_files(facts: Facts) -> Iterator[Finding]:
    """No long-lived key is in the AWS files."""
    plain, aws = facts.plain, facts.aws
    if names := plain.credentials:
        found = f"{aws.credentials_path} has {_keys(names)} in plain text"
        # `--yes`: the user has read what it does, here
        fix = command("pass", "aws", "import", *names, "--scrub", "--yes")
        yield warn("plain-keys", found, WHY, fix)
    if names := plain.config:
        line = _line_of(facts)
        found = f"{aws.config_path} has {_keys(names)} in plain text"
        store = command("pass", "aws", "add", names[0], "--force")
        fix = f"{store} && {facts.person.edit(aws.config_path, line)}"
        yield warn("plain-keys", found, WHY, fix)
    if not (plain.credentials or plain.config):
        yield ok("plain-keys", "no access key is in the AWS files")


def _keys(names: tuple[str, ...]) -> str:
    listed = ", ".join(map(shown, names[:5])) + (", …" if len(names) > 5 else "")
    return f"the key of profile {listed}" if len(names) == 1 else f"{len(names)} keys ({listed})"


def _line_of(facts: Facts) -> int:
    section = facts.aws.config.profile(facts.plain.config[0]) if facts.aws.config else None
    return section.values["aws_access_key_id"].line if section else 0


def caches(facts: Facts) -> Iterator[Finding]:
    """No other tool has left sessions or tokens in plain text."""
    for folder, count in facts.plain.caches:
        found = f"{folder} has sessions or tokens in plain text, in {count} file{'s' * (count != 1)}"
        why = f"{WHY}; after this command, the other tool must sign in again"
        yield warn("plain-caches", found, why, f"rm -f -- {quote(folder)}/*")
    if not facts.plain.caches:
        yield ok("plain-caches", "no sessions of other tools are in plain text")


def startup_files(facts: Facts) -> Iterator[Finding]:
    """No startup file sets credentials, or AWS_VAULT, which marks a shell with credentials."""
    for path in dict.fromkeys(line.path for line in facts.plain.lines):
        lines = [line for line in facts.plain.lines if line.path == path]
        names = ", ".join(dict.fromkeys(line.variable for line in lines))
        secret = any(line.variable in KEYS for line in lines)
        why = WHY if secret else "aws-vault refuses to run, and prompts show a wrong profile"
        numbers = [line.line for line in lines]
        found = f"{path}:{numbers[0]}: {names} set in a startup file"
        yield warn("startup-files", found, why, without_lines(path, numbers))
    if not facts.plain.lines:
        yield ok("startup-files", "no startup file sets AWS credentials or AWS_VAULT")


def environment(facts: Facts) -> Iterator[Finding]:
    """No long-lived key is exported in this shell."""
    if names := facts.plain.exported:
        why = "every program that you start gets them and prefers them to any profile"
        found = f"static credentials are exported in this shell: {', '.join(names)}"
        yield warn("environment", found, why, facts.person.unset(*names))
    else:
        yield ok("environment", "no static credentials are exported in this shell")
