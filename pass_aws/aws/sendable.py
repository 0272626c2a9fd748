"""The interface of a call to AWS, the same for all services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.refusal_rows import Facts
    from pass_aws.aws.refusals import Refusal
    from pass_aws.model import Credentials


class Sendable(Protocol):
    """One call."""

    @property
    def name(self) -> str:
        """The operation."""

    @property
    def service(self) -> str:
        """The service, by botocore's name."""

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of the call."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters under AWS's names; empty ones are not sent."""

    @property
    def signer(self) -> Credentials | None:
        """The credentials that sign the call; None for an unsigned call."""

    @property
    def once(self) -> bool:
        """Whether it must not be repeated if its answer is lost."""

    @property
    def headers(self) -> Callable[[str], Mapping[str, str]] | None:
        """A function that makes further headers from the URL."""

    @property
    def facts(self) -> Facts:
        """What an error may say about the call."""

    def refused(self, response: Mapping[str, Any], skew: float) -> Refusal:
        """The meaning of an error answer, as botocore has parsed it."""
