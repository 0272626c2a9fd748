"""The short way: a plain request is answered from its ticket, at the price of one decrypt.

On any doubt it steps aside without a word, and the full program decides.
"""

from __future__ import annotations

import os
from stat import S_ISREG

from pass_aws.cache import ticket
from pass_aws.errors import DONE, UserError
from pass_aws.gpg import invocation, process, status
from pass_aws.system import become, child_environment, user_dirs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from pass_aws.cache.ticket import Ticket

FORMATS = ("sh", "fish", "pwsh", "dotenv", "json", "ini", "process")


def redeem(argv: Sequence[str], env: MutableMapping[str, str], now: int) -> int | None:
    """Answers a request from its ticket.

    Args:
        argv: the words behind the program's name.
        env: the caller's; `_PASS_AWS_GPG` is set in it for the full program if gpg has asked in vain.
        now: Unix seconds.

    Returns:
        The exit status; None where only the full program can answer. A command does not return.
    """
    try:
        match argv:
            case ["exec", profile, "--", name, *_]:
                become.find(name, env)
                umask = child_environment.umask(env)
                if found := _ticket(profile, env, now + ticket.MARGIN):
                    become.process(list(argv[3:]), child_environment.replaced(env, found.exports), umask)
            case ["env", profile]:
                return _printed("sh", profile, env, now + ticket.MARGIN)
            case ["env", profile, "--format", form] | ["env", "--format", form, profile] if form in FORMATS:
                return _printed(form, profile, env, now + ticket.MARGIN)
            case ["credential-process", profile]:
                return _printed("process", profile, env, now + ticket.PROCESS_MARGIN)
    except (UserError, OSError):
        pass  # the full program meets it again, and reports it
    return None


def turn(argv: Sequence[str], env: Mapping[str, str]) -> str:
    """The name of a turn: the same for all who miss the same ticket; empty for what gets none."""
    match argv:
        case ["exec", profile, "--", _, *_] | ["env", profile] | ["credential-process", profile]:
            pass
        case ["env", profile, "--format", _] | ["env", "--format", _, profile]:
            pass
        case _:
            return ""
    surroundings = _given(profile, env)
    if surroundings is None or "PASS_AWS_DEPTH" in env:  # who started us may have the turn, and wait for us
        return ""
    from zlib import crc32

    return f"{ticket.folder(profile)} {crc32(os.fsencode(surroundings)):08x}"


def _printed(form: str, profile: str, env: MutableMapping[str, str], until: int) -> int | None:
    os.fstat(1)  # it may be closed
    if os.isatty(1) or not (found := _ticket(profile, env, until)):  # on a screen a warning is due
        return None
    from pass_aws.credentials import formats

    ours = child_environment.ours(env)
    text = os.fsencode(formats.text(form, found.exports, profile=profile, ours=ours))
    while text:
        text = text[os.write(1, text) :]
    return DONE


def _ticket(profile: str, env: MutableMapping[str, str], until: int) -> Ticket | None:
    """The ticket of a profile, if it may be trusted and lives until then."""
    given = _given(profile, env)
    if given is None:
        return None
    config, credentials = _files(env)
    cache, state = user_dirs.cache_folder(env), user_dirs.state_folder(env)
    folder = f"{cache}/tickets/{ticket.folder(profile)}"
    expires = max(map(ticket.expiry, _names(folder)), default=0)
    path = f"{folder}/{expires:010}.gpg"
    seal = _seal(f"{state}/seal") if user_dirs.apart(cache, state) else ""
    if expires < until or not seal or not _made_from(path, config, credentials):
        return None
    text = _decrypted(path, env)
    found = ticket.read(text, profile=profile, expires=expires, given=given, seal=seal)
    return found if found and os.path.isfile(found.entry) else None


def _files(env: Mapping[str, str]) -> tuple[str, str]:
    """Where the AWS files are."""
    folder = f"{env.get('HOME', '')}/.aws"
    config = env.get("AWS_CONFIG_FILE") or f"{folder}/config"
    return config, env.get("AWS_SHARED_CREDENTIALS_FILE") or f"{folder}/credentials"


def _given(profile: str, env: Mapping[str, str]) -> str | None:
    """The surroundings a ticket must have been made in; None where none is to be redeemed."""
    home = env.get("HOME", "")
    if not ticket.plain(profile) or not home.startswith("/") or env.get("_PASS_AWS_GPG"):
        return None
    store = env.get("_PASS_AWS_STORE") or env.get("PASSWORD_STORE_DIR") or f"{home}/.password-store"
    return ticket.given(env, store, *_files(env))


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _time(path: str) -> int:
    """The mtime of a file in nanoseconds, 0 where there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _ours(path: str) -> bool:
    """Whether there is a file of ours: no symlink, no FIFO that would hang gpg."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def _made_from(path: str, config: str, credentials: str) -> bool:
    """Whether the ticket was made from these files as they are: see Tickets.put_ticket for its two times."""
    times = sorted((_time(config), _time(credentials) or _time(config)))
    return _ours(path) and os.path.isfile(config) and [_time(os.path.dirname(path)), _time(path)] == times


def _seal(path: str) -> str:
    if not _ours(path):
        return ""
    with open(path, "rb", buffering=0) as file:
        text = file.read(66).decode("ascii", "replace")
    return text[:64] if len(text) == 65 else ""


def _decrypted(path: str, env: MutableMapping[str, str]) -> str:
    """The text of a ticket; empty if it cannot be read."""
    argv = [invocation.program(env), *invocation.options(env), "--batch", "-d", "--", path]
    given = invocation.environment(env)
    ran = process.run(argv, given)
    if status.decrypted(ran.status, ran.code):
        return os.fsdecode(ran.out)
    if asked := ran.status.fields("PINENTRY_LAUNCHED"):
        on_terminal = any(fields[1:2] and fields[1].endswith(("curses", "tty")) for fields in asked)
        if not on_terminal or os.access(given.get("GPG_TTY", ""), os.W_OK):
            env["_PASS_AWS_GPG"] = "asked"  # noqa: S105 - a word for the full program
    return ""
