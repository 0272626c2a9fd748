"""The console's federation endpoint exchanges temporary credentials for a sign-in token.

Credentials are sent only in the body of a POST: a URL would appear in the logs of proxies and in errors.
Source: IAM User Guide, "Enable custom identity broker access to the AWS console".
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pass_aws.aws import botocore_client, botocore_errors, refusal_rows, refusals, urls
from pass_aws.aws.http_answer import TooLargeError
from pass_aws.aws.refusals import AwsError
from pass_aws.aws.sts import Call
from pass_aws.text import answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint
    from pass_aws.model import Credentials

ATTEMPTS = 2
"""Attempts; a repeated request makes a second token, which does no harm."""
TIMEOUT = (5, 15)


class RefusedError(AwsError):
    """The endpoint refuses these credentials, or this duration (HTTP 400)."""


def sign_in_token(
    url: str, credentials: Credentials, endpoint: Endpoint, env: Mapping[str, str], *, seconds: int = 0
) -> str:
    """A token that signs in to the console, valid for 15 minutes.

    Args:
        url: the federation endpoint.
        credentials: of a role or a federation token.
        endpoint: its CA bundle sets which certificates are trusted.
        env: the environment with the proxy variables.
        seconds: SessionDuration, 900 to 43200; with 0 the console session lasts as long as the credentials.

    Raises:
        RefusedError: the endpoint refuses.
        AwsError: the endpoint cannot be reached, or gives another answer.
    """
    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
    }
    asked = {"Action": "getSigninToken", "Session": json.dumps(session)}
    if seconds:
        asked["SessionDuration"] = str(seconds)
    call = Call("getSigninToken", "signin", endpoint._replace(url=url), {}, credentials)
    status, body = _posted(call, urlencode(asked), env)
    if status == HTTPStatus.BAD_REQUEST:
        raise RefusedError(
            refusals.Refusal(
                "the console does not accept these credentials",
                "use a profile of a role or of an IAM user; --fresh makes a new session",
                refusal_rows.OTHER,
            )
        )
    if status != HTTPStatus.OK:
        text = f"{urls.host(url)} answered with HTTP status {status}"
        raise AwsError(refusals.Refusal(text, "try again", refusal_rows.TROUBLE))
    try:
        return answers.sign_in_token(body)
    except ValueError as error:
        raise AwsError(refusals.unusable(call.facts, error)) from None


def _posted(call: Call, body: str, env: Mapping[str, str]) -> tuple[int, bytes]:
    """Status and body of the answer; a redirect is not followed, since it would get the credentials."""
    botocore_client.silence()
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError

    from pass_aws.aws.limited_session import LimitedSession

    url = call.endpoint.url or ""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    last: Exception = OSError("no attempt")
    for _ in range(ATTEMPTS):
        try:
            session = LimitedSession(
                verify=call.endpoint.ca_bundle or True, proxies=urls.proxies(env, url), timeout=TIMEOUT
            )
            answer = session.send(AWSRequest("POST", url, headers, body).prepare())
        except (BotoCoreError, OSError, ValueError) as error:
            last = error
        except TooLargeError as error:
            raise AwsError(refusals.unusable(call.facts, error)) from None
        else:
            return answer.status_code, answer.content
    raise AwsError(botocore_errors.unanswered(call, last)) from None
