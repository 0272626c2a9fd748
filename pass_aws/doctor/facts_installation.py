"""Facts about the installation, the shells, and the clock of AWS."""

from __future__ import annotations

from typing import NamedTuple

CURRENT, OTHER, MISSING, BROKEN = "current", "other", "missing", "broken"
"""An installed file has this version, has another, is missing, or starts a missing program."""


class Candidate(NamedTuple):
    """A file that pass may use as the extension.

    Args:
        path: absolute.
        runs: it is executable; pass ignores other files.
        is_users: it is in the user's directory, not in the system's.
    """

    path: str
    runs: bool
    is_users: bool


class Part(NamedTuple):
    """An installed file, its state, and the PREFIX of its installation; empty for a user's own."""

    path: str
    state: str
    prefix: str = ""


class Extension(NamedTuple):
    """The state of the installation.

    Args:
        pass_program: the path of pass; empty if it is not on PATH.
        enabled: PASSWORD_STORE_ENABLE_EXTENSIONS.
        folder: the directory in which pass looks for the user's extensions.
        candidates: the existing files, in pass's order of preference.
        answer: the output of `pass aws version`; empty if pass does not find the extension.
        must_be_signed: pass requires a signature of a user's extension, and it is missing.
        program: the path of `pass-aws`; empty if it is not on PATH.
        parts: all files of all installations.
        own: the extension of `pass-aws install --user`; empty if there is none.
        own_program: the `pass-aws` of that installation; empty if it does not exist.
    """

    pass_program: str = ""
    enabled: str = ""
    folder: str = ""
    candidates: tuple[Candidate, ...] = ()
    answer: str = ""
    must_be_signed: bool = False
    program: str = ""
    parts: tuple[Part, ...] = ()
    own: str = ""
    own_program: str = ""

    @property
    def found(self) -> Candidate | None:
        """The file that pass uses.

        Source: pass, cmd_extension: the user's if extensions are enabled, else the system's.
        """
        on = self.enabled == "true"
        return next((one for one in self.candidates if one.runs and (on or not one.is_users)), None)


LOADED, ABSENT, STUCK = "loaded", "absent", "stuck"
"""A new shell has the completion, does not have it, or did not start in time."""


class Shell(NamedTuple):
    """An installed shell.

    Args:
        name: `bash`, `zsh` or `fish`.
        state: whether a new shell has the completion.
        is_used: it is the login shell, or the user has startup files for it.
        file: its completion file, an installed one if possible.
        config: fish's configuration directory.
    """

    name: str
    state: str
    is_used: bool = True
    file: str = ""
    config: str = ""


class Clock(NamedTuple):
    """The time according to AWS.

    Args:
        was_asked: `--online` was given.
        url: the endpoint of the call.
        trouble: why AWS did not answer.
        ahead: seconds AWS's clock is ahead of ours.
        has_timedatectl: systemd keeps the time.
    """

    was_asked: bool = False
    url: str = ""
    trouble: str = ""
    ahead: float = 0
    has_timedatectl: bool = False
