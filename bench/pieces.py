"""The program with a clock at its doors: what the first call of an hour spends its time on.

`python -I -S pieces.py BORN WORDS…` does what `pass-aws WORDS…` does; where it would become the command, it
prints the milliseconds of each piece as JSON. BORN is the parent's clock when it started this process. Time
spent on an import counts as such, wherever it happens.
"""

from __future__ import annotations

import sys
import time

started = time.perf_counter()
import importlib._bootstrap as bootstrap  # noqa: E402 - what is measured begins above
import os  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

START, IMPORTS, REST = "start of Python", "imports", "all else: options, config, plan, locks"
TLS, CALL, WRITES = "a TLS context, where AWS is asked by https", "the call of STS", "writes into the cache"
GPG = {"-d": "gpg: decrypt the key", "--list-secret-keys": "gpg: list our keys", "--encrypt": "gpg: encrypt"}
WHOLE = "the whole"
NAMES = (START, IMPORTS, *GPG.values(), CALL, WRITES, REST, WHOLE, TLS)

spent: dict[str, float] = dict.fromkeys(NAMES, 0.0)
stack = [REST]
born = float(sys.argv.pop(1))
since = started


def turn() -> None:
    """Adds the time since the last call to the piece on top of the stack."""
    global since  # noqa: PLW0603 - one clock for the process
    now = time.perf_counter()
    spent[stack[-1]] += now - since
    since = now


def clocked(work: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
    """The function, with its time added to a piece."""

    def run(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any arguments
        turn()
        stack.append(name(*args))
        try:
            return work(*args, **options)
        finally:
            turn()
            stack.pop()

    return run


def gpg_kind(_: object, *argv: str) -> str:
    """The piece for this run of gpg."""
    return next((name for word, name in GPG.items() if word in argv), REST)


DOORS = {
    "pass_aws.gpg.process": ("Program.run", gpg_kind),
    "pass_aws.aws.http_post": ("Connections.post", lambda *_: CALL),
    "pass_aws.system.atomic_files": ("write", lambda *_: WRITES),
}


def loaded(name: str, load: Callable[..., Any]) -> Any:  # noqa: ANN401 - a module
    """Loads a module, and adds clocks to the measured functions."""
    module = imported(name, load)
    if door := DOORS.pop(name, None):
        *path, last = door[0].split(".")
        owner = module
        for part in path:
            owner = getattr(owner, part)
        setattr(owner, last, clocked(getattr(owner, last), door[1]))
    return module


def tell(*_: object) -> None:
    """Prints the times, and exits."""
    import json

    turn()
    from pass_aws.aws import tls

    spent[START], spent[WHOLE] = started - born, since - born
    begun = time.perf_counter()
    tls.context(None)
    spent[TLS] = time.perf_counter() - begun
    print(json.dumps({name: seconds * 1000 for name, seconds in spent.items()}), flush=True)
    os._exit(0)


imported = clocked(bootstrap._find_and_load, lambda *_: IMPORTS)  # type: ignore[attr-defined] # noqa: SLF001
bootstrap._find_and_load = loaded  # type: ignore[attr-defined] # noqa: SLF001
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from pass_aws.system import become  # noqa: E402

become.process = tell  # type: ignore[assignment]
from pass_aws.start import console  # noqa: E402

console()
