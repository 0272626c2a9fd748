"""Records that all rooms use; their repr never shows a secret."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


def tail(key_id: str) -> str:
    """The part of an access key id that may be shown: its last four characters."""
    return f"…{key_id[-4:]}" if len(key_id) > 4 else "…"


class Credentials:
    """An access key, or a session when it has a session token.

    Args:
        access_key_id: `AKIA…` for a long-lived key, `ASIA…` for a session.
        secret_access_key: never shown.
        session_token: empty for a long-lived access key.
        expires: Unix seconds UTC; None if they do not expire.
        account_id: twelve digits, or empty if not known.
    """

    __slots__ = ("access_key_id", "account_id", "expires", "secret_access_key", "session_token")

    def __init__(
        self,
        access_key_id: str,
        secret_access_key: str,
        session_token: str = "",
        expires: int | None = None,
        account_id: str = "",
    ) -> None:
        self.access_key_id: Final = access_key_id
        self.secret_access_key: Final = secret_access_key
        self.session_token: Final = session_token
        self.expires: Final = expires
        self.account_id: Final = account_id

    def _fields(self) -> tuple[str, str, str, int | None, str]:
        return (
            self.access_key_id,
            self.secret_access_key,
            self.session_token,
            self.expires,
            self.account_id,
        )

    def __eq__(self, other: object) -> bool:
        """Whether all fields are equal."""
        return isinstance(other, Credentials) and self._fields() == other._fields()

    def __hash__(self) -> int:
        """Consistent with equality."""
        return hash(self._fields())

    def __repr__(self) -> str:
        """No secret."""
        return f"Credentials({tail(self.access_key_id)}, expires={self.expires})"
