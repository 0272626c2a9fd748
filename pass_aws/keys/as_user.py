"""Calls IAM as the owner of the stored key: with a session if the user has MFA, else with the key itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pass_aws.aws.refusal_rows import MISSING
from pass_aws.aws.refusals import AwsError
from pass_aws.credentials import resolve
from pass_aws.keys import proving
from pass_aws.store import entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.sts import Call
    from pass_aws.context import Context
    from pass_aws.credentials.step import Plan
    from pass_aws.model import Credentials
    from pass_aws.text.answers import Identity

T = TypeVar("T")


class AsUser:
    """An IAM caller for the user.

    Args:
        made: a plan for acting as the user, from `profile_lookup.planned`.
        context: the doors.
        key: the user's key, if known; otherwise it is read from the store.
    """

    def __init__(self, made: Plan, context: Context, key: Credentials | None = None) -> None:
        root = made.steps[0]
        self.name, self.context = root.profile, context
        self.sts, self.iam = root.settings.endpoint(), root.settings.endpoint("iam")
        self._made = made
        self.key = key or entry.parse(context.store.read(self.name), self.name).credentials
        self._session: Credentials | None = None

    @property
    def mfa(self) -> bool:
        """Whether calls are signed with a session that was made with MFA."""
        return len(self._made.steps) > 1

    def identity(self) -> Identity:
        """The owner of the key."""
        return self.context.aws.caller_identity(self.key, self.sts)

    def ask(
        self, call: Callable[[Credentials, Endpoint], Call], reader: Callable[[Mapping[str, Any]], T]
    ) -> T:
        """Makes a call from its signer and endpoint, and reads its answer.

        Raises:
            AwsError: it was refused.
        """
        if self.mfa:
            return self.context.aws.read(call(self.signer(), self.iam), reader)
        return proving.patiently(
            lambda: self.context.aws.read(call(self.key, self.iam), reader), self.context
        )

    def change(self, call: Callable[[Credentials, Endpoint], Call]) -> bool:
        """Makes a call that changes something; False if its object does not exist."""
        try:
            self.ask(call, dict)
        except AwsError as error:
            if error.cause != MISSING:
                raise
            return False
        return True

    def signer(self) -> Credentials:
        """The credentials that sign: the key, or one session for the whole run, since a code works once."""
        if not self.mfa:
            return self.key
        if self._session is None:
            self._session = resolve.resolve(self._made, self.context, margin=resolve.USER_MARGIN, exact=False)
        return self._session
