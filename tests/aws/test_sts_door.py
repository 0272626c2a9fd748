"""STS with the standard library sends what botocore sends, and no server can block it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.retries import standard
from botocore.serialize import create_serializer
from canned_http import Answer, Canned
from conftest import TOP
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from raw_server import server
from test_calls import CODE, KEY, SERIAL, at, identity, session_xml

from pass_aws.aws import partition, sts, sts_door, sts_wire
from pass_aws.aws import refusal_rows as rows
from pass_aws.aws.calls import Aws
from pass_aws.aws.partition import Endpoint
from pass_aws.aws.refusals import AwsError
from pass_aws.model import Credentials

if TYPE_CHECKING:
    pass

LOADER = Loader()
MODEL = ServiceModel(LOADER.load_service_model("sts", "service-2"), "sts")
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
PARAMETERS: dict[str, st.SearchStrategy[Any]] = {
    "RoleArn": ANY,
    "RoleSessionName": ANY,
    "DurationSeconds": st.integers(1, 200_000),
    "Policy": ANY,
    "PolicyArns": st.lists(st.builds(lambda arn: {"arn": arn}, ANY), min_size=1, max_size=3),
    "ExternalId": ANY,
    "SourceIdentity": ANY,
    "Tags": st.lists(
        st.builds(lambda key, value: {"Key": key, "Value": value}, ANY, ANY), min_size=1, max_size=3
    ),
    "TransitiveTagKeys": st.lists(ANY, min_size=1, max_size=3),
    "SerialNumber": ANY,
    "TokenCode": ANY,
}
CREDENTIALS = st.builds(Credentials, VISIBLE, VISIBLE, st.just("") | VISIBLE)


@given(st.fixed_dictionaries({}, optional=PARAMETERS))
def test_the_request_body_is_that_of_botocore(parameters: dict[str, Any]) -> None:
    """The body is the same byte for byte, for any parameters of AssumeRole."""
    operation = MODEL.operation_model("AssumeRole")
    body = create_serializer("query", include_validation=False).serialize_to_request(parameters, operation)[
        "body"
    ]
    prepared = AWSRequest("POST", "https://sts.amazonaws.com/", data=body).prepare().body
    assert sts_wire.form("AssumeRole", parameters) == (
        prepared if isinstance(prepared, bytes) else prepared.encode()
    )


@hypothesis(max_examples=300)
@given(
    CREDENTIALS,
    st.binary(max_size=300),
    st.sampled_from(["us-east-1", "eu-isoe-west-1", "cn-north-1"]),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001 - hypothesis needs naive times
    st.sampled_from(
        ["https://sts.us-east-1.amazonaws.com/", "http://127.0.0.1:4566/a/b", "https://[::1]:8443"]
    ),
)
def test_the_signature_is_that_of_botocore(
    credentials: Credentials, body: bytes, region: str, now: datetime, url: str
) -> None:
    """The signature is the same for any key, token, body, region, time and host."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    key = (credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None)
    request = AWSRequest("POST", url, {"Content-Type": sts_wire.CONTENT_TYPE}, body)
    target = found(Endpoint(region, "aws", url)).target
    # botocore's clock: it takes no time as an argument
    with mock.patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=UTC)):
        SigV4Auth(ReadOnlyCredentials(*key), "sts", region).add_auth(request)
    ours = sts_wire.headers(credentials, sts_wire.Request(target.authority, target.path, body, region), stamp)
    names = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")
    assert {name: ours.get(name) for name in names} == {name: request.headers.get(name) for name in names}
    assert not {name for name in ours if name not in (*names, "Content-Type", "Host")}


def found(endpoint: Endpoint) -> sts_door.Route:
    made = sts_door.route({}, endpoint)
    assert made is not None
    return made


REGIONS = sorted(
    {region for each in LOADER.load_data("partitions")["partitions"] for region in each["regions"]}
)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(("fips", "dualstack"), [(False, False), (True, False), (False, True), (True, True)])
def test_every_host_is_that_of_botocore(fips: bool, dualstack: bool, legacy: bool) -> None:
    """Each region of each partition and each variant has botocore's host and signing region."""
    provider = EndpointProvider(
        LOADER.load_service_model("sts", "endpoint-rule-set-1"), LOADER.load_data("partitions")
    )
    for region in REGIONS:
        if region.endswith("-global") and region != "aws-global":
            continue  # botocore's own name, which is in none of its data files
        theirs = provider.resolve_endpoint(
            Region=region, UseFIPS=fips, UseDualStack=dualstack, UseGlobalEndpoint=legacy
        )
        schemes = theirs.properties.get("authSchemes", [{}])
        if region == "aws-global" and (fips or dualstack):
            continue
        ours = partition.sts(
            Endpoint(region, partition.of_region(region).name, fips=fips, dualstack=dualstack, legacy=legacy)
        )
        assert (f"https://{ours[0]}", ours[1]) == (theirs.url, schemes[0].get("signingRegion", region)), (
            region
        )


def test_retries_are_those_of_botocore() -> None:
    """The statuses and codes after which botocore's standard mode repeats a call."""
    transient, throttled = standard.TransientRetryableChecker, standard.ThrottledRetryableChecker
    assert set(transient._TRANSIENT_STATUS_CODES) == set(sts_door.TROUBLED)
    assert set(transient._TRANSIENT_ERROR_CODES) == sts_door.TRANSIENT
    assert set(throttled._THROTTLED_ERROR_CODES) == sts_door.THROTTLED


def test_minimum_lengths_are_those_of_botocore() -> None:
    """The minimum length of every parameter of the five calls is that of botocore's model."""
    least = {}
    for name in ("GetSessionToken", "AssumeRole", "AssumeRoleWithWebIdentity", "GetFederationToken"):
        for member, shape in MODEL.operation_model(name).input_shape.members.items():
            if shape.metadata.get("min") and member not in ("ProviderId", "ProvidedContexts"):
                least[member] = shape.metadata["min"]
    assert least == sts_wire.LEAST


@pytest.mark.parametrize(
    "url",
    [
        "https://u:p@h/",
        "https://h/?q",
        "https://h/a b",
        "https://h/../x",
        "https://",
        "ftp://h",
        "https://a..b/",
    ],
)
def test_other_urls_are_left_to_botocore(url: str) -> None:
    """botocore gets URLs with a password, a query or an unusual path, and invalid ones."""
    assert sts_door.route({}, at(url)) is None


@pytest.mark.parametrize("proxy", ["https://p:3128", "socks5://p:1", "http://p:x"])
def test_other_proxies_are_left_to_botocore(proxy: str) -> None:
    """botocore gets proxies over TLS, of another protocol, or with an invalid port.

    An http proxy works here, also without a scheme.
    """
    endpoint = Endpoint("us-east-1", "aws")
    assert sts_door.route({"HTTPS_PROXY": proxy}, endpoint) is None
    for ours in ("http://p:3128", "p:3128"):
        made = sts_door.route({"HTTPS_PROXY": ours}, endpoint)
        assert made is not None
        assert made.target.proxy == "http://p:3128"


# Answers


DEEP = "".join(f"<a{number}>" for number in range(30))


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + identity("arn:x"),
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/">' + identity("arn:x"),
        identity("arn:x").replace(b"</Account>", b"</Account><Account>222222222222</Account>"),
        DEEP.encode(),
        session_xml(),
    ],
    ids=["entity", "document type", "account twice", "deep", "other call"],
)
def test_an_answer_is_read_strictly(body: bytes) -> None:
    """A document type, repeated element, deep nesting, or an answer to another call is refused."""
    with pytest.raises(ValueError, match=r"."):
        sts_wire.result("GetCallerIdentity", body)


@given(st.binary(max_size=200) | st.text(alphabet="<>/abE&;![]", max_size=60).map(str.encode))
def test_any_bytes_are_an_answer_or_a_reason(body: bytes) -> None:
    """No bytes cause another exception."""
    with suppress(ValueError):
        sts_wire.result("GetCallerIdentity", body)
    with suppress(ValueError):
        sts_wire.error(body)


# Servers


def asked(url: str, *, env: dict[str, str] | None = None, once: bool = True) -> AwsError:
    """The error of a call."""
    aws = Aws(env or {}, time.time, lambda _: None, read_timeout=5)
    with pytest.raises(AwsError) as caught:
        aws.session(
            sts.get_session_token(
                KEY, at(url), duration=900, serial=SERIAL if once else "", code=CODE if once else ""
            )
        )
    return caught.value


def test_a_redirect_is_not_followed() -> None:
    """The target of the redirect gets no request."""
    with Canned(lambda _: Answer(b"")) as other:

        def redirect(line: socket.socket) -> None:
            line.sendall(f"HTTP/1.1 307 X\r\nLocation: {other.url}/\r\nContent-Length: 0\r\n\r\n".encode())

        with server(redirect) as (address, heads):
            assert asked(f"http://{address}", once=False).cause == rows.GARBAGE
    assert len(heads) == 1
    assert other.asked == []


def test_a_call_on_a_lost_connection_is_sent_three_times() -> None:
    """After the third attempt, the error says that the answer was lost."""
    with server(lambda _: None) as (address, heads):
        assert asked(f"http://{address}", once=False).cause == rows.NETWORK
    assert len(heads) == 3


def test_a_proxy_gets_its_password_and_nothing_else() -> None:
    """The proxy gets CONNECT with Proxy-Authorization, and no key, body or token."""

    def refuse(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 407 Password\r\nContent-Length: 0\r\n\r\n")

    with server(refuse) as (address, heads):
        error = asked(
            "https://sts.us-east-1.amazonaws.com", env={"HTTPS_PROXY": f"http://al%40ice:p%3Aw@{address}"}
        )
    assert "proxy" in str(error)
    assert "407" in str(error)
    assert "p%3Aw" not in f"{error}{error.hint}"
    assert heads[0].startswith(b"CONNECT sts.us-east-1.amazonaws.com:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic YWxAaWNlOnA6dw==\r\n" in heads[0]
    assert b"AKIA" not in heads[0]


def test_an_http_call_through_a_proxy() -> None:
    """The proxy gets the full URL, as in RFC 9112."""
    with Canned(lambda _: Answer(identity("arn:x"))) as proxy:
        aws = Aws({"http_proxy": f"http://127.0.0.1:{proxy.port}"}, time.time, lambda _: None)
        assert aws.caller_identity(KEY, at("http://localstack.invalid:4566/")).arn == "arn:x"
    (heard,) = proxy.asked
    assert heard.path == "http://localstack.invalid:4566/"
    assert heard.headers["host"] == "localstack.invalid:4566"


def test_one_connection_serves_a_chain() -> None:
    """A second call to the same host needs no second handshake; a closed connection is noticed."""
    body = identity("arn:x")
    keep = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    def twice(line: socket.socket) -> None:
        line.sendall(keep)
        line.recv(65536)
        line.sendall(keep)

    with server(twice) as (address, connections):
        aws = Aws({}, time.time, lambda _: None)
        for made in (1, 1, 2):
            assert aws.caller_identity(KEY, at(f"http://{address}/")).arn == "arn:x"
            assert len(connections) == made


ALONE = """
import sys, time
from pass_aws.aws.calls import Aws
from pass_aws.model import Credentials
from pass_aws.aws.partition import Endpoint
aws = Aws({}, time.time, lambda text: None)
print(aws.caller_identity(Credentials("AKIAX", "x"), Endpoint("us-east-1", "aws", sys.argv[1])).arn)
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"botocore", "boto3", "urllib3", "requests"}))
"""


def test_botocore_is_not_loaded() -> None:
    """STS calls do not load botocore, which would take half a second."""
    with Canned(lambda _: Answer(identity("arn:x"))) as canned:
        done = subprocess.run(
            [sys.executable, "-c", ALONE, canned.url], cwd=TOP, capture_output=True, text=True, check=True
        )
    assert done.stdout == "arn:x\n\n"


def test_the_host_header_names_an_unusual_port() -> None:
    """The host in the header is the one in the signature."""
    for url, host in (
        ("http://h", "h"),
        ("http://h:80", "h"),
        ("https://h:80", "h:80"),
        ("https://[::1]:1", "[::1]:1"),
    ):
        assert found(at(url)).target.authority == host
        assert urlsplit(url).scheme == found(at(url)).target.scheme
    assert re.fullmatch(r"[a-z.]+", found(at("https://STS.Example.com")).target.authority)
