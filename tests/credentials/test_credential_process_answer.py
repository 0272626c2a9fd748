"""The output of a credential_process is complete and plausible, or refused without being shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.model import Credentials
from pass_aws.text import answers

NOW = 1_800_000_000
LATER = "2027-01-15T09:00:00Z"
GOOD: dict[str, Any] = {
    "Version": 1,
    "AccessKeyId": "ASIA2222222222222222",
    "SecretAccessKey": "MARKED/secret+=",
    "SessionToken": "MARKED/token==",
    "Expiration": LATER,
    "AccountId": "012345678901",
}
MISSING = object()


def read(**changes: object) -> Credentials:
    """The answer with some fields changed or removed."""
    answer = {name: value for name, value in {**GOOD, **changes}.items() if value is not MISSING}
    return answers.of_process(json.dumps(answer).encode(), NOW)


def test_a_complete_answer() -> None:
    """Every field of the answer is read."""
    assert read() == Credentials(
        "ASIA2222222222222222", "MARKED/secret+=", "MARKED/token==", 1_800_003_600, "012345678901"
    )


@pytest.mark.parametrize("absent", [MISSING, None, ""])
def test_a_long_lived_key(absent: object) -> None:
    """Token, expiry and account may be missing: such credentials do not expire."""
    end = MISSING if absent == "" else absent
    found = read(SessionToken=absent, Expiration=end, AccountId=absent)
    assert (found.session_token, found.expires, found.account_id) == ("", None, "")


def test_unknown_fields_are_ignored() -> None:
    """Unknown fields are ignored, as in every SDK."""
    assert read(Extra={"x": 1}).account_id == "012345678901"


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-15T09:00:00Z",
        "2027-01-15T09:00:00+00:00",
        "2027-01-15T10:00:00.123456789+01:00",
        "20270115T090000Z",
    ],
)
def test_formats_of_the_expiry(text: str) -> None:
    """An ISO 8601 time with Z, an offset, fractions, or in the basic form is accepted."""
    assert read(Expiration=text).expires == 1_800_003_600


def test_a_distant_expiry_is_reduced() -> None:
    """AWS issues no session that lives longer than 36 hours."""
    assert read(Expiration="2099-01-01T00:00:00Z").expires == NOW + 36 * 3600


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Version": MISSING}, "Version"),
        ({"Version": 2}, "Version"),
        ({"Version": "1"}, "Version"),
        ({"Version": 1.0}, "Version"),
        ({"Version": True}, "Version"),
        ({"AccessKeyId": MISSING}, "AccessKeyId is missing"),
        ({"AccessKeyId": ""}, "AccessKeyId is missing"),
        ({"AccessKeyId": None}, "AccessKeyId is missing"),
        ({"AccessKeyId": 7}, "AccessKeyId is not a text"),
        ({"AccessKeyId": "ASIA 22"}, "AccessKeyId has invalid characters"),
        ({"SecretAccessKey": MISSING}, "SecretAccessKey is missing"),
        ({"SecretAccessKey": ["MARKED"]}, "SecretAccessKey is not a text"),
        ({"SecretAccessKey": "MARKED\nexport X=1"}, "SecretAccessKey has invalid characters"),
        ({"SecretAccessKey": "MARKED\u00e9"}, "SecretAccessKey has invalid characters"),
        ({"SessionToken": "MARKED\x1b[31m"}, "SessionToken has invalid characters"),
        ({"SessionToken": "MARKED\ud800"}, "SessionToken has invalid characters"),
        ({"SessionToken": "MARKED" * 10_000}, "SessionToken has invalid characters or an invalid length"),
        ({"SessionToken": False}, "SessionToken is not a text"),
        ({"Expiration": "soon"}, "Expiration is not an ISO 8601 time"),
        ({"Expiration": ""}, "Expiration is not an ISO 8601 time"),
        ({"Expiration": "2027-01-15T09:00:00"}, "Expiration has no time zone"),
        ({"Expiration": "2027-01-15"}, "Expiration has no time zone"),
        ({"Expiration": 1_800_003_600}, "Expiration is missing or not a time"),
        ({"Expiration": "2020-01-01T00:00:00Z"}, "Expiration is in the past"),
        ({"AccountId": "12345"}, "the account id is not twelve digits"),
        ({"AccountId": 123456789012}, "the account id is not twelve digits"),
        ({"AccountId": "\u0661" * 12}, "the account id is not twelve digits"),
    ],
)
def test_an_invalid_field_is_named_without_its_value(changes: dict[str, object], reason: str) -> None:
    """A missing, empty, mistyped or unprintable field is refused."""
    with pytest.raises(ValueError, match=reason) as caught:
        read(**changes)
    assert "MARKED" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"MARKED",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"MARKED"',
        b"1",
        b"[" * 100_000,
        b'{"Version": 1',
        b"{} {}",
    ],
)
def test_text_that_is_not_a_json_object_is_refused(text: bytes) -> None:
    """A text that only begins like JSON, or is nested very deeply, is refused, too."""
    with pytest.raises(ValueError, match="it is no") as caught:
        answers.of_process(text, NOW)
    assert "MARKED" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(GOOD, JSON | st.datetimes().map(str)))


@given(FIELDS)
def test_any_answer_gives_valid_credentials_or_a_reason(changes: dict[str, object]) -> None:
    """No answer gives a traceback, or a control character in a shell's `export` line."""
    try:
        found = read(**changes)
    except ValueError:
        return
    values = (found.access_key_id, found.secret_access_key, found.session_token, found.account_id)
    assert all(value.isascii() and (value.isprintable() and " " not in value) for value in values)
    assert found.access_key_id
    assert found.secret_access_key
    assert found.expires is None or NOW < found.expires <= NOW + 36 * 3600


def sts(**changes: object) -> dict[str, object]:
    """An answer of STS as botocore returns it."""
    session = {"AccessKeyId": "ASIA1", "SecretAccessKey": "s", "SessionToken": "t"}
    end = datetime.fromtimestamp(NOW + 900, UTC)
    return {"Credentials": {**session, "Expiration": end}, "AssumedRoleUser": {}, **changes}


def test_an_answer_of_sts() -> None:
    """The account comes from the assumed role's ARN; without one, it is not known."""
    user = {"Arn": "arn:aws:sts::222222222222:assumed-role/Ops/me"}
    assert answers.of_sts(sts(AssumedRoleUser=user), NOW).account_id == "222222222222"
    assert answers.of_sts(sts(), NOW) == Credentials("ASIA1", "s", "t", NOW + 900)


def test_a_role_of_another_partition_is_refused() -> None:
    """Credentials of one partition are not valid in another."""
    answer = sts(AssumedRoleUser={"Arn": "arn:aws-cn:sts::222222222222:assumed-role/r/me"})
    assert answers.of_sts(answer, NOW, partition="aws-cn").account_id == "222222222222"
    with pytest.raises(ValueError, match="another partition"):
        answers.of_sts(answer, NOW, partition="aws")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Credentials": None}, "Credentials is missing"),
        ({"Credentials": {}}, "Expiration is missing"),
        ({"AssumedRoleUser": {"Arn": "nonsense"}}, "not an ARN"),
        ({"AssumedRoleUser": {"Arn": "arn:aws:sts::22:assumed-role/Ops/me"}}, "twelve digits"),
        ({"AssumedRoleUser": {"Arn": "arn:aws:sts::\n:assumed-role/Ops/me"}}, "characters"),
    ],
)
def test_an_incomplete_answer_of_sts(changes: dict[str, object], reason: str) -> None:
    """An incomplete answer of STS is an error."""
    with pytest.raises(ValueError, match=reason):
        answers.of_sts(sts(**changes), NOW)


@pytest.mark.parametrize(
    ("seconds", "reason"), [(0, "in the past"), (-1, "in the past"), (37 * 3600, "days ahead")]
)
def test_an_implausible_expiry(seconds: int, reason: str) -> None:
    """A session must end after now, and within 36 hours."""
    answer = sts()
    assert isinstance(answer["Credentials"], dict)
    answer["Credentials"]["Expiration"] = datetime.fromtimestamp(NOW + seconds, UTC)
    with pytest.raises(ValueError, match=reason):
        answers.of_sts(answer, NOW)


def test_a_web_identity_token() -> None:
    """Spaces and line ends around the token are removed, nothing else."""
    assert answers.web_token(b" aaa.bbb.ccc \r\n") == "aaa.bbb.ccc"


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"abc", b"a" * 20_001, b"two words", b"caf\xc3\xa9.x.y", b"a\0bcde"]
)
def test_an_invalid_web_identity_token(text: bytes) -> None:
    """A token has four to 20,000 visible ASCII characters; the error does not show them."""
    with pytest.raises(ValueError, match="a token has"):
        answers.web_token(text)
