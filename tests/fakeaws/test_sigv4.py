"""SigV4 at the fake: every part of a request is checked, and unusual ones are signed as botocore does."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakeaws import sigv4
from fakeaws.client import sts
from fakeaws.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakeaws import AccessKey, FakeAWS

BODY = b"Action=GetCallerIdentity&Version=2011-06-15"


def send(fake: FakeAWS, headers: dict[str, str], body: bytes = BODY, path: str = "/") -> tuple[str, str]:
    """Posts the form unchanged and returns AWS's code and text."""
    connection = http.client.HTTPConnection(fake.url.removeprefix("http://"), timeout=5)
    connection.request("POST", path, body, headers)
    root = ET.fromstring(connection.getresponse().read())  # noqa: S314 - the fake's own answer
    connection.close()
    found = {node.tag.partition("}")[2]: node.text or "" for node in root.iter()}
    return found.get("Code", "ok"), found.get("Message", "")


def signed(fake: FakeAWS, key: AccessKey, service: str = "sts", region: str = "us-east-1") -> dict[str, str]:
    """Headers for BODY as botocore signs them."""
    request = AWSRequest("POST", fake.url + "/", data=BODY, headers={"X-Amz-Extra": "1"})
    SigV4Auth(Credentials(key.id, key.secret), service, region).add_auth(request)
    return dict(request.headers.items())


def edited(name: str, old: str, new: str) -> Callable[[dict[str, str]], dict[str, str]]:
    def edit(headers: dict[str, str]) -> dict[str, str]:
        assert old in headers[name]
        return headers | {name: headers[name].replace(old, new, 1)}

    return edit


AUTHORIZATION = "Authorization"
MANGLED = {
    "terminator": (
        edited(AUTHORIZATION, "aws4_request", "aws5"),
        "SignatureDoesNotMatch",
        "valid terminator",
    ),
    "region": (edited(AUTHORIZATION, "us-east-1", "moon"), "SignatureDoesNotMatch", "valid region"),
    "other region": (edited(AUTHORIZATION, "us-east-1", "us-west-2"), "SignatureDoesNotMatch", "calculated"),
    "date": (edited("X-Amz-Date", "20", "21"), "SignatureDoesNotMatch", "Date in Credential scope"),
    "no time": (edited("X-Amz-Date", "T", "X"), "IncompleteSignature", "ISO-8601"),
    "no date": (
        lambda headers: {name: value for name, value in headers.items() if name != "X-Amz-Date"},
        "IncompleteSignature",
        "existence of either",
    ),
    "algorithm": (edited(AUTHORIZATION, "HMAC", "MAGIC"), "IncompleteSignature", "algorithm"),
    "no signature": (edited(AUTHORIZATION, "Signature=", "Sig="), "IncompleteSignature", "'Signature'"),
    "credential": (edited(AUTHORIZATION, "/sts", ""), "IncompleteSignature", "5 slash-delimited"),
    "host unsigned": (edited(AUTHORIZATION, "host;", ""), "SignatureDoesNotMatch", "'host' must be"),
    "unsigned header": (edited(AUTHORIZATION, "x-amz-date;", ""), "SignatureDoesNotMatch", "'x-amz-date'"),
    "changed header": (edited("X-Amz-Extra", "1", "2"), "SignatureDoesNotMatch", "calculated"),
    "added header": (
        lambda headers: headers | {"X-Amz-New": "1"},
        "SignatureDoesNotMatch",
        "'x-amz-new' must be",
    ),
}


@pytest.mark.parametrize("case", MANGLED)
def test_every_part_of_a_signature_is_checked(fake: FakeAWS, case: str) -> None:
    """Any change of a correctly signed request is refused with the reason."""
    edit, code, text = MANGLED[case]
    headers = signed(fake, fake.user("alice").key())
    assert send(fake, headers)[0] == "ok"
    got, message = send(fake, edit(headers))
    assert (got, text in message) == (code, True), message


def test_body_and_service_are_signed(fake: FakeAWS) -> None:
    """Another body, or a signature for another service, is refused; so is an unknown path."""
    key = fake.user("alice").key()
    headers = signed(fake, key)
    assert send(fake, headers, BODY + b"&X=1")[0] == "SignatureDoesNotMatch"
    code, message = send(fake, signed(fake, key, "s3"))
    assert (code, message) == (
        "SignatureDoesNotMatch",
        "Credential should be scoped to correct service: 'sts'. ",
    )
    assert send(fake, headers, path="/other")[0] == "InvalidAction"


ODD = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp"))
    | st.sampled_from("+%/=&;,~' \t"),
    max_size=12,
)
BLANKS = st.text(st.sampled_from("a,é \t"), max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.lists(st.sampled_from(["a", "b c", "é", "..", ".", "", "%2F", "~+'"]), max_size=5),
    st.dictionaries(st.text("abz09-_.~", min_size=1, max_size=4), ODD, max_size=4),
    st.dictionaries(
        st.text("abcxyz-", min_size=1, max_size=6).map("x-amz-a".__add__), ODD | BLANKS, max_size=3
    ),
    st.binary(max_size=40),
)
def test_signatures_are_those_of_botocore(
    method: str, path: list[str], query: dict[str, str], extra: dict[str, str], body: bytes
) -> None:
    """For unusual paths, queries, headers and bodies our own SigV4 and botocore's agree byte for byte."""
    url = "http://127.0.0.1:1/" + "/".join(path)
    request = AWSRequest(method, url, headers=extra, data=body, params=query)
    SigV4Auth(Credentials("AKIDEXAMPLE", "s/e+cret"), "sts", "eu-west-1").add_auth(request)
    prepared = request.prepare()
    target = prepared.url.removeprefix("http://127.0.0.1:1")
    headers = [(name.lower(), value) for name, value in request.headers.items()]
    headers.append(("host", "127.0.0.1:1"))
    claim = sigv4.parse(request.headers["Authorization"])
    received = Request(method, target.partition("?")[0], target.partition("?")[2], tuple(headers), body)
    assert sigv4.signature("s/e+cret", claim, received) == claim.signature


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(codec="utf-8"), min_size=2, max_size=20), name=ODD)
def test_any_parameter_is_received_as_sent(fake: FakeAWS, value: str, name: str) -> None:
    """Whatever a parameter contains, boto3's form is signed, decoded and recorded without loss."""
    key = next((user.keys[0] for user in fake.world.users.values()), None) or fake.user("alice").key()
    arn = "arn:aws:iam::111111111111:role/none"
    with pytest.raises(Exception, match=r"ValidationError|AccessDenied"):
        sts(fake, key).assume_role(
            RoleArn=arn, RoleSessionName=value, Tags=[{"Key": "k" + name, "Value": value}], ExternalId=value
        )
    sent = fake.calls[-1].parameters
    assert (sent["RoleSessionName"], sent["ExternalId"], sent["Tags.member.1.Value"]) == (value,) * 3
    assert sent["Tags.member.1.Key"] == "k" + name
