"""What the front in bash tells this program: read once at the entry, and gone from the environment then."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import MutableMapping

OURS = "_PASS_AWS_"
KEPT = ("_PASS_AWS_REGION", "_PASS_AWS_SETTINGS")
"""Say to a nested run what is not a user setting; every other name is a message of the front."""


class Turn(NamedTuple):
    """The lock of a ticket that this process is going to make, or that another one has failed to make.

    Args:
        number: of the open file.
        path: of the file.
    """

    number: int
    path: str


class Handover(NamedTuple):
    """The front's message.

    Args:
        store: the root of the password store as pass has it; empty to find it out.
        umask: the caller's file mode mask where pass has replaced it, in octal digits; empty to leave it.
        front: its path; empty where this program was started without it.
        asked: gpg asked for a passphrase and got none, so that nobody is asked again.
        turn: this process is the one that makes the ticket.
    """

    store: str = ""
    umask: str = ""
    front: str = ""
    asked: bool = False
    turn: Turn | None = None


NOTHING_TOLD = Handover()


def taken(env: MutableMapping[str, str], turn: tuple[int, str] | None = None) -> Handover:
    """The message in an environment, which is the caller's own afterwards.

    Args:
        env: is changed.
        turn: number and path of a lock that was taken before.
    """
    names = [name for name in env if name.startswith(OURS) and name not in KEPT]
    told = {name.removeprefix(OURS): env.pop(name) for name in names}
    return Handover(
        store=told.get("STORE", ""),
        umask=told.get("UMASK", ""),
        front=told.get("FRONT", ""),
        asked=told.get("TICKET") == "asked",
        turn=Turn(*turn) if turn else None,
    )
