"""Values that AWS would refuse are refused before any prompt, decryption or call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.utils import generate_access_key_id_from_account_id

from pass_aws.aws import role_request, urls, values
from pass_aws.text import durations

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = "arn:aws:iam::123456789012:role/"
MFA = "arn:aws:iam::123456789012:mfa/"
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


def test_limits_of_durations() -> None:
    """STS accepts 15 minutes to 12 hours for a role, to 36 for a session; the error has both limits."""
    for longest in (values.LONGEST_ROLE, values.LONGEST_SESSION):
        assert values.bounded(900, longest) == 900
        assert values.bounded(longest, longest) == longest
        for wrong in (0, 899, longest + 1, 10**15):
            with pytest.raises(ValueError, match=rf"900 \(15m\) to {longest} \({longest // 3600}h\)"):
                values.bounded(wrong, longest)
    with pytest.raises(ValueError, match="out of range"):
        values.bounded(durations.parse("9" * 10_000), values.LONGEST_ROLE)


GOOD: list[tuple[Callable[[str], object], str]] = [
    (values.role_arn, ROLE + "a"),
    (values.role_arn, ROLE + "path/to/role_+=,.@-1"),
    (
        values.role_arn,
        ROLE + "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef",
    ),
    (values.role_arn, "arn:aws-us-gov:iam::123456789012:role/a"),
    (values.role_arn, "arn:aws-iso-b:iam::123456789012:role/a"),
    (values.serial, MFA + "alice"),
    (values.serial, MFA + "path/alice@example.com"),
    (values.serial, "arn:aws-cn:iam::123456789012:mfa/a"),
    (values.serial, "GAHT12345678"),
    (values.session_name, "ab"),
    (values.session_name, "a" * 64),
    (values.session_name, "{user}@{host}-{time}"),
    (values.source_identity, "a_+=,.@-1"),
    (values.external_id, "ab"),
    (values.external_id, "a" * 1224),
    (values.external_id, "x:/y-1"),
    (values.region, "us-east-1"),
    (values.region, "eusc-de-east-1"),
    (values.region, "us-iso-east-1"),
    (values.region, "aws-global"),
    (values.account, "000000000000"),
    (values.login_session, "arn:aws:iam::123456789012:user/alice"),
    (values.login_session, "arn:aws:sts::123456789012:assumed-role/a/b"),
    (values.login_session, "arn:aws:iam::123456789012:root"),
    (values.flag, "true"),
    (values.flag, "FALSE"),
    (values.count, "1"),
    (values.count, "999999"),
    (role_request.tags, "k=v"),
    (role_request.tags, "k=,e=a=b, s p = v w ,ü=é"),
    (role_request.tags, ",".join(f"k{number}=v" for number in range(50))),
    (role_request.tags, "k" * 128 + "=" + "v" * 256),
    (role_request.transitive, "a, b,,a"),
    (role_request.policy, ALLOW),
    (role_request.policy, ALLOW.replace("Version", "Version" + " " * 0).replace(",", "," + " " * 3000)),
    (
        role_request.policy_arns,
        "arn:aws:iam::aws:policy/ReadOnlyAccess arn:aws:iam::123456789012:policy/p/a",
    ),
    (role_request.policy_arns, ""),
    (urls.endpoint, "https://sts.example.com"),
    (urls.endpoint, "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com:8443/path"),
    (urls.endpoint, "http://localhost:4566"),
    (urls.endpoint, "http://127.0.0.1:5000/"),
    (urls.endpoint, "http://127.9.9.9"),
    (urls.endpoint, "http://[::1]:5000"),
    (urls.endpoint, "HTTP://LocalHost:1"),
    (urls.page, "https://d-1234567890.awsapps.com/start#/"),
    (urls.metadata, "http://169.254.169.254/"),
    (urls.metadata, "http://[fd00:ec2::254]"),
]


@pytest.mark.parametrize(("check", "text"), GOOD)
def test_valid_values(check: Callable[[str], object], text: str) -> None:
    """Values that AWS allows are accepted."""
    check(text)


BAD: list[tuple[Callable[[str], object], str, str]] = [
    (values.role_arn, "", "not a role"),
    (values.role_arn, "ReadOnly", "not a role"),
    (values.role_arn, "arn:aws:iam::12345678901:role/a", "not a role"),
    (values.role_arn, ROLE, "not a role"),
    (values.role_arn, ROLE + "a/", "not a role"),
    (values.role_arn, ROLE + "a b", "not a role"),
    (values.role_arn, ROLE + "a\n", "not a role"),
    (values.role_arn, ROLE + "path/a!b", "not a role"),
    (values.role_arn, ROLE + "a!b", "not a role"),
    (values.role_arn, ROLE + "a" * 2048, "not a role"),
    (values.role_arn, ROLE + "/!" * 50 + "?", "not a role"),
    (values.role_arn, "arn:aws:iam::123456789012:user/a", "not a role"),
    (values.role_arn, "arn:AWS:iam::123456789012:role/a", "not a role"),
    (values.role_arn, "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/a", "not a role"),
    (values.role_arn, "arn:aws:sts::123456789012:assumed-role/a/b", "is a session; a role is"),
    (values.serial, "alice", "not an MFA device"),
    (values.serial, "arn:aws:iam::123456789012:user/alice", "not an MFA device"),
    (values.serial, MFA + "a" * 256, "not an MFA device"),
    (values.serial, "arn:aws:iam::123456789012:u2f/user/alice/key-ABC", "cannot be used with STS"),
    (values.serial, "arn:aws:iam::123456789012:sms-mfa/alice", "cannot be used with STS"),
    (values.session_name, "a", "2 to 64 characters"),
    (values.session_name, "a" * 65, "2 to 64 characters"),
    (values.session_name, "a b", "may contain only"),
    (values.session_name, "{nobody}", "may contain only"),
    (values.session_name, "{user", "may contain only"),
    (values.session_name, "ü-ü", "may contain only"),
    (values.source_identity, "{user}", "may contain only"),
    (values.source_identity, "aws:me", "may contain only"),
    (values.external_id, "a", "2 to 1224"),
    (values.external_id, "a" * 1225, "2 to 1224"),
    (values.external_id, "a b", "2 to 1224"),
    (values.region, "", "not a region"),
    (values.region, "US-EAST-1", "not a region"),
    (values.region, "us east", "not a region"),
    (values.region, "us-east-1.evil.example/", "not a region"),
    (values.region, "us-east-1#", "not a region"),
    (values.region, "x@evil.example", "not a region"),
    (values.region, "-us", "not a region"),
    (values.region, "us-", "not a region"),
    (values.region, "a" * 64, "not a region"),
    (values.region, "us-east-1\n", "not a region"),
    (values.account, "12345678901", "not an account"),
    (values.account, "١٢٣٤٥٦٧٨٩٠١٢", "not an account"),
    (values.login_session, "alice", "not an identity"),
    (values.flag, "yes", "neither true nor false"),
    (values.flag, "1", "neither true nor false"),
    (values.count, "0", "not a number above zero"),
    (values.count, "1.5", "not a number above zero"),
    (values.count, "-1", "not a number above zero"),
    (role_request.tags, "", "not key=value"),
    (role_request.tags, "k", "not key=value"),
    (role_request.tags, "k=v,", "not key=value"),
    (role_request.tags, "=v", "1 to 128"),
    (role_request.tags, "k" * 129 + "=v", "1 to 128"),
    (role_request.tags, "k=" + "v" * 257, "1 to 128"),
    (role_request.tags, "k=a,K=b", "occurs twice"),
    (role_request.tags, "aws:k=v", "reserved for AWS"),
    (role_request.tags, "AWS:k=v", "reserved for AWS"),
    (role_request.tags, "k=a&b", "does not allow"),
    (role_request.tags, "k=a\x1bb", "does not allow"),
    (role_request.tags, ",".join(f"k{number}=v" for number in range(51)), "51 tags, AWS allows 50"),
    (role_request.transitive, "aws:k", "reserved for AWS"),
    (role_request.transitive, ",".join(f"k{number}" for number in range(51)), "51 tags, AWS allows 50"),
    (role_request.policy, "", "not JSON"),
    (role_request.policy, "{", "not JSON"),
    (role_request.policy, "[" * 100_000, "not JSON"),
    (role_request.policy, "[]", "not a policy"),
    (role_request.policy, "{}", "not a policy"),
    (
        role_request.policy,
        '{"Statement": "' + "a" * 2048 + '"}',
        "2064 characters without spaces, AWS allows 2048",
    ),
    (role_request.policy_arns, "ReadOnlyAccess", "not a managed policy"),
    (role_request.policy_arns, "arn:aws:iam::aws:role/a", "not a managed policy"),
    (
        role_request.policy_arns,
        " ".join(f"arn:aws:iam::aws:policy/p{n}" for n in range(11)),
        "11 policies",
    ),
    (urls.endpoint, "http://localhost@evil.example", "not a URL"),
    (urls.endpoint, "https://user:pw@example.com", "not a URL"),
    (urls.endpoint, "https://example.com?x=1", "not a URL"),
    (urls.endpoint, "https://example.com/?x=1", "query or a fragment"),
    (urls.endpoint, "https://example.com/#x", "query or a fragment"),
    (urls.endpoint, "https://", "not a URL"),
    (urls.endpoint, "https:///path", "not a URL"),
    (urls.endpoint, "https://example.com:99999", "not a URL"),
    (urls.endpoint, "https://exa mple.com", "not a URL"),
    (urls.endpoint, "https://example.com/\n", "not a URL"),
    (urls.endpoint, "ftp://example.com", "not a URL"),
    (urls.endpoint, "example.com", "not a URL"),
    (urls.endpoint, "file:///etc/passwd", "not a URL"),
    (urls.page, "http://d-1.awsapps.com/start", "must be https"),
    (urls.metadata, "169.254.169.254", "not a URL"),
]


@pytest.mark.parametrize(
    ("check", "text", "reason"), BAD, ids=lambda value: getattr(value, "__name__", str(value)[:40])
)
def test_invalid_values(check: Callable[[str], object], text: str, reason: str) -> None:
    """Values that AWS refuses are refused with a reason on one short line."""
    with pytest.raises(ValueError, match=reason) as caught:
        check(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://sts.example.com", True), ("http://localhost.evil.example", True), ("http://10.0.0.1", True),
        ("http://127.0.0.1.evil.example", True), ("http://[::2]", True), ("HTTP://localstack:4566", True),
        ("https://sts.example.com", False), ("http://localhost:4566", False), ("http://127.0.0.1:1", False),
        ("http://[::1]:9", False), ("http://LOCALHOST", False),
    ],
)  # fmt: skip
def test_unencrypted_urls(url: str, expected: bool) -> None:
    """http is unencrypted, except to this machine."""
    assert urls.endpoint(url) == url
    assert urls.in_clear(url) == expected


@pytest.mark.parametrize(
    ("arn", "good"),
    [
        ("arn:aws:iam:::role/S3Access", True), ("arn:minio:iam:::role/idmp-x", True),
        ("arn:aws:iam::123456789012:role/a/b", True), ("arn:aws:iam::1234:role/a", False),
        ("arn:aws:sts:::role/a", False), ("arn:aws:iam:::user/a", False), ("arn::iam:::role/a", False),
        ("arn:aws:iam:::role/", False), ("arn:aws:iam:::role/a b", False),
    ],
)  # fmt: skip
def test_roles_of_other_services(arn: str, good: bool) -> None:
    """With a custom endpoint an ARN may have no account, or its own partition."""
    if good:
        assert values.any_role_arn(arn) == arn
    else:
        with pytest.raises(ValueError, match="is not a role"):
            values.any_role_arn(arn)


def test_external_id_is_not_repeated() -> None:
    """People treat an external id as a secret, so the message does not show it."""
    with pytest.raises(ValueError, match="letters") as caught:
        values.external_id("hush hush")
    assert "hush" not in str(caught.value)


def test_tags_in_order() -> None:
    """Tags are unchanged and in order; a value is everything after the first `=`."""
    assert role_request.tags("b = 1, a=x=y ,c=") == (("b", "1"), ("a", "x=y"), ("c", ""))
    assert role_request.transitive(" b,a,b ,") == ("b", "a")


def test_only_a_long_policy_is_shortened() -> None:
    """Spaces are removed only from a policy that would be too long."""
    assert role_request.policy(f" {ALLOW}\n") == f" {ALLOW}\n"
    long = ALLOW.replace(",", "," + " " * 3000)
    assert json.loads(role_request.policy(long)) == json.loads(ALLOW)
    assert " " not in role_request.policy(long)


CHECKS: list[Callable[[str], object]] = list(dict.fromkeys(check for check, *_ in BAD))


@given(st.sampled_from(CHECKS), st.text())
def test_any_text_is_accepted_or_refused(check: Callable[[str], object], text: str) -> None:
    """Any text gives a value, or a ValueError whose text is safe for a terminal."""
    try:
        check(text)
    except ValueError as error:
        message = str(error)
    else:
        message = ""
    assert message.isprintable()


@given(st.integers(0, 10**12 - 1), st.sampled_from(["AKIA", "ASIA"]))
def test_account_of_a_key_id(account: int, prefix: str) -> None:
    """The account id is in the key id, also in those of moto."""
    assert (
        values.account_of(generate_access_key_id_from_account_id(f"{account:012}", prefix))
        == f"{account:012}"
    )


@pytest.mark.parametrize(
    "key_id", ["AKIAIOSFODNN7EXAMPLE", "AKIAJ44QH8DHBEXAMPLE", "", "AKIA", "AROAQNZGKIQY56JQ7WMLX"]
)
def test_a_key_id_without_an_account(key_id: str) -> None:
    """Old ids do not contain their account, and other texts give nothing."""
    assert values.account_of(key_id) == ""


def test_account_of_a_published_key_id() -> None:
    """The example in the published research, https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489."""
    assert values.account_of("ASIAQNZGKIQY56JQ7WML") == "029608264753"
