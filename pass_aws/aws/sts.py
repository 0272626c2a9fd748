"""The calls of STS and IAM: their parameters, what in them is secret, and what a refusal of them means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pass_aws.aws import refusals
from pass_aws.aws.refusal_rows import Facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.refusals import Refusal
    from pass_aws.aws.role_request import RoleRequest
    from pass_aws.model import Credentials

SECRET_PARAMETERS = ("TokenCode", "WebIdentityToken", "AuthenticationCode1", "AuthenticationCode2")
NOT_TWICE = frozenset(("CreateAccessKey", "CreateVirtualMFADevice", "EnableMFADevice", "ResyncMFADevice"))
"""Calls that would do their work twice if they were sent twice."""


SECRETS = frozenset((
    "AssumeRole", "AssumeRoleWithWebIdentity", "CreateAccessKey", "CreateVirtualMFADevice", "EnableMFADevice",
    "GetFederationToken", "GetSessionToken",
))  # fmt: skip
"""Calls with a secret in the request or in the answer; a signature is none."""


class Call(NamedTuple):
    """One call.

    Args:
        name: the operation, `AssumeRole`.
        service: `sts` or `iam`.
        endpoint: where it goes.
        parameters: as AWS names them; empty ones are not sent.
        signer: what signs it; None for the call that needs no signature.
    """

    name: str
    service: str
    endpoint: Endpoint
    parameters: Mapping[str, Any]
    signer: Credentials | None

    @property
    def spends_code(self) -> bool:
        """Whether it carries a one-time code, and so must not be sent twice."""
        return bool(self.parameters.get("TokenCode"))

    @property
    def once(self) -> bool:
        """Whether it must not be sent again where its answer gets lost."""
        return self.spends_code or self.name in NOT_TWICE

    @property
    def headers(self) -> None:
        """No further ones."""

    @property
    def facts(self) -> Facts:
        """What an error's text may say about it."""
        return Facts(
            self.name,
            key_id=self.signer.access_key_id if self.signer else "",
            is_session=bool(self.signer and self.signer.session_token),
            region=self.endpoint.region,
            partition=self.endpoint.partition,
            role_arn=self.parameters.get("RoleArn", ""),
            external_id=bool(self.parameters.get("ExternalId")),
            serial=self.parameters["SerialNumber"] if self.spends_code else "",
            duration=self.parameters.get("DurationSeconds", 0),
            once=self.once,
        )

    def refused(self, response: Mapping[str, Any], skew: float) -> Refusal:
        """What an error answer, as botocore has parsed it, means.

        Args:
            response: with `Error` and `ResponseMetadata`.
            skew: seconds AWS's clock is ahead of ours.
        """
        error = response.get("Error", {})
        facts = self.facts._replace(
            code=str(error.get("Code", "")),
            text=refusals.scrubbed(error.get("Message", ""), self._secrets()),
            status=response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0),
            skew=skew,
        )
        return refusals.refusal(facts)

    def _secrets(self) -> tuple[str, ...]:
        sent = tuple(str(self.parameters.get(name, "")) for name in SECRET_PARAMETERS)
        return (*sent, self.signer.secret_access_key, self.signer.session_token) if self.signer else sent


def get_session_token(signer: Credentials, endpoint: Endpoint, duration: int, serial: str, code: str) -> Call:
    """A session of the user; with MFA where serial and code are given.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    parameters = {"DurationSeconds": duration, "SerialNumber": serial, "TokenCode": code}
    return Call("GetSessionToken", "sts", endpoint, parameters, signer)


def assume_role(
    signer: Credentials, endpoint: Endpoint, request: RoleRequest, serial: str, code: str
) -> Call:
    """A session of a role.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    parameters = {
        **_role(request),
        "ExternalId": request.external_id,
        "SourceIdentity": request.source_identity,
        "Tags": [{"Key": key, "Value": value} for key, value in request.tags],
        "TransitiveTagKeys": list(request.transitive_tags),
        "SerialNumber": serial,
        "TokenCode": code,
    }
    return Call("AssumeRole", "sts", endpoint, parameters, signer)


def assume_role_with_web_identity(endpoint: Endpoint, request: RoleRequest, token: str) -> Call:
    """A session of a role for the token of an identity provider; nothing signs it.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    parameters = {**_role(request), "WebIdentityToken": token}
    return Call("AssumeRoleWithWebIdentity", "sts", endpoint, parameters, None)


def get_federation_token(signer: Credentials, endpoint: Endpoint, request: RoleRequest) -> Call:
    """A session for the console, under the request's session name.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
    """
    parameters = {
        "Name": request.session_name,
        "DurationSeconds": request.duration,
        "Policy": request.policy,
        "PolicyArns": [{"arn": arn} for arn in request.policy_arns],
    }
    return Call("GetFederationToken", "sts", endpoint, parameters, signer)


def _role(request: RoleRequest) -> dict[str, Any]:
    return {
        "RoleArn": request.role_arn,
        "RoleSessionName": request.session_name,
        "DurationSeconds": request.duration,
        "Policy": request.policy,
        "PolicyArns": [{"arn": arn} for arn in request.policy_arns],
    }


def get_caller_identity(signer: Credentials, endpoint: Endpoint) -> Call:
    """Who the credentials belong to.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    return Call("GetCallerIdentity", "sts", endpoint, {}, signer)


def unsigned(endpoint: Endpoint) -> Call:
    """GetCallerIdentity of nobody: AWS refuses it, and says what time it is."""
    return Call("GetCallerIdentity", "sts", endpoint, {}, None)


def list_mfa_devices(signer: Credentials, endpoint: Endpoint) -> Call:
    """The user's MFA devices; IAM allows eight, so one page has them all.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
    """
    return Call("ListMFADevices", "iam", endpoint, {}, signer)
