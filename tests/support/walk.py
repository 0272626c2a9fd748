"""Counts what a reader of a run must follow: `python -I -S walk.py MAIN WORDS…` does what MAIN does.

Where it would become the command, it prints as JSON the files whose functions have run, and the longest chain
of nested calls. Bodies of modules and classes do not count, nor do comprehensions, which newer Pythons inline.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from inspect import CO_OPTIMIZED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

MAIN = sys.argv[1]
ROOM = os.path.join(os.path.dirname(MAIN), "")
files: set[str] = set()
deepest: list[str] = []


def name(frame: FrameType) -> str:
    """`cli.py:main`; empty if it is not a function of the program."""
    code = frame.f_code
    ours = code.co_filename.startswith(ROOM) and code.co_flags & CO_OPTIMIZED
    known = ours and not code.co_name.endswith(("comp>", "genexpr>"))
    return f"{code.co_filename.removeprefix(ROOM)}:{code.co_qualname}" if known else ""


def notice(frame: FrameType, event: str, _: object) -> None:
    """Is called at each call and return."""
    if event != "call" or not name(frame):
        return
    files.add(name(frame).partition(":")[0])
    chain, around = [], frame
    while around:
        chain += [found] if (found := name(around)) else []
        around = around.f_back  # type: ignore[assignment] # None ends the loop
    if len(chain) > len(deepest):
        deepest[:] = reversed(chain)


def tell(*_: object) -> None:
    """Replaces exec."""
    sys.setprofile(None)
    print(json.dumps({"files": sorted(files), "deepest": deepest}), flush=True)
    os._exit(0)


os.execve = tell  # type: ignore[assignment]
del sys.argv[0]
sys.setprofile(notice)
runpy.run_path(MAIN, run_name="__main__")
