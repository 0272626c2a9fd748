"""What the door to AWS needs to know of a call, whichever service it is of."""

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
        """As botocore calls it."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it goes."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """As AWS names them; empty ones are not sent."""

    @property
    def signer(self) -> Credentials | None:
        """What signs it; None for a call that is not signed."""

    @property
    def once(self) -> bool:
        """Whether it must not be sent again where its answer gets lost."""

    @property
    def headers(self) -> Callable[[str], Mapping[str, str]] | None:
        """What makes further headers from the URL that it goes to."""

    @property
    def facts(self) -> Facts:
        """What an error's text may say about it."""

    def refused(self, response: Mapping[str, Any], skew: float) -> Refusal:
        """What an error answer, as botocore has parsed it, means."""
