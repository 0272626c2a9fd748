"""The one door to gpg: pass's own binary and options, judged by status lines, never by words."""

from __future__ import annotations

from pass_aws.gpg.invocation import environment, options, program, tty
from pass_aws.gpg.process import Ran, run
from pass_aws.gpg.status import decrypted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Decrypting", "Gpg", "decrypted", "environment", "options", "program", "run", "tty"]


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

    def run(self, *args: str, stdin: bytes = b"") -> Ran:
        """Runs gpg with pass's options before `args`."""
        return run([self.program, *self.options, "--batch", *args], self.env, stdin)

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
        return Decrypting(self, path, name or path, ask=ask).text()


class Decrypting:
    """The attempts to decrypt one file.

    Args:
        gpg: the door.
        path: of the encrypted file.
        name: what errors call it.
        ask: as in `Gpg.decrypt`.
    """

    __slots__ = ("ask", "gpg", "name", "path")

    def __init__(self, gpg: Gpg, path: str, name: str, *, ask: bool) -> None:
        self.gpg, self.path, self.name, self.ask = gpg, path, name, ask

    def attempt(self, *, probe: bool = False) -> Ran:
        """Runs gpg once, as a probe without leave to ask."""
        mode = "loopback" if probe else "ask" if self.ask else "error"
        quiet = () if mode == "ask" else ("--pinentry-mode", mode)
        return self.gpg.run(*quiet, "-d", "--", self.path)

    def text(self) -> bytes:
        """The plaintext; raises as `Gpg.decrypt` does."""
        ran = self.attempt()
        if decrypted(ran.status, ran.code):
            return ran.out
        from pass_aws.gpg.diagnosis import again_or_explain

        return again_or_explain(self, ran)
