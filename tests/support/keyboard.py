"""Real shells on a pty: keys are typed, and the resulting command line is read exactly.

One of our key bindings makes the shell write its line into a FIFO: its content does not have to be
read from the screen, and no wait is longer than necessary.
"""

from __future__ import annotations

import os
import re
import select
import signal
import time
from typing import TYPE_CHECKING, Self

import pexpect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

PATIENCE = 60.0
TAB, WIPE, DUMP = "\t", "\x01\x0b", "\x18d"
"""Ctrl-A Ctrl-K empties a line in all three shells; Ctrl-X d is our binding."""

START = {
    "bash": ["bash", "--noprofile", "--norc", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "-i"],
}
DUMPING = {
    "bash": """bind -x '"\\C-xd": printf "%s\\0" "$READLINE_LINE" >"$DUMP"'""",
    "zsh": """_dump() { print -rn -- "$BUFFER"$'\\0' >$DUMP }
        zle -N _dump; bindkey -e; bindkey '^Xd' _dump""",
    "fish": """bind \\cxd 'begin; commandline; printf "\\0"; end >$DUMP'""",
}
READY = {
    "bash": "printf 'ready\\0' >\"$DUMP\"",
    "zsh": "printf 'ready\\0' >$DUMP",
    "fish": "printf 'ready\\0' >$DUMP",
}
TERMINAL = {"TERM": "xterm", "LANG": "C.UTF-8", "PS1": "$ ", "fish_features": "no-query-term"}
"""With this feature, fish 4 would ask the terminal what it can do, and wait ten seconds for an answer."""
CURSOR = "\x1b[6n"
"""The query for the cursor's position; fzf waits for the answer."""
ESCAPES = re.compile(r"\x1b(?:\[[0-9:;<=>?]*[ -/]*[@-~]|[()][0-9A-B]|\][^\x07]*\x07|[=>78M])|\r")


class Keyboard:
    """An interactive shell.

    Args:
        shell: `bash`, `zsh` or `fish`; it reads none of the user's files.
        env: its whole environment.
        folder: an empty directory for the FIFO.
        setup: the content of the shell's start-up file.
        cwd: its working directory.
    """

    def __init__(
        self, shell: str, env: Mapping[str, str], folder: Path, setup: str = "", cwd: str = "/"
    ) -> None:
        self.kind = shell
        self.fifo = folder / "fifo"
        os.mkfifo(self.fifo)
        self._fd = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK)
        start = folder / "setup"
        start.write_text(f"{setup}\n{DUMPING[shell]}\n{READY[shell]}\n")
        self.screen = ""
        if (
            shell == "fish"
        ):  # otherwise fish reads all man pages of the machine at its first start, in the background
            where = env.get("XDG_DATA_HOME") or f"{env['HOME']}/.local/share"
            os.makedirs(f"{where}/fish/generated_completions", exist_ok=True)
        program, *args = START[shell]
        self.child = pexpect.spawn(
            program,
            args,
            env={**env, **TERMINAL, "DUMP": str(self.fifo)},
            cwd=cwd,
            dimensions=(60, 160),
        )
        self.child.delaybeforesend = None
        self.type(f" source {start}\n")
        assert self.told() == "ready", self.seen()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.child.kill(signal.SIGKILL)
        self.child.wait()  # `close` would give it a tenth of a second to end
        self.child.close()
        os.close(self._fd)

    def type(self, keys: str) -> None:
        """Types."""
        self.child.send(keys)

    def told(self) -> str:
        """The next text that the shell writes into the FIFO."""
        text, end = b"", time.monotonic() + PATIENCE
        while not text.endswith(b"\0"):
            left = end - time.monotonic()
            ready = select.select([self._fd, self.child.child_fd], [], [], max(0.0, left))[0]
            assert ready, f"the shell says nothing: {text!r} {self.seen()!r}"
            if self.child.child_fd in ready:
                self._read()
            if self._fd in ready:
                text += os.read(self._fd, 65536)
        return text[:-1].decode()

    def expect(self, text: str) -> None:
        """Waits until this text is visible."""
        end = time.monotonic() + PATIENCE
        while text not in ESCAPES.sub("", self.screen):
            ready = select.select([self.child.child_fd], [], [], max(0.0, end - time.monotonic()))[0]
            assert ready, f"never seen: {text!r} in {self.seen()!r}"
            self._read()

    def _read(self) -> None:
        """Reads the shell's output; answers a query that a terminal answers."""
        text = os.read(self.child.child_fd, 65536).decode(errors="replace")
        if CURSOR in text:
            self.child.send("\x1b[1;1R")
        self.screen += text

    def seen(self) -> str:
        """The new visible output, without colours and cursor movements."""
        text, self.screen = ESCAPES.sub("", self.screen), ""
        return text

    def line(self, keys: str) -> str:
        """Types, and returns the shell's resulting line, which stays there."""
        self.seen()
        self.type(keys + DUMP)
        return self.told().removesuffix("\n")

    def lists(self, text: str, *offers: str) -> None:
        """Types a new line and TAB, and waits until all these texts are visible."""
        self.type(WIPE)
        self.seen()
        self.type(text + TAB)
        for offer in offers:
            self.expect(offer)

    def completed(self, text: str, keys: str = TAB) -> str:
        """The result of a new line and TAB."""
        self.type(WIPE)
        return self.line(text + keys)

    def run(self, line: str = "") -> None:
        """Presses Enter and waits until the command has ended."""
        self.type(f"{line}\n")
        self.type(f" {READY['bash']}\n")
        assert self.told() == "ready", self.seen()
