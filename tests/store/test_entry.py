"""An entry is aws-vault's item in both directions, byte for byte; a damaged one is one error."""

from __future__ import annotations

import base64
import json

import pytest
from conftest import TOP
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.errors import UserError
from pass_aws.store import entry, entry_names

TABLE = TOP / "tests" / "fixtures" / "aws-vault-store" / "decrypted.tsv"
KEY = b'{"AccessKeyID":"AKIATESTTESTTEST","SecretAccessKey":"sekrit"}'
NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/."), min_size=1, max_size=40
).filter(entry_names.is_key)


def fixture() -> dict[str, bytes]:
    """Maps names below the prefix to plain text, for everything that aws-vault wrote."""
    lines = [line for line in TABLE.read_bytes().split(b"\n") if b"\t" in line]
    pairs = (line.split(b"\t") for line in lines if not line.startswith(b"#"))
    return {path.decode().removeprefix("aws-vault/").removesuffix(".gpg"): text for path, text in pairs}


def item(data: bytes = KEY, key: str = "dev", more: dict[str, object] | None = None) -> bytes:
    return json.dumps({"Key": key, "Data": base64.b64encode(data).decode(), **(more or {})}).encode()


def keys() -> list[str]:
    return [name for name in fixture() if entry_names.is_key(name)]


def test_the_store_of_aws_vault_is_read_completely() -> None:
    """Keys, sessions, old sessions and a token are read; each key is written back to the same bytes."""
    assert (len(keys()), len(fixture())) == (10, 18)
    for name in keys():
        text = fixture()[name]
        parsed = entry.parse(text, name)
        key = parsed.credentials
        assert key.access_key_id.startswith("AKIA")
        assert entry.render(name, key.access_key_id, key.secret_access_key) == text
        assert entry.render(name, key.access_key_id, key.secret_access_key, parsed) == text


def test_the_known_vector() -> None:
    """A known pair of names and secrets gives the recorded Data."""
    text = json.loads(entry.render("jonsmith", "AKIATESTTESTTEST", "sekrit"))
    assert base64.b64decode(text["Data"]) == (
        b'{"AccessKeyID":"AKIATESTTESTTEST","SecretAccessKey":"sekrit","SessionToken":"","Source":"",'
        b'"CanExpire":false,"Expires":"0001-01-01T00:00:00Z"}'
    )
    assert text["Label"] == "aws-vault (jonsmith)"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sts.GetSessionToken,cGxhaW4,,1795341504", "session"),
        ("sts.AssumeRole,am9uc21pdGg,YXJuOmF3czppYW06OjExMTExMTptZmEvam9uc21pdGg,1795366716", "session"),
        ("prod,abcd,,2024", "session"),
        ("a,abcde,,1", "key"),  # five base64 digits are not bytes
        ("a,abcd,abcde,1", "key"),
        ("a,ab=d,,1", "key"),
        ("a,,abcd,1", "key"),
        ("a,abcd,,", "key"),
        ("a,abcd,,9223372036854775807", "session"),
        ("a,abcd,,9223372036854775808", "key"),
        ("a,abcd,,0000000000000000000000000000001", "session"),
        ("a,abcd,,99999999999999999999999999", "key"),
        ("a,abcd,,١٢", "key"),
        ("session,dev,,12", "old-session"),
        ("session,d,,1", "key"),
        ("session,dev,x,1572281751", "old-session"),
        ("session:dev::1572281751", "old-session"),
        ("session:dev:x:y", "old-session"),
        ("session:de v::1", "key"),
        ("dev session (1)", "old-session"),
        (" session (1)", "key"),
        ("dev session (1) ", "key"),
        ("oidc:https:/d-1.awsapps.com/start", "oidc"),
        ("dev", "key"),
        ("org/team/prod", "key"),
        ("a:b", "key"),
    ],
)  # fmt: skip
def test_kinds_of_names_in_aws_vault(name: str, kind: str) -> None:
    """aws-vault's three old patterns are tried first, then its session names, whose base64 must be valid."""
    assert entry_names.is_key(name) == (kind == "key")


@pytest.mark.parametrize(
    "name",
    ["", "/", "..", "../x", "x/..", "a/../b", "/abs", "a\nb", "a\x7f", "a\x9bb", "a\x00", ".git/x", "a/.b",
     "./.", "\udcff", "x" * 252, "a/" + "x" * 252, "y" * 10_000, "prod,abcd,,2024", "x session (1)", "oidc:x",
     "session:a:b:c"],
)  # fmt: skip
def test_names_that_are_refused(name: str) -> None:
    """Names that leave the prefix, are hidden, control a terminal, or would be deleted by aws-vault."""
    with pytest.raises(UserError) as caught:
        entry_names.check_name(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
    assert caught.value.hint


def test_the_reason_of_a_refused_name() -> None:
    """The error has the first reason that applies."""
    for name, reason in (
        ("a/../b", "contains .."),
        (".git/x", "start with a dot"),
        ("a,abcd,,1", "delete it"),
    ):
        with pytest.raises(UserError, match=reason):
            entry_names.check_name(name)


@pytest.mark.parametrize("name", [*keys(), "x" * 251, "a//b", "a/", "-x", "a b", "ä/ö"])
def test_names_that_are_accepted(name: str) -> None:
    """Any other name is accepted, as in aws-vault."""
    entry_names.check_name(name)


def test_the_inner_key_must_be_the_name() -> None:
    """A moved entry is refused, and the hint repairs it; a difference in path cleaning is accepted."""
    with pytest.raises(UserError, match="the entry prod was written for dev") as caught:
        entry.parse(item(), "prod")
    assert "pass aws move --repair prod" in caught.value.hint
    assert entry.parse(item(key="a//b/"), "a/b").credentials.access_key_id == "AKIATESTTESTTEST"


def test_field_names_in_any_case() -> None:
    """As in Go, the last of several fields is used, null changes nothing, unknown fields are allowed."""
    data = (
        b'{"ACCESSKEYID":"first","accessKeyId":"AKIA1","AccessKeyId":null,"secretaccesskey":"s","X":[1,{}]}'
    )
    text = item(data).replace(b'"Key"', b'"kEy"').replace(b'"Data"', b'"DATA"')
    found = entry.parse(b" \n" + text + b"\r\n\t", "dev").credentials
    assert (found.access_key_id, found.secret_access_key) == ("AKIA1", "s")


def test_an_empty_string_is_a_value() -> None:
    """As in Go, an empty string replaces an earlier value; only null does not."""
    with pytest.raises(UserError, match="does not contain an access key"):
        entry.parse(item(b'{"AccessKeyID":"A","AccessKeyID":"","SecretAccessKey":"s"}'), "dev")


def test_unknown_fields_are_kept() -> None:
    """A rewrite keeps other tools' fields exactly, on both levels; known fields are written again."""
    data = (
        b'{"AccessKeyID":"A","SecretAccessKey":"b","AccountID":"111122223333","Z":1.10,"Y":{"a": "\\u00e9"}}'
    )
    text = (
        b'{"Pinned":  [1.0, 2e5],"Key":"dev","Data":"'
        + base64.b64encode(data)
        + b'","Label":"odd","P2":null}'
    )
    before = entry.parse(text, "dev")
    assert before.credentials.account_id == "111122223333"
    same, other = entry.render("dev", "A", "new", before), entry.render("dev", "B", "new", before)
    assert b',"Pinned":[1.0, 2e5],"P2":null}' in same
    assert b'"Label":"aws-vault (dev)"' in same
    inner = base64.b64decode(json.loads(same)["Data"])
    assert inner.endswith(b'"AccountID":"111122223333","Z":1.10,"Y":{"a": "\\u00e9"}}')
    assert b"AccountID" not in base64.b64decode(json.loads(other)["Data"])


def test_strings_are_escaped_as_in_go() -> None:
    """Go writes < > & and the two line separators as escapes, all else unchanged."""
    text = entry.render('<a>&\u2028\u2029"\\é', "A", "<s>")
    assert text.startswith(b'{"Key":"\\u003ca\\u003e\\u0026\\u2028\\u2029\\"\\\\\xc3\xa9","Data":')
    assert b'"SecretAccessKey":"\\u003cs\\u003e"' in base64.b64decode(json.loads(text)["Data"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"sekrit\nuser: me\n", "is not an AWS entry"),
        (item() + b"x", "not exactly one JSON object"),
        (item() + item(), "not exactly one JSON object"),
        (item()[:-1], "not exactly one JSON object"),
        (item()[:-1] + b",}", "not exactly one JSON object"),
        (b'{"Key":"dev" "Data":""}', "not exactly one JSON object"),
        (b"{1:2}", "is not an AWS entry"),
        (b'{"Key":NaN}', "not exactly one JSON object"),
        (b'"dev"', "is not an AWS entry"),
        (b"null", "is not an AWS entry"),
        (b"[]", "is not an AWS entry"),
        (b"\xef\xbb\xbf" + item(), "not exactly one JSON object"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "is not an AWS entry"),
        (b"{}", "is not an AWS entry"),
        (
            b'{"Key":' * 5000 + b"1" + b"}" * 5000,
            "not exactly one JSON object|not a string",
        ),  # since Python 3.12
        (b'{"Key":7,"Data":""}', "not a string"),
        (b'{"Key":"dev","Data":[65]}', "not a string"),
        (b'{"Key":"dev","Data":"?"}', "not base64"),
        (b'{"Key":"dev","Data":"e30"}', "not base64"),
        (b'{"Key":"dev","Data":"e30=e30="}', "not base64"),
        (b'{"Key":"dev","Data":"\xc3\xa9"}', "not base64"),
        (item(b""), "is damaged"),
        (item(b"null"), "not exactly one JSON object"),
        (item(b"{}"), "does not contain an access key"),
        (item(b'{"AccessKeyID":"A"}'), "does not contain an access key"),
        (item(b'{"AccessKeyID":"A","SecretAccessKey":5}'), "not a string"),
    ],
)
def test_a_damaged_entry_is_one_error(text: bytes, message: str) -> None:
    """The error names the entry, shows nothing of it, and tells what to do."""
    with pytest.raises(UserError, match=message) as caught:
        entry.parse(text, "dev")
    assert "entry dev" in str(caught.value)
    assert "sekrit" not in str(caught.value) + caught.value.hint
    assert caught.value.hint
    assert caught.value.__cause__ is None


def test_the_repr_has_no_secret() -> None:
    """Neither the entry's repr nor that of the credentials has the secret."""
    assert "sekrit" not in repr(entry.parse(item(), "dev"))


def test_a_key_with_undecodable_bytes_is_refused() -> None:
    """Bytes from an environment that are not UTF-8 cannot be written as JSON."""
    with pytest.raises(UserError, match="not text"):
        entry.render("dev", "A", "\udcff")


@given(
    NAMES,
    st.text(min_size=1),
    st.text(min_size=1, alphabet="<&>a+/="),
)
def test_parse_undoes_render(name: str, key_id: str, secret: str) -> None:
    """Parsing a rendered entry gives the same key, for any name and any text."""
    text = entry.render(name, key_id, secret)
    found = entry.parse(text, name)
    assert (found.credentials.access_key_id, found.credentials.secret_access_key) == (key_id, secret)
    assert entry.render(name, key_id, secret, found) == text


@given(st.binary())
def test_any_bytes_are_an_entry_or_an_error(text: bytes) -> None:
    """No bytes cause a traceback."""
    with pytest.raises(UserError):
        entry.parse(text, "dev")


@given(st.binary(max_size=3), st.integers(0, 200), st.binary())
def test_any_damage_is_an_entry_or_an_error(noise: bytes, at: int, inner: bytes) -> None:
    """A valid item with changed bytes, or with any Data, causes no traceback."""
    good = item()
    for text in (good[:at] + noise + good[at + len(noise) :], good[:at] + noise + good[at:], item(inner)):
        try:
            entry.parse(text, "dev")
        except UserError:
            continue


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.dictionaries(st.text(min_size=1, max_size=12), json_values, max_size=4))
def test_any_extra_fields_are_kept(extra: dict[str, object]) -> None:
    """Fields of other tools are unchanged after we have written the entry again."""
    known = {"key", "data", *entry.IGNORED}
    extra = {name: value for name, value in extra.items() if name.lower() not in known}
    again = entry.render("dev", "A", "b", entry.parse(item(more=extra), "dev"))
    written = json.loads(again)
    assert {name: written[name] for name in extra} == extra


def test_an_entry_with_many_fields_is_read_in_linear_time() -> None:
    """A search through all fields for each field would exceed the test's time limit."""
    count = 200_000
    text = item()[:-1] + b"".join(b',"f%d":1' % number for number in range(count)) + b"}"
    assert len(entry.parse(text, "dev").others) == count
