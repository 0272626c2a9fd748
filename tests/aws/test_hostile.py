"""Any answer of a config file, AWS, a credential server or a user gives a valid value or one reason."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import pytest
from canned_http import Answer, Canned
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from mfa_world import TOKEN, Stub, new_run

from pass_aws.aws import sts
from pass_aws.aws.calls import Aws
from pass_aws.aws.partition import Endpoint
from pass_aws.config import setting_keys, settings
from pass_aws.config.precedence import Options
from pass_aws.config.profiles import profiles
from pass_aws.config.settings import Settings
from pass_aws.credentials import chain, digest, explain, plan
from pass_aws.credentials.step import Plan
from pass_aws.errors import UserError
from pass_aws.mfa import totp
from pass_aws.model import Credentials
from pass_aws.text import answers
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
ROLE = "arn:aws:iam::222222222222:role/r"
GOOD = (
    ROLE, "a", "b", "c", "default", "Environment", "EcsContainer", "true", "3600", "1h30m", "k=v,k2=v2", "me",
    "us-east-1", "arn:aws:iam::111111111111:mfa/m", "GAHT12345678", "111111111111", "https://h.example.com/x",
    "/etc/hostname", "echo x", "{user}-{time}", "regional", "arn:aws:iam::111111111111:user/u",
)  # fmt: skip
EVIL = (
    "", "\x00", "\x1b[2J", "$(id)", "`id`", "'", '"', "\udcff", "é", "x" * 5000, "-1", "9" * 400, "1e9", "%(a)s",
    "http://169.254.169.254/", "https://u:p@h/", "us-east-1.evil.com/#", "../../x", "{user", "arn:aws:iam::", "=",
    "arn:aws-cn:iam::222222222222:role/r", "a\n  b = c", "[x]", "true\r", "²", "٣٦٠٠", "a b",
)  # fmt: skip
KEYS = (*(key.name for key in setting_keys.ALL), "include_profile", "endpoint_url", "aws_access_key_id", "nonsense",
        "aws_secret_access_key", "aws_session_token", "aws_security_token")  # fmt: skip
HEADERS = (
    "[default]",
    "[profile a]",
    "[profile b]",
    "[profile c]",
    "[sso-session a]",
    "[services a]",
    "[x",
    "[DEFAULT]",
)
LINES = st.one_of(
    st.sampled_from(HEADERS),
    st.builds("{} = {}".format, st.sampled_from(KEYS), st.sampled_from(GOOD) | st.sampled_from(EVIL)),
    st.builds("{} = {}".format, st.sampled_from(KEYS), st.sampled_from(GOOD)),
    st.text(max_size=20),
)
OPTIONS = st.sampled_from([Options(), Options(read_only=True), Options(no_session=True)]) | st.builds(
    Options,
    duration=st.sampled_from([None, 0, 900, 7200, 10**9]),
    no_session=st.booleans(),
    region=st.sampled_from(["", "us-east-1", "a/b"]),
    role_arn=st.sampled_from(["", ROLE, "x"]),
    policy_arns=st.sampled_from([(), ("arn:aws:iam::aws:policy/x",), ("x", "")]),
    policy=st.sampled_from(["", "{", "[]", '{"Statement": []}', "[" * 3000]),
    read_only=st.booleans(),
)


@hypothesis(max_examples=400, deadline=None)
@given(
    config=st.lists(LINES, max_size=25).map("\n".join),
    credentials=st.lists(LINES, max_size=6).map("\n".join),
    options=OPTIONS,
    stored=st.sets(st.sampled_from(["a", "b", "default"])),
)
def test_any_profile_is_planned_or_refused(
    config: str, credentials: str, options: Options, stored: set[str]
) -> None:
    """Any lines in both files and any options give a plan that can be shown, or one line and a hint."""
    files = profiles(config, "config"), profiles(credentials, "credentials", credentials=True)

    def look_up(name: str, target: bool) -> Settings:
        return settings.look_up(*files, name, {}, options, target=target, stored=name in stored)

    def planned(name: str) -> Plan:
        links = chain.follow(look_up(name, True), lambda source: look_up(source, False))
        return plan.make(links, no_session=options.no_session, env_has_token=False, federation=0)

    for name in ("a", "b", "c", "default", "nowhere"):
        try:
            made = planned(name)
        except UserError as error:
            texts = (str(error), error.hint)
            assert not any("\n" in text for text in texts)
            continue
        assert len(digest.compute(made.steps, ("key", "AKIA"))) == 64
        assert all("\n" not in printable(line) for line in (*explain.sentences(made), *made.notes))
        json.dumps([explain.step(step) for step in made.steps])
        asked = made.steps[-1].request
        wanted = options.policy, options.policy_arns, options.read_only
        assert asked is not None or wanted == ("", (), False), "a requested policy is in the plan"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
VALUE = JSON | st.sampled_from(
    [
        "ASIAEXAMPLE",
        "two words",
        "a line\n",
        "\x1b[2J",
        "222222222222",
        "2044-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ]
)
FIELDS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Token", "Expiration", "AccountId", "Version", "Arn",
          "Account", "UserId", "SerialNumber")  # fmt: skip
SESSION = dict.fromkeys(FIELDS, "ASIAEXAMPLE") | {
    "Version": 1,
    "AccountId": "222222222222",
    "Account": "222222222222",
}
FRESH = {"Expiration": datetime.fromtimestamp(time.time() + 3600, UTC).isoformat()}
OBJECT = st.dictionaries(st.sampled_from(FIELDS), VALUE, max_size=2).map(
    lambda changes: SESSION | FRESH | changes
) | st.dictionaries(st.sampled_from(FIELDS), VALUE)
ANSWER = VALUE | OBJECT | st.dictionaries(
    st.sampled_from(["Credentials", "AssumedRoleUser", "MFADevices"]), VALUE | OBJECT | st.lists(OBJECT, max_size=2)
)  # fmt: skip


def outcome(action: Callable[[], T]) -> tuple[T | None, str]:
    """The result, or the reason of the refusal."""
    try:
        return action(), ""
    except UserError as error:
        return None, f"{error} ({error.hint})"
    except ValueError as error:
        return None, str(error)


def clean(found: Credentials) -> bool:
    values = (found.access_key_id, found.secret_access_key, found.session_token, found.account_id)
    return all("!" <= letter <= "~" for value in values for letter in value)


@hypothesis(max_examples=400, deadline=None)
@given(answer=ANSWER)
@example(
    {"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t", "Expiration": "0001-01-01T00:00:00+23:59"}
)
def test_any_json_is_read_or_refused(answer: object) -> None:
    """Any JSON of a credential server, a process, STS or IAM gives credentials, or a reason on one line."""
    whole = answer if isinstance(answer, dict) else {}
    readers: list[Callable[[], object]] = [
        lambda: answers.of_metadata(answer, time.time()),
        lambda: answers.of_process(json.dumps(answer).encode(), time.time()),
        lambda: answers.of_sts(whole, time.time()),
        lambda: answers.identity(whole),
        lambda: answers.serials(whole),
    ]
    for reader in readers:
        found, reason = outcome(reader)
        assert reason.isprintable()
        assert not isinstance(found, Credentials) or clean(found)


@hypothesis(max_examples=400, deadline=None)
@given(st.binary(max_size=300))
@example(b"[" * 100_000)
@example(b'{"Version": ' + b"1" * 10_000 + b"}")
def test_any_bytes_of_a_program_are_read_or_refused(printed: bytes) -> None:
    """A program's output is read as credentials or as a token."""
    found, reason = outcome(lambda: answers.of_process(printed, time.time()))
    token, complaint = outcome(lambda: answers.web_token(printed))
    assert f"{reason}{complaint}{token}".isprintable()
    assert found is None or clean(found)


WHOLE = """<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetSessionTokenResult>
<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken>
<Expiration>{}</Expiration></Credentials></GetSessionTokenResult></GetSessionTokenResponse>"""
REFUSED = "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"
PIECE = st.sampled_from(
    ["", "ASIA1", "2044-01-01T00:00:00Z", "&#10;", "&lt;", "<x/>", "é", "\x1b", "9" * 300, "]]>"]
)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda *parts: WHOLE.format(*parts).encode(), PIECE, PIECE, PIECE, PIECE),
    st.builds(lambda *parts: REFUSED.format(*parts).encode(), PIECE, PIECE),
    st.builds(
        lambda cut: WHOLE.format("A", "s", "t", "2044-01-01T00:00:00Z").encode()[:cut], st.integers(0, 400)
    ),
)


class Holder:
    """Sets the server's next answer."""

    answer = Answer(b"")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Canned, Holder, Aws]]:
    """A server instead of AWS, and a door to it."""
    holder = Holder()
    with Canned(lambda _: holder.answer) as canned:
        yield canned, holder, Aws({}, time.time, lambda _: None)


@hypothesis(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=BODIES,
    status=st.sampled_from([200, 200, 204, 302, 400, 403, 404, 500]),
    kind=st.sampled_from(["text/xml", "x"]),
)
def test_any_answer_of_a_server_is_read_or_refused(
    server: tuple[Canned, Holder, Aws], body: bytes, status: int, kind: str
) -> None:
    """Any answer gives a valid session, or an error in two clear lines; a code is sent once."""
    canned, holder, door = server
    holder.answer = Answer(b"" if status == 204 else body, status, kind)
    canned.asked.clear()
    endpoint = Endpoint("us-east-1", "aws", canned.url)
    key = Credentials("AKIA1", "MARKED")
    found, reason = outcome(
        lambda: door.session(sts.get_session_token(key, endpoint, duration=900, serial=TOKEN, code="314159"))
    )
    assert reason.isprintable()
    assert "MARKED" not in reason
    assert clean(found) if found else reason
    assert len(canned.asked) == 1


@given(st.text() | st.text("0\u0663\uff116 ", min_size=6, max_size=6))
def test_any_text_is_a_code_or_refused(text: str) -> None:
    """A code is six ASCII digits, and nothing else."""
    found, reason = outcome(lambda: totp.code(text))
    assert reason in {"", "a code is six digits"}
    assert found is None or (len(found) == 6 and found.isascii() and found.isdigit())


@hypothesis(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(typed=st.binary(max_size=60))
@example(typed=b"\xef\xbc\x91" * 6)
@example(typed=b"123456\n123456")
@example(typed=b"\x00\xff\x1b[2J")
def test_any_answer_of_a_user(typed: bytes, programs: Path, tmp_path: Path) -> None:
    """An answer in a dialog is a code; after three others, an error does not repeat the typed text."""
    (tmp_path / "typed").write_bytes(b"MARKED" + typed)
    Stub(programs, "zenity", f"cat {tmp_path}/typed")
    with pytest.raises(UserError, match=r"none of 3 codes of") as caught:
        new_run(options=Options(prompt="zenity"), DISPLAY=":1").code()
    assert "MARKED" not in f"{caught.value}{caught.value.hint}"
