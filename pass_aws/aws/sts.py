"""Calls to AWS; those of STS: their parameters, their secrets, and the meaning of their refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pass_aws.aws import refusals
from pass_aws.aws.refusal_rows import Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.aws.refusals import Refusal
    from pass_aws.aws.role_request import RoleRequest
    from pass_aws.model import Credentials

SECRET_PARAMETERS = ("TokenCode", "WebIdentityToken", "AuthenticationCode1", "AuthenticationCode2")
SECRETS = frozenset((
    "AssumeRole", "AssumeRoleWithWebIdentity", "CreateAccessKey", "CreateVirtualMFADevice", "EnableMFADevice",
    "GetFederationToken", "GetSessionToken",
))  # fmt: skip
"""Calls with a secret in the request or in the answer; a signature is not a secret."""


class Call(NamedTuple):
    """One call to AWS.

    Args:
        name: the operation, `AssumeRole`.
        service: by botocore's name, `sts`.
        endpoint: of the call.
        parameters: under AWS's names; empty ones are not sent.
        signer: the credentials that sign it; None for an unsigned call.
        once: whether it must not be repeated if its answer is lost: it uses a code or creates something.
        headers: makes further headers from the URL.
    """

    name: str
    service: str
    endpoint: Endpoint
    parameters: Mapping[str, Any]
    signer: Credentials | None = None
    once: bool = False
    headers: Callable[[str], Mapping[str, str]] | None = None

    def __repr__(self) -> str:
        """No secret."""
        return f"Call({self.name})"

    @property
    def facts(self) -> Facts:
        """What an error may say about the call."""
        return Facts(
            self.name,
            key_id=self.signer.access_key_id if self.signer else "",
            is_session=bool(self.signer and self.signer.session_token),
            region=self.endpoint.region,
            partition=self.endpoint.partition,
            role_arn=self.parameters.get("RoleArn", ""),
            external_id=bool(self.parameters.get("ExternalId")),
            serial=self.parameters["SerialNumber"] if self.parameters.get("TokenCode") else "",
            duration=self.parameters.get("DurationSeconds", 0),
            once=self.once,
        )

    def refused(self, response: Mapping[str, Any], skew: float) -> Refusal:
        """The meaning of an error answer, as botocore has parsed it.

        Args:
            response: with `Error` and `ResponseMetadata`.
            skew: seconds by which AWS's clock is ahead of ours.
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


def get_session_token(
    signer: Credentials, endpoint: Endpoint, *, duration: int, serial: str = "", code: str = ""
) -> Call:
    """A session of the user, with MFA if a serial and a code are given.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    parameters = {"DurationSeconds": duration, "SerialNumber": serial, "TokenCode": code}
    return Call("GetSessionToken", "sts", endpoint, parameters, signer, once=bool(code))


def assume_role(
    signer: Credentials, endpoint: Endpoint, request: RoleRequest, *, serial: str = "", code: str = ""
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
    return Call("AssumeRole", "sts", endpoint, parameters, signer, once=bool(code))


def assume_role_with_web_identity(endpoint: Endpoint, request: RoleRequest, token: str) -> Call:
    """A session of a role for the token of an identity provider; the call is unsigned.

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
    """The owner of the credentials.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    return Call("GetCallerIdentity", "sts", endpoint, {}, signer)


def unsigned(endpoint: Endpoint) -> Call:
    """An unsigned GetCallerIdentity: AWS refuses it, and its answer has the time."""
    return Call("GetCallerIdentity", "sts", endpoint, {}, None)


def list_mfa_devices(signer: Credentials, endpoint: Endpoint) -> Call:
    """Lists the user's MFA devices; IAM allows eight, so one page is enough.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
    """
    return Call("ListMFADevices", "iam", endpoint, {}, signer)
