"""The real boto3 as the fake's client, one attempt a call, for tests and benches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakeaws.people import AccessKey

Credentials = AccessKey | Mapping[str, Any] | None


@cache
def _session() -> Any:  # noqa: ANN401 - boto3 has no types
    return boto3.Session()


def client(
    url: str, service: str, credentials: Credentials = None, region: str = "us-east-1", **config: object
) -> Any:  # noqa: ANN401 - boto3 has no types
    """A boto3 client of the service at that URL.

    `credentials` is a key of the fake, the `Credentials` of an STS answer, or None to sign nothing; what
    else is given goes into botocore's Config.
    """
    options: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5, "read_timeout": 5}
    keys: dict[str, str] = {}
    if credentials is None:
        options["signature_version"] = UNSIGNED
    elif isinstance(credentials, AccessKey):
        keys = {"aws_access_key_id": credentials.id, "aws_secret_access_key": credentials.secret}
    else:
        names = ("AccessKeyId", "aws_access_key_id"), ("SecretAccessKey", "aws_secret_access_key")
        keys = {ours: credentials[theirs] for theirs, ours in (*names, ("SessionToken", "aws_session_token"))}
    return _session().client(
        service, region_name=region, endpoint_url=url, config=Config(**(options | config)), **keys
    )


@contextmanager
def refused(code: str, text: str = "", status: int = 0) -> Iterator[None]:
    """Expects botocore to raise AWS's error with that code, that text in it, and that HTTP status."""
    with pytest.raises(ClientError) as caught:
        yield
    response: Mapping[str, Any] = caught.value.response
    assert response["Error"]["Code"] == code
    assert text in response["Error"]["Message"]
    assert status in (0, response["ResponseMetadata"]["HTTPStatusCode"])
