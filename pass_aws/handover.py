"""The message of the front in bash: read once at the start, then removed from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import MutableMapping

OURS = "_PASS_AWS_"
KEPT = ("_PASS_AWS_REGION", "_PASS_AWS_SETTINGS")
"""Variables that tell a nested run what is not a user setting; all others are messages of the front."""
ASKED = ("asked", "wrong")
"""What the front says of a ticket if gpg prompted in vain."""


class TicketLock(NamedTuple):
    """The lock of a ticket that this process will make, or that another one has failed to make.

    Args:
        number: of the open file.
        path: of the file.
    """

    number: int
    path: str


class Handover(NamedTuple):
    """The front's message.

    Args:
        store: the root of the password store as pass knows it; empty to determine it here.
        umask: the caller's file mode mask in octal if pass has replaced it; empty to keep the current one.
        front: its path; empty if this program was started without it.
        asked: gpg prompted for a passphrase and got none, so we do not prompt again.
        wrong: the passphrase that it got was wrong.
        lock: set if this process makes the ticket.
    """

    store: str = ""
    umask: str = ""
    front: str = ""
    asked: bool = False
    wrong: bool = False
    lock: TicketLock | None = None


NOTHING_TOLD = Handover()


def taken(env: MutableMapping[str, str], lock: tuple[int, str] | None = None) -> Handover:
    """Takes the message out of an environment, which is then the caller's own.

    Args:
        env: is changed.
        lock: number and path of a lock that is already held.
    """
    names = [name for name in env if name.startswith(OURS) and name not in KEPT]
    told = {name.removeprefix(OURS): env.pop(name) for name in names}
    return Handover(
        store=told.get("STORE", ""),
        umask=told.get("UMASK", ""),
        front=told.get("FRONT", ""),
        asked=told.get("TICKET") in ASKED,
        wrong=told.get("TICKET") == "wrong",
        lock=TicketLock(*lock) if lock else None,
    )
