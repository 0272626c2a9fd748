"""The real boto3 as the fake's client, with one attempt per call, for tests and benches."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakeaws.people import AccessKey, Role

if TYPE_CHECKING:
    from fakeaws.fake import FakeAWS

Credentials = AccessKey | Mapping[str, Any] | None


@cache
def _session() -> Any:  # noqa: ANN401 - boto3 has no types
    return boto3.Session()


def client(
    url: str, service: str, credentials: Credentials = None, region: str = "us-east-1", **config: object
) -> Any:  # noqa: ANN401 - boto3 has no types
    """A boto3 client of the service at this URL.

    `credentials` is a key of the fake, the `Credentials` or `AccessKey` of an answer, or None for unsigned
    calls; other arguments go into botocore's Config.
    """
    options: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5, "read_timeout": 5}
    keys: dict[str, str | None] = {}
    if credentials is None:
        options["signature_version"] = UNSIGNED
    elif isinstance(credentials, AccessKey):
        keys = {"aws_access_key_id": credentials.id, "aws_secret_access_key": credentials.secret}
    else:
        names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
        keys = {ours: credentials[theirs] for ours, theirs in names.items()}
        keys["aws_session_token"] = credentials.get("SessionToken")
    return _session().client(
        service, region_name=region, endpoint_url=url, config=Config(**(options | config)), **keys
    )


def sts(fake: FakeAWS, who: Credentials = None, **more: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """An STS client of the fake."""
    return client(fake.url, "sts", who, **more)


def iam(fake: FakeAWS, who: Credentials = None, **more: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """An IAM client of the fake."""
    return client(fake.url, "iam", who, **more)


def session(fake: FakeAWS, who: Credentials, **more: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """The credentials that GetSessionToken returns for these."""
    return sts(fake, who).get_session_token(**more)["Credentials"]


def assume(fake: FakeAWS, who: Credentials, role: Role, **more: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """The answer of AssumeRole for these credentials, as session `me`."""
    return sts(fake, who).assume_role(RoleArn=role.arn, RoleSessionName="me", **more)


def life(answer: Mapping[str, Any]) -> float:
    """Seconds from now, by the real clock, to the expiry in an STS answer."""
    return float(answer["Credentials"]["Expiration"].timestamp() - time.time())


@contextmanager
def refused(code: str, text: str = "", status: int = 0) -> Iterator[None]:
    """Expects botocore to raise AWS's error with this code, this text in it, and this HTTP status."""
    with pytest.raises(ClientError) as caught:
        yield
    response: Mapping[str, Any] = caught.value.response
    assert response["Error"]["Code"] == code
    assert text in response["Error"]["Message"]
    assert status in (0, response["ResponseMetadata"]["HTTPStatusCode"])


BY_BOTOCORE = """
import json, sys
from botocore.session import Session
found = Session(profile=sys.argv[1]).get_credentials()
frozen = found.get_frozen_credentials()
expires = getattr(found, "_expiry_time", None)
print(json.dumps({
    "AccessKeyId": frozen.access_key, "SecretAccessKey": frozen.secret_key, "SessionToken": frozen.token,
    "expires": expires and expires.timestamp(),
}))
"""


def by_botocore(profile: str) -> dict[str, Any]:
    """The result of botocore's own providers for a profile, in a separate process: they look up HOME once."""
    argv = [sys.executable, "-c", BY_BOTOCORE, profile]
    return dict(json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE, timeout=60).stdout))


class _Stays(urllib.request.HTTPRedirectHandler):
    """A browser that returns a redirect instead of following it."""

    def redirect_request(self, *_: object) -> None:
        """Does not follow."""


def sent_back(page: str, asked: Mapping[str, str]) -> dict[str, str]:
    """The query with which an authorization page redirects the browser; empty if it does not."""
    try:
        opener = urllib.request.build_opener(_Stays)
        with opener.open(f"{page}?{urllib.parse.urlencode(asked)}", timeout=5):
            return {}
    except urllib.error.HTTPError as answer:
        answer.close()
        where = answer.headers.get("Location", "")
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(where).query))
