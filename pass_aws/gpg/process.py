"""Runs gpg: plaintext and status lines come over pipes, messages in a memory file, so that nothing blocks."""

from __future__ import annotations

import os
from _signal import (  # type: ignore[import-not-found]  # the module `signal` would load enum
    SIG_BLOCK,
    SIG_SETMASK,
    SIGINT,
    SIGPIPE,
    SIGTERM,
    SIGXFSZ,
    pthread_sigmask,
)

from pass_aws.errors import UserError
from pass_aws.gpg import invocation
from pass_aws.gpg.status import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

SILENCE = 1000 if hasattr(os, "waitid") else None
"""Milliseconds without output after which gpg may have ended; without a limit where we cannot look."""


class Ran:
    """The result of a gpg process.

    Args:
        out: its stdout.
        status: its status lines.
        messages: its stderr; only for display, never for decisions.
        code: its exit status; negative for a signal.
    """

    __slots__ = ("code", "messages", "out", "status")

    def __init__(self, out: bytes, status: bytes, messages: bytes, code: int) -> None:
        self.out, self.status, self.code = out, Status(status), code
        self.messages = messages.decode("utf-8", "replace")


class Program:
    """gpg as pass runs it.

    Args:
        env: the caller's environment.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self.path, self.options = invocation.program(env), invocation.options(env)
        self.env = invocation.environment(env)

    @property
    def never_asks(self) -> bool:
        """Whether the user's options make gpg take the passphrase from a file: no pinentry starts."""
        return "loopback" in (option.removeprefix("--pinentry-mode=") for option in self.options)

    def run(self, *args: str, stdin: bytes = b"", stop: Callable[[Status], bool] | None = None) -> Ran:
        """Runs gpg with pass's options and waits for it; an interrupt ends it, too.

        It omits `--quiet`: gpg's messages are not shown, and gpg 2.2 reports its failures only without it.

        Args:
            args: further options, and files.
            stdin: its input; never the terminal, and never the command's input.
            stop: whether gpg can only fail after these status lines; then it is ended.

        Raises:
            UserError: it does not exist, or cannot be started.
        """
        if "/" not in self.path:
            raise UserError(f"{self.path} is not on PATH", hint="install gnupg")
        words = [*(option for option in self.options if option != "--quiet"), "--batch", *args]
        _open_standard_streams()
        files = [_input(stdin), _memory_file("messages")]
        output, writing = os.pipe()
        lines, telling = os.pipe()
        pid = 0
        mask = pthread_sigmask(SIG_BLOCK, (SIGINT,))  # no interrupt before the process id is stored
        try:
            try:
                pid = _spawned(self.path, words, self.env, [files[0], writing, files[1], telling], mask)
            finally:
                _close((writing, telling))
                pthread_sigmask(SIG_SETMASK, mask)
            out, status = _all_of(output, lines, pid, stop)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            pid = 0
            return Ran(out, status, _content(files[1]), code)
        except OSError as error:
            raise UserError(f"cannot run {self.path}: {error.strerror}", hint="install gnupg") from None
        finally:
            if pid:
                os.kill(pid, SIGTERM)
                os.waitpid(pid, 0)
            _close((output, lines, *files))


def _spawned(
    path: str, words: Sequence[str], env: Mapping[str, str], streams: Sequence[int], mask: set[int]
) -> int:
    """Starts gpg with its stdin, stdout, stderr and status channel; returns the process id."""
    number = max(streams) + 1
    numbers = (0, 1, 2, number)
    return os.posix_spawn(
        path,
        [path, "--status-fd", str(number), *words],
        env,
        file_actions=[(os.POSIX_SPAWN_DUP2, fd, to) for fd, to in zip(streams, numbers, strict=True)],
        setsigmask=mask,
        setsigdef=(SIGPIPE, SIGXFSZ),
    )


def _open_standard_streams() -> None:
    """Opens closed standard streams; otherwise a pipe of ours could get number 1 and mix up gpg's output."""
    fd = os.open(os.devnull, os.O_RDWR)
    while fd <= 2:
        fd = os.open(os.devnull, os.O_RDWR)
    os.close(fd)


def _memory_file(name: str) -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    import tempfile

    fd, path = tempfile.mkstemp()
    os.unlink(path)
    return fd


def _input(text: bytes) -> int:
    if not text:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    fd = _memory_file("stdin")
    os.write(fd, text)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _all_of(output: int, lines: int, pid: int, stop: Callable[[Status], bool] | None) -> tuple[bytes, bytes]:
    """All that gpg writes to these two pipes; a process that it has left behind may keep them open."""
    import select

    streams = select.poll()
    found = {output: b"", lines: b""}
    for fd in found:
        streams.register(fd, select.POLLIN)
    ended = 0
    while ended < len(found):
        ready = streams.poll(SILENCE)
        if not ready and _has_ended(pid) and not streams.poll(0):
            break
        for fd, _ in ready:
            piece = os.read(fd, 65536)
            found[fd] += piece
            if not piece:
                streams.unregister(fd)
                ended += 1
            elif fd == lines and stop and stop(Status(found[fd].rpartition(b"\n")[0])):
                os.kill(pid, SIGTERM)
                stop = None
    return found[output], found[lines]


def _has_ended(pid: int) -> bool:
    """Whether it has ended; `waitpid` must still follow."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _content(fd: int) -> bytes:
    return os.pread(fd, os.fstat(fd).st_size, 0)


def _close(files: Iterable[int]) -> None:
    for fd in files:
        os.close(fd)
