"""How a `credential_process` that leads back to us is kept from running in circles."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEPTH = "PASS_AWS_DEPTH"
"""Set for a credential_process: how many of them are running inside each other."""
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
        return is_ourselves(shlex.split(command))
    except ValueError:
        return False


def _by_python(argv: Sequence[str]) -> bool:
    """Whether it is `python … pass_aws/__main__.py` or `python … -m pass_aws`."""
    if not argv or not argv[0].rpartition("/")[2].startswith("python"):
        return False
    script = next((word for word in argv[1:] if not word.startswith("-")), "")
    return script == "pass_aws" or script.endswith(("pass_aws/__main__.py", "/pass_aws", "/pass-aws"))


def deeper(env: Mapping[str, str]) -> dict[str, str] | None:
    """The environment for a credential_process, or None where they nest too deeply."""
    depth = env.get(DEPTH, "")
    running = int(depth) if depth in ("1", "2", "3", "4") else 0
    return {**env, DEPTH: str(running + 1)} if running < DEEPEST else None
