"""Prevents loops of the user's programs that call pass aws again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.text.quoting import split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEPTH = "PASS_AWS_DEPTH"
"""Set for programs that profiles name: lists the nested running ones, one per line."""
DEEPEST = 4


def is_ourselves(argv: Sequence[str]) -> bool:
    """Whether a command line is `pass-aws …` or `pass aws …`, with any path.

    Calls through a shell script or `env` are not recognized; the depth limit ends those.
    """
    names = [word.rpartition("/")[2] for word in argv[:2]]
    return names[:1] == ["pass-aws"] or names == ["pass", "aws"] or _by_python(argv)


def is_line(command: str) -> bool:
    """Whether a line in a config file runs pass aws; a line that cannot be parsed does not."""
    try:
        return is_ourselves(split(command))
    except ValueError:
        return False


def named(command: str) -> tuple[str, bool]:
    """The profile in a line that runs pass aws, and whether the line only requests its credentials.

    Args:
        command: for which `is_line` is true; the profile is empty if the line names none.
    """
    words = split(command)
    if "credential-process" not in words:
        return "", False
    at = words.index("credential-process")
    profiles = [word for word in words[at + 1 :] if not word.startswith("-")]
    plain = len(words) == at + 2 and not any(word.startswith("--") for word in words)
    return (profiles[0] if profiles else ""), plain and bool(profiles)


def _by_python(argv: Sequence[str]) -> bool:
    """Whether a command line is `python … pass_aws/__main__.py` or `python … -m pass_aws`."""
    if not argv or not argv[0].rpartition("/")[2].startswith("python"):
        return False
    script = next((word for word in argv[1:] if not word.startswith("-")), "")
    return script == "pass_aws" or script.endswith(("pass_aws/__main__.py", "/pass_aws", "/pass-aws"))


def running(env: Mapping[str, str]) -> list[str]:
    """The programs that have called us, the outermost first."""
    return [line for line in env.get(DEPTH, "").split("\n") if line]


def circle(env: Mapping[str, str], program: str) -> str:
    """The whole loop of a program that has called itself through us; empty if there is no loop.

    Without this check it would wait for us, and we for a lock that its caller holds.
    """
    inside = running(env)
    return " → ".join([*inside[inside.index(program) :], program]) if program in inside else ""


def deeper(env: Mapping[str, str], program: str) -> dict[str, str] | None:
    """The environment for a program, or None if they are nested too deeply."""
    inside = running(env)
    return {**env, DEPTH: "\n".join([*inside, program])} if len(inside) < DEEPEST else None
