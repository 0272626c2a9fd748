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
        program: its path; empty if there is none.
        version: numbers.
        has_keys: it lists keys; not if they are in a keyboxd that does not run.
        agent: how it is with the agent.
        may_start: gpg may start an agent where none runs.
        socket: the path of the agent's socket.
        conf: the path of gpg-agent.conf.
        configured: the pinentry that it names; empty if none.
        pinentry: the one that would be started; empty if it is not there.
        flavour: of that one: `curses`, `gnome3`.
        gpg_tty: the variable, as the caller has it; None where it is not set.
        gpg_tty_works: it is a terminal.
        terminal: the one that this process has; empty for none.
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
        id: as `.gpg-id` has it.
        keys: the key and its subkeys; empty if gpg has none.
        is_ours: its secret key can be used on this machine.
    """

    id: str
    keys: tuple[Key, ...] = ()
    is_ours: bool = False


class Recipients(NamedTuple):
    """The recipients of the entries in some directories.

    Args:
        source: the path of the `.gpg-id`, or PASSWORD_STORE_KEY.
        folder: what `pass init -p` calls its directory; empty for the whole store.
        entries: how many of our entries are below it.
        ids: the recipients that it names.
        known: what gpg knows of them.
        trouble: why they cannot be used at all; empty if they can.
        is_signature: the trouble is about the signature.
        has_signature: there is one, but of somebody else.
    """

    source: str
    folder: str = ""
    entries: int = 0
    ids: tuple[str, ...] = ()
    known: tuple[Recipient, ...] = ()
    trouble: str = ""
    is_signature: bool = False
    has_signature: bool = False
