"""Facts about gpg and the recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pass_aws.gpg.keys import Key

OPEN, RESTRICTED, ASLEEP, SILENT = "open", "restricted", "asleep", "silent"
"""The agent answers; is forwarded from another machine; does not run; does not answer."""


class Gnupg(NamedTuple):
    """The state of gpg.

    Args:
        program: its path; empty if gpg is not on PATH.
        version: numbers.
        has_keys: it can list keys; it cannot if they are in a keyboxd that does not run.
        agent: the state of gpg-agent.
        may_start: gpg may start an agent if none runs.
        socket: the path of the agent's socket.
        conf: the path of gpg-agent.conf.
        configured: the pinentry that gpg-agent.conf names; empty if none.
        pinentry: the pinentry that gpg-agent would start; empty if it is missing.
        flavour: the kind of this pinentry: `curses`, `gnome3`.
        gpg_tty: the caller's GPG_TTY; None if it is not set.
        gpg_tty_works: it is a terminal.
        terminal: the terminal of this process; empty if it has none.
    """

    program: str = ""
    version: tuple[int, ...] = ()
    has_keys: bool = True
    agent: str = ASLEEP
    may_start: bool = True
    socket: str = ""
    conf: str = ""
    configured: str = ""
    pinentry: str = ""
    flavour: str = ""
    gpg_tty: str | None = None
    gpg_tty_works: bool = False
    terminal: str = ""


class Recipient(NamedTuple):
    """A recipient.

    Args:
        id: as written in `.gpg-id`.
        keys: the key and its subkeys; empty if gpg does not have the key.
        is_ours: its secret key can be used on this machine.
    """

    id: str
    keys: tuple[Key, ...] = ()
    is_ours: bool = False


class Recipients(NamedTuple):
    """The recipients of the entries in some directories.

    Args:
        source: the path of the `.gpg-id`, or PASSWORD_STORE_KEY.
        folder: the directory, as in `pass init -p`; empty for the whole store.
        entries: the number of our entries in it.
        ids: the recipients that it names.
        known: what gpg knows about them.
        trouble: why they cannot be used at all; empty if they can.
        is_signature: the trouble is about the signature.
        has_signature: there is a signature, but by another key.
    """

    source: str
    folder: str = ""
    entries: int = 0
    ids: tuple[str, ...] = ()
    known: tuple[Recipient, ...] = ()
    trouble: str = ""
    is_signature: bool = False
    has_signature: bool = False
