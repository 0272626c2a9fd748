"""Calls IAM as the owner of MFA devices: the interface of keys/as_user, which is a room above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.sts import Call
    from pass_aws.model import Credentials

T = TypeVar("T")


class Caller(Protocol):
    """An IAM caller for the user."""

    key: Credentials
    sts: Endpoint

    def ask(
        self, call: Callable[[Credentials, Endpoint], Call], reader: Callable[[Mapping[str, Any]], T]
    ) -> T:
        """Makes a call and reads its answer."""

    def change(self, call: Callable[[Credentials, Endpoint], Call]) -> bool:
        """Makes a call that changes something; False if its object does not exist."""
