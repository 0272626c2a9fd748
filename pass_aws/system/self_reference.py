"""How programs of the user's that lead back to us are kept from running in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.text.quoting import split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEPTH = "PASS_AWS_DEPTH"
"""Set for the programs that profiles name: those that are running inside each other, one a line."""
DEEPEST = 4


def is_ourselves(argv: Sequence[str]) -> bool:
    """Whether a command line is `pass-aws …` or `pass aws …`, by whatever path.

    What hides behind a shell script or `env` is stopped by the depth.
    """
    names = [word.rpartition("/")[2] for word in argv[:2]]
    return names[:1] == ["pass-aws"] or names == ["pass", "aws"] or _by_python(argv)


def is_line(command: str) -> bool:
    """The same of a line in a config file; one that cannot be taken apart is somebody else's."""
    try:
        return is_ourselves(split(command))
    except ValueError:
        return False


def named(command: str) -> tuple[str, bool]:
    """The profile that a line of ours names, and whether the line asks for nothing but its credentials.

    Args:
        command: one that `is_line` knows; the profile is empty where it names none.
    """
    words = split(command)
    if "credential-process" not in words:
        return "", False
    at = words.index("credential-process")
    profiles = [word for word in words[at + 1 :] if not word.startswith("-")]
    plain = len(words) == at + 2 and not any(word.startswith("--") for word in words)
    return (profiles[0] if profiles else ""), plain and bool(profiles)


def _by_python(argv: Sequence[str]) -> bool:
    """Whether it is `python … pass_aws/__main__.py` or `python … -m pass_aws`."""
    if not argv or not argv[0].rpartition("/")[2].startswith("python"):
        return False
    script = next((word for word in argv[1:] if not word.startswith("-")), "")
    return script == "pass_aws" or script.endswith(("pass_aws/__main__.py", "/pass_aws", "/pass-aws"))


def running(env: Mapping[str, str]) -> list[str]:
    """The programs that we are running inside of, the outermost first."""
    return [line for line in env.get(DEPTH, "").split("\n") if line]


def circle(env: Mapping[str, str], program: str) -> str:
    """How a program that is running already leads back to itself, in full; empty where it does not run.

    Without this it would wait for us, and we for the lock of whoever started it.
    """
    inside = running(env)
    return " → ".join([*inside[inside.index(program) :], program]) if program in inside else ""


def deeper(env: Mapping[str, str], program: str) -> dict[str, str] | None:
    """The environment for a program, or None where they nest too deeply."""
    inside = running(env)
    return {**env, DEPTH: "\n".join([*inside, program])} if len(inside) < DEEPEST else None
