"""The one door to gpg: pass's own binary and options, judged by status lines, never by words."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pass_aws.errors import UserError
from pass_aws.gpg.invocation import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.gpg.decrypt import Opened
    from pass_aws.gpg.keys import Key

LARGEST = 1 << 20
"""Bytes of plaintext that are read unless another limit is given: far more than an entry has."""


LARGEST_OWN = 1 << 16
"""Bytes of a session, a ticket or a token."""


class ForeignFileError(UserError):
    """A file among ours that we have not made."""


class Gpg(Program):
    """gpg for one run of ours, which remembers what it has learned.

    Args:
        env: the caller's environment; gpg gets what `invocation.environment` makes of it.
        quiet: whether this run asks nobody; whoever decrypts for it passes that on.
    """

    def __init__(self, env: Mapping[str, str], *, quiet: bool = False) -> None:
        super().__init__(env)
        self.quiet = quiet
        self._opened: dict[str, Opened] = {}

    def encrypt(
        self, plain: bytes, recipients: Sequence[str], *, own: bool = False, source: str = ""
    ) -> bytes:
        """What `pass insert` would write for these recipients.

        Args:
            plain: what to encrypt.
            recipients: key ids as in `.gpg-id`.
            own: they are keys of this machine, which need nobody's trust.
            source: what names the recipients: the path of a `.gpg-id`, or a variable.

        Raises:
            UserError: one for each reason why a recipient cannot be used.
        """
        from pass_aws.gpg import encrypt

        if not recipients:
            raise UserError("nobody to encrypt to", hint="run pass init with your key's id")
        if own:
            return encrypt.encrypt_own(self, plain, recipients, source)
        return encrypt.encrypt(self, self._library, plain, recipients, source)

    @cached_property
    def _library(self) -> Any:  # noqa: ANN401 - python-gnupg has no types
        from pass_aws.gpg import encrypt

        return encrypt.library(self)

    def decrypt(self, path: str, *, name: str = "", ask: bool = True, limit: int = LARGEST) -> bytes:
        """The plaintext of a file.

        Args:
            path: of the encrypted file.
            name: what errors call it, for an entry what pass calls it; the path if empty.
            ask: whether gpg may ask for a passphrase or PIN; where it must and may not, code is MUST_ASK.
            limit: bytes of plaintext; a longer one is refused.

        Raises:
            UserError: one for each case of pass-contract §2.5; CancelledError if somebody did not answer, or
                answered wrong.
        """
        from pass_aws.gpg import decrypt

        opened = decrypt.decrypt(self, path, name or path, ask=ask, limit=limit)
        self._opened[path] = opened._replace(text=b"")
        return opened.text

    def decrypt_own(self, path: str, *, ask: bool = True, limit: int = LARGEST_OWN) -> bytes:
        """The plaintext of a file that `encrypt` has made for our own keys.

        Args:
            path: of the encrypted file.
            ask: as in `decrypt`.
            limit: bytes, of the file and of its plaintext.

        Raises:
            ForeignFileError: it is too large, or a passphrase of its own would open it; gpg has not seen it.
            UserError: as `decrypt`.
        """
        from pass_aws.gpg import decrypt, packets

        try:
            with open(path, "rb") as file:
                content = file.read(limit + 1)
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}", hint=f"look at {path}") from None
        if len(content) > limit or not packets.for_keys_only(content):
            raise ForeignFileError(f"{path} was not made by pass aws", hint="remove it")
        return decrypt.decrypt(self, path, path, ask=ask, limit=limit, content=content).text

    @cached_property
    def _secret_keys(self) -> list[Key]:
        from pass_aws.gpg.keys import keys

        return keys(self, "--list-secret-keys")

    def readers(self, path: str) -> tuple[str, ...]:
        """The fingerprints of our keys that can read a file.

        Raises:
            UserError: they have expired or are revoked, or gpg cannot list keys.
        """
        from pass_aws.gpg import keys

        opened = self._opened.get(path)
        ids = opened.recipients if opened else keys.recipients_of(self, path)
        return keys.readers(self._secret_keys, ids, opened.key if opened else "")

    def encrypting_keys(self) -> list[str]:
        """The fingerprints of our keys that a store can be made for."""
        found = (key.primary for key in self._secret_keys if key.here and key.encrypts)
        return list(dict.fromkeys(found))
