"""The one door to gpg: pass's own binary and options, judged by status lines, never by words."""

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
from pass_aws.gpg.invocation import environment, options, program, tty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NULL = "/dev/null"
__all__ = ["Decrypting", "Gpg", "Running", "decrypted", "environment", "options", "program", "spawn", "tty"]


class Running:
    """A gpg that was started: plaintext comes over a pipe, status and complaints lie in memory files.

    So nothing can block on a full pipe, and the caller may do something else until `finish`.
    """

    __slots__ = ("_complaints", "_output", "_pid", "_status", "complaints")

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self._pid, self.complaints = 0, ""
        if "/" not in argv[0]:
            raise UserError(f"there is no {argv[0]} on PATH", hint="install gnupg")
        _open_standard_streams()
        self._status, self._complaints = _memory_file("status"), _memory_file("complaints")
        self._output, writing = os.pipe()
        mask = pthread_sigmask(SIG_BLOCK, (SIGINT,))  # an interrupt must find the process id noted
        try:
            self._spawn(argv, env, writing, mask)
        except OSError as error:
            self._close()
            raise UserError(f"cannot run {argv[0]}: {error.strerror}", hint="install gnupg") from None
        finally:
            os.close(writing)
            pthread_sigmask(SIG_SETMASK, mask)

    def _spawn(self, argv: Sequence[str], env: Mapping[str, str], writing: int, mask: set[int]) -> None:
        number = max(self._status, self._complaints, self._output, writing) + 1
        self._pid = os.posix_spawn(
            argv[0],
            [argv[0], "--status-fd", str(number), *argv[1:]],
            env,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, NULL, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, writing, 1),
                (os.POSIX_SPAWN_DUP2, self._complaints, 2),
                (os.POSIX_SPAWN_DUP2, self._status, number),
            ],
            setsigmask=mask,
            setsigdef=(SIGPIPE, SIGXFSZ),
        )

    def finish(self) -> tuple[bytes, str, int]:
        """Waits for gpg; returns plaintext, status lines and exit status (negative: the signal)."""
        chunks = []
        while chunk := os.read(self._output, 65536):
            chunks.append(chunk)
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self._pid = 0
        status = _text_of(self._status)
        self.complaints = _text_of(self._complaints)
        self._close()
        return b"".join(chunks), status, code

    def stop(self) -> None:
        """Ends gpg, and with it a question that it may be asking."""
        if self._pid:
            os.kill(self._pid, SIGTERM)
            os.waitpid(self._pid, 0)
            self._pid = 0
            self._close()

    def __del__(self) -> None:
        """Nobody waits for it any more: an interrupt or another error came after the start."""
        self.stop()

    def _close(self) -> None:
        for fd in (self._output, self._status, self._complaints):
            os.close(fd)


def _open_standard_streams() -> None:
    """With stdout closed, a pipe of ours would be number 1 and gpg's redirections would meet in it."""
    fd = os.open(NULL, os.O_RDWR)
    while fd <= 2:
        fd = os.open(NULL, os.O_RDWR)
    os.close(fd)


def _memory_file(name: str) -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    import tempfile

    fd, path = tempfile.mkstemp()
    os.unlink(path)
    return fd


def _text_of(fd: int) -> str:
    return os.pread(fd, os.fstat(fd).st_size, 0).decode("utf-8", "replace")


def spawn(argv: Sequence[str], env: Mapping[str, str]) -> tuple[bytes, str, int]:
    """Runs gpg with stdin on /dev/null.

    Args:
        argv: the program and its arguments; the option that opens the status channel is added.
        env: see `environment`.

    Returns:
        Plaintext, status lines (`[GNUPG:] …`) and exit status.
    """
    return Running(argv, env).finish()


def decrypted(status: str, code: int) -> bool:
    """Whether what came out was really decrypted: for plain packets and cut files gpg exits with 0, too."""
    return code == 0 and "[GNUPG:] DECRYPTION_OKAY" in status.splitlines()


class Gpg:
    """gpg as pass runs it.

    Args:
        program: as the function `program` finds it.
        options: as the function `options` makes them.
        env: the caller's; gpg gets what `environment` makes of it.
    """

    __slots__ = ("env", "options", "program")

    def __init__(self, program: str, options: Sequence[str], env: Mapping[str, str]) -> None:
        self.program, self.options, self.env = program, list(options), environment(env)

    def run(self, *args: str) -> Running:
        """Starts gpg with pass's options before `args`."""
        return Running([self.program, *self.options, "--batch", *args], self.env)

    def encrypt(self, plain: bytes, recipients: Sequence[str], *, own: bool = False) -> bytes:
        """What `pass insert` would write for these recipients.

        Args:
            plain: what to encrypt.
            recipients: key ids as in `.gpg-id`.
            own: they are keys of this machine, which need nobody's trust.

        Raises:
            UserError: one for each reason why a recipient cannot be used.
        """
        from pass_aws.gpg import encrypt

        return encrypt.encrypt(self, plain, recipients, own=own)

    def decrypt(self, path: str, *, name: str = "", ask: bool = True) -> bytes:
        """The plaintext of a file.

        Args:
            path: of the encrypted file.
            name: what errors call it; the path if empty.
            ask: whether gpg may ask for a passphrase or PIN; where it must and may not, code is MUST_ASK.

        Raises:
            UserError: one for each case of pass-contract §2.5; CancelledError if somebody did not answer.
        """
        return self.start(path, name=name, ask=ask).finish()

    def start(self, path: str, *, name: str = "", ask: bool = True) -> Decrypting:
        """Lets gpg work while the caller does something else; the answer is `finish()`."""
        return Decrypting(self, path, name or path, ask=ask)


class Decrypting:
    """A decrypt under way.

    Args:
        gpg: the door.
        path: of the encrypted file.
        name: what errors call it.
        ask: as in `Gpg.decrypt`.
    """

    __slots__ = ("ask", "gpg", "name", "path", "running")

    def __init__(self, gpg: Gpg, path: str, name: str, *, ask: bool) -> None:
        self.gpg, self.path, self.name, self.ask = gpg, path, name, ask
        self.running = self.begin()

    def begin(self, *, probe: bool = False) -> Running:
        """Starts gpg, as a probe without leave to ask."""
        mode = "loopback" if probe else "ask" if self.ask else "error"
        quiet = () if mode == "ask" else ("--pinentry-mode", mode)
        return self.gpg.run(*quiet, "-d", "--", self.path)

    def finish(self) -> bytes:
        """The plaintext; raises as `Gpg.decrypt` does."""
        plain, status, code = self.running.finish()
        if decrypted(status, code):
            return plain
        from pass_aws.gpg.diagnosis import again_or_explain

        return again_or_explain(self, status, code)

    def stop(self) -> None:
        """Forgets about it."""
        self.running.stop()
