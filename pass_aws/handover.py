"""What the front in bash tells this program: read once at the entry, and gone from the environment then."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

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
        front: the path of the front that found no ticket; empty where none has looked for one.
        asked: gpg asked for a passphrase and got none, so that nobody is asked again.
        waited: this process has waited for the ticket once, and went back to the front.
        turn: this process is the one that makes the ticket.
    """

    store: str = ""
    umask: str = ""
    front: str = ""
    asked: bool = False
    waited: bool = False
    turn: Turn | None = None


NOTHING_TOLD = Handover()


def taken(env: MutableMapping[str, str]) -> Handover:
    """The message in an environment, which is the caller's own afterwards."""
    names = [name for name in env if name.startswith(OURS) and name not in KEPT]
    told = {name.removeprefix(OURS): env.pop(name) for name in names}
    return Handover(
        store=told.get("STORE", ""),
        umask=told.get("UMASK", ""),
        front=told.get("FRONT", ""),
        asked=told.get("TICKET") == "asked",
        waited="WAITED" in told,
    )


def back(told: Handover, env: Mapping[str, str]) -> dict[str, str]:
    """The environment in which the front looks again for the ticket, as `taken` found it but for that."""
    return {**env, "_PASS_AWS_STORE": told.store, "_PASS_AWS_UMASK": told.umask, "_PASS_AWS_WAITED": "1"}
