"""The only door to gpg: pass's binary and options; results come from status lines, never from messages."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pass_aws.errors import UserError
from pass_aws.gpg.process import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.gpg.decrypt import Opened
    from pass_aws.gpg.keys import Key

LARGEST = 1 << 20
"""The default maximum size of a plaintext in bytes: far more than an entry has."""


LARGEST_OWN = 1 << 16
"""The maximum size of a session, ticket or token in bytes."""


FOR_OURSELVES = ("--trust-model", "always", "--no-throw-keyids", "--no-armor")
"""Options for our own keys. Hidden recipients would make gpg try, and ask for, every key; `packets` checks
our own files before gpg reads them."""


class ForeignFileError(UserError):
    """A file in one of our directories that we have not made."""


class Gpg(Program):
    """gpg for one run of pass aws; it caches what it has learned.

    Args:
        env: the caller's environment, from which `invocation.environment` makes gpg's.
        quiet: whether prompts are forbidden; callers pass it to `decrypt`.
    """

    def __init__(self, env: Mapping[str, str], *, quiet: bool = False) -> None:
        super().__init__(env)
        self.quiet = quiet
        self._opened: dict[str, Opened] = {}

    def encrypt(self, plain: bytes, recipients: Sequence[str], *, source: str = "") -> bytes:
        """Encrypts for these recipients, as `pass insert` does.

        Args:
            plain: what to encrypt.
            recipients: key ids as in `.gpg-id`.
            source: what names the recipients: the path of a `.gpg-id`, or a variable.

        Raises:
            UserError: one for each reason why a recipient cannot be used.
        """
        from pass_aws.gpg import encrypt

        if not recipients:
            raise UserError("there are no recipients to encrypt to", hint="run pass init with your key's id")
        return encrypt.encrypt(self, self._library, plain, recipients, source)

    def encrypt_own(self, plain: bytes, recipients: Sequence[str]) -> bytes:
        """Encrypts a file of the cache for our own keys, which need no trust.

        Without python-gnupg, which takes longer to start than gpg to encrypt.

        Args:
            plain: what to encrypt.
            recipients: the fingerprints of our keys, at least one.

        Raises:
            UserError: about the first key that cannot be used.
        """
        words = [word for recipient in recipients for word in ("--recipient", recipient)]
        ran = self.run(*FOR_OURSELVES, "--encrypt", *words, stdin=plain)
        if ran.code or "END_ENCRYPTION" not in ran.status.keywords or not ran.out:
            from pass_aws.gpg import encrypt

            raise encrypt.refusal(self, (), ran.status, ran.messages)
        return ran.out

    @cached_property
    def _library(self) -> Any:  # noqa: ANN401 - python-gnupg has no types
        from pass_aws.gpg import encrypt

        return encrypt.library(self)

    def decrypt(self, path: str, *, name: str = "", ask: bool = True, limit: int = LARGEST) -> bytes:
        """The plaintext of a file.

        Args:
            path: of the encrypted file.
            name: of the file in errors, for an entry its name in pass; the path if empty.
            ask: whether gpg may ask for a passphrase or PIN; if it must but may not, code is MUST_ASK.
            limit: the maximum size of the plaintext in bytes.

        Raises:
            UserError: with the cause; CancelledError if the user did not answer, or answered wrong.
        """
        from pass_aws.gpg.decrypt import Decryption

        opened = Decryption(self, path, name or path, ask=ask, limit=limit).outcome()
        self._opened[path] = opened._replace(text=b"")
        return opened.text

    def decrypt_own(self, path: str, *, ask: bool = True, limit: int = LARGEST_OWN) -> bytes:
        """The plaintext of a file that `encrypt_own` has made.

        Args:
            path: of the encrypted file.
            ask: as in `decrypt`.
            limit: in bytes, for the file and its plaintext.

        Raises:
            ForeignFileError: it is too large, or also encrypted with a passphrase; gpg does not read it.
            UserError: as `decrypt`.
        """
        from pass_aws.gpg import packets
        from pass_aws.gpg.decrypt import Decryption

        try:
            with open(path, "rb") as file:
                content = file.read(limit + 1)
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}", hint=f"check the file {path}") from None
        if len(content) > limit or not packets.for_keys_only(content):
            raise ForeignFileError(f"{path} was not made by pass aws", hint="remove it")
        return Decryption(self, path, path, ask=ask, limit=limit, content=content).outcome().text

    @cached_property
    def _secret_keys(self) -> list[Key]:
        from pass_aws.gpg.keys import keys

        return keys(self, "--list-secret-keys")

    def readers(self, path: str) -> tuple[str, ...]:
        """The fingerprints of those of our keys that can read a file.

        Raises:
            UserError: they have expired or are revoked, or gpg cannot list keys.
        """
        from pass_aws.gpg import keys

        opened = self._opened.get(path)
        ids = opened.recipients if opened else keys.recipients_of(self, path)
        return keys.readers(self._secret_keys, ids, opened.key if opened else "")

    def keyring(self, ids: Sequence[str]) -> bytes:
        """The content of a small keyring for faster decryption; see gpg/keyring."""
        from pass_aws.gpg import keyring

        return keyring.keyring(self, ids)

    def encrypting_keys(self) -> list[str]:
        """The fingerprints of our keys that a store can use."""
        found = (key.primary for key in self._secret_keys if key.here and key.encrypts)
        return list(dict.fromkeys(found))
