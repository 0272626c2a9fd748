"""All checks, in the order in which they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.doctor import (
    aws_config,
    aws_sources,
    clock,
    completion,
    extension,
    gnupg,
    other_tools,
    password_store,
    permissions,
    plain_text,
    recipients,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pass_aws.doctor.facts import Facts
    from pass_aws.doctor.finding import Finding

    Check = Callable[[Facts], Iterator[Finding]]


class Subject(NamedTuple):
    """The subject of some checks."""

    name: str
    checks: tuple[Check, ...]


SUBJECTS = (
    Subject(
        "gpg",
        (gnupg.program, gnupg.keyboxd, gnupg.agent, permissions.gpg_home, gnupg.pinentry, gnupg.gpg_tty),
    ),
    Subject(
        "recipients", (recipients.readable, recipients.usable, recipients.signatures, recipients.cache_key)
    ),
    Subject(
        "store",
        (password_store.initialised, permissions.store, password_store.history, password_store.entries),
    ),
    Subject(
        "AWS files",
        (aws_config.sections, aws_config.keys, aws_sources.sources, aws_sources.plans, permissions.aws_files),
    ),
    Subject("sessions", (permissions.own, permissions.usable, clock.clock)),
    Subject(
        "plain text",
        (plain_text.aws_files, plain_text.caches, plain_text.startup_files, plain_text.environment),
    ),
    Subject("other tools", (other_tools.aws_vault, other_tools.granted)),
    Subject(
        "installation", (extension.found_by_pass, extension.on_path, extension.versions, completion.loaded)
    ),
)


def findings(facts: Facts) -> list[tuple[str, Finding]]:
    """The findings of every check, each with its subject."""
    return [
        (subject.name, finding)
        for subject in SUBJECTS
        for check in subject.checks
        for finding in check(facts)
    ]
