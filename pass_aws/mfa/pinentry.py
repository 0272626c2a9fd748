"""Asks through pinentry, the program for gpg's own prompts.

We start it ourselves, although gpg-agent could ask (`GET_PASSPHRASE --data`). An agent that is forwarded from
another machine refuses. A local agent waits without limit for a pinentry that does not answer, and leaves the
dialog open when we end; that dialog then blocks the next prompt, also gpg's own. Tried with GnuPG 2.2.40.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError
from pass_aws.mfa import assuan
from pass_aws.system import child_environment, readable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

PATIENCE = 10.0
"""Seconds to wait for an answer that does not need the user."""
FAREWELL = 2.0
"""Seconds within which a pinentry must end after its answer."""


class Question(NamedTuple):
    """The texts of the dialog."""

    title: str
    description: str
    prompt: str
    error: str = ""


def ask(
    program: str,
    env: Mapping[str, str],
    question: Question,
    *,
    terminal: str | None,
    patience: float = PATIENCE,
) -> str:
    """The typed line, unchanged.

    Args:
        program: the pinentry.
        env: its environment.
        question: the texts to show.
        terminal: the name of the terminal for it, never /dev/tty.
        patience: seconds to wait for each answer that does not need the user.

    Raises:
        UserError: cancelled, or it could not ask.
    """
    with Pinentry(program, env, patience) as pinentry:
        for option in _options(env, terminal):
            pinentry.call("OPTION", option)  # an old version may not know it
        pinentry.call("SETTITLE", question.title)
        pinentry.call("SETDESC", question.description)
        pinentry.call("SETPROMPT", question.prompt)
        if question.error:
            pinentry.call("SETERROR", question.error)
        typed, end = pinentry.call("GETPIN", of_person=True)
    if end.cancelled():
        raise UserError("cancelled", code=INTERRUPTED)
    if end.kind != "OK":
        reason = end.rest.partition(b" ")[2].decode(errors="replace") or "it has ended"
        raise UserError(f"{program} could not ask: {reason}", hint="use another --prompt", code=MUST_ASK)
    return typed.decode(errors="surrogateescape")


def _options(env: Mapping[str, str], terminal: str | None) -> list[str]:
    """The options that gpg-agent sends to it. Source: gnupg agent/call-pinentry.c."""
    language = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG")
    messages = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG")
    options = {
        "ttyname": terminal,
        "ttytype": env.get("TERM") if terminal else None,
        "display": env.get("DISPLAY"),
        "lc-ctype": language,
        "lc-messages": messages,
    }
    return [f"{name}={value}" for name, value in options.items() if value]


class Pinentry:
    """A running pinentry; the end of the `with` block ends it.

    Args:
        program: its path.
        env: its environment.
        patience: seconds to wait for each answer that does not need the user.

    Raises:
        UserError: it cannot be started.
    """

    def __init__(self, program: str, env: Mapping[str, str], patience: float) -> None:
        given = child_environment.helpers(env)
        try:
            self._process = subprocess.Popen(
                [program], env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise UserError(
                f"cannot run {program}: {error.strerror}", hint="use another --prompt", code=MUST_ASK
            ) from None
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._patience = patience
        self._heard = b""

    def __enter__(self) -> Self:
        """Reads the greeting."""
        self._answer(self._patience)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Ends it politely, or kills it if we are being stopped."""
        if kind is not None:
            self._process.terminate()
        with suppress(BrokenPipeError):
            self._requests.close()
        try:
            self._process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def call(self, word: str, argument: str = "", *, of_person: bool = False) -> tuple[bytes, assuan.Answer]:
        """Sends a command.

        Args:
            word: the command.
            argument: unescaped.
            of_person: whether the user answers, without a time limit.

        Returns:
            The data and the last line, `OK` or `ERR`; an empty `ERR` if it has ended or did not answer.
        """
        self._send(assuan.command(word, argument))
        return self._answer(None if of_person else self._patience)

    def _send(self, line: bytes) -> None:
        with suppress(BrokenPipeError):  # then there is no answer, either
            self._requests.write(line)
            self._requests.flush()

    def _answer(self, patience: float | None) -> tuple[bytes, assuan.Answer]:
        data = b""
        while line := self._line(patience):
            said = assuan.answer(line)
            if said.kind in {"OK", "ERR"}:
                return data, said
            if said.kind == "D":
                data += assuan.unescape(said.rest)
            if said.kind == "INQUIRE":
                self._send(b"CAN\n")
        return b"", assuan.Answer("ERR")

    def _line(self, patience: float | None) -> bytes:
        while b"\n" not in self._heard and len(self._heard) <= assuan.LONGEST:
            if not readable.wait(self._answers.fileno(), patience):
                self._process.kill()
            if not (more := os.read(self._answers.fileno(), 4096)):
                break
            self._heard += more
        line, end, self._heard = self._heard.partition(b"\n")
        return line + end
