"""A command gets only our credentials; all variables that are not credentials are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.errors import UserError
from pass_aws.model import Credentials
from pass_aws.system import child_environment

EXPIRES = 1795341504
SESSION = Credentials("ASIAEXAMPLE", "secret/+", "token==", EXPIRES, "123456789012")
KEY = Credentials("AKIAEXAMPLE", "secret")

SET = {
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret/+",
    "AWS_SESSION_TOKEN": "token==",
    "AWS_CREDENTIAL_EXPIRATION": "2026-11-22T09:58:24Z",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCOUNT_ID": "123456789012",
    "AWS_VAULT": "ro",
    "_PASS_AWS_REGION": "eu-west-1",
}


def environment(
    parent: dict[str, str], credentials: Credentials = SESSION, region: str = "eu-west-1"
) -> dict[str, str]:
    return child_environment.replaced(
        parent, child_environment.exports(credentials, profile="ro", region=region)
    )


def test_a_session_sets_nine_names() -> None:
    """A session with all facts sets exactly the nine allowed names."""
    assert environment({}) == SET
    assert tuple(SET) == child_environment.EXPORTED


def test_unknown_facts_are_not_set() -> None:
    """A key without region, account or expiry sets three names; stale values of the others are removed."""
    assert environment(dict.fromkeys(SET, "old"), KEY, region="") == {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_VAULT": "ro",
    }


@pytest.mark.parametrize(
    "name",
    [
        "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_FILE", "AWS_CREDENTIAL_SCOPE", "BOTO_CONFIG", "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE", "AWS_SDK_LOAD_CONFIG", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_ANYTHING",
        "_PASS_AWS_STORE", "_PASS_AWS_TICKET",
    ],
)  # fmt: skip
def test_variables_with_other_credentials_are_removed(name: str) -> None:
    """Variables that would make an SDK use other credentials, and our own messages, do not reach the command."""
    assert environment({name: "old"}) == SET


@pytest.mark.parametrize(
    "name",
    ["AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "AWS_USE_FIPS_ENDPOINT", "HTTPS_PROXY", "AWS_CONFIG_FILE", "LANG"],
)
def test_other_variables_are_kept(name: str) -> None:
    """Endpoints, certificates, proxies and file names of the user are kept."""
    assert environment({name: "kept"}) == {**SET, name: "kept"}


DIRECTIONS = [
    ("AWS_ENDPOINT_URL", "http://localhost:4566"),
    ("AWS_ENDPOINT_URL_S3", "http://localhost:9000"),
    ("AWS_USE_FIPS_ENDPOINT", "true"),
    ("AWS_CA_BUNDLE", "/with a space/ca.pem"),
]


def test_exported_endpoints_are_removed_with_their_profile() -> None:
    """A profile's endpoints are exported, and removed when another profile replaces it."""
    directed = child_environment.exports(SESSION, profile="local", region="", directions=DIRECTIONS)
    first = child_environment.replaced({"HOME": "/h"}, directed)
    assert dict(DIRECTIONS).items() <= first.items()
    assert child_environment.users(first).keys() & dict(DIRECTIONS).keys() == set()
    second = child_environment.replaced(first, child_environment.exports(KEY, profile="prod", region=""))
    assert second == {**dict(child_environment.exports(KEY, profile="prod", region="")), "HOME": "/h"}


@pytest.mark.parametrize(("name", "value"), DIRECTIONS)
def test_a_changed_variable_belongs_to_the_user(name: str, value: str) -> None:
    """A variable with another value than ours belongs to the user again."""
    exported = dict(child_environment.exports(SESSION, profile="x", region="r-1", directions=DIRECTIONS))
    changed = exported | {name: value[1:], "AWS_REGION": "r-2"}
    assert child_environment.ours(exported) == ["AWS_REGION", "AWS_DEFAULT_REGION", *dict(DIRECTIONS)]
    users = child_environment.users(changed)
    assert (users[name], users["AWS_REGION"]) == (value[1:], "r-2")
    assert "AWS_DEFAULT_REGION" not in users


def test_a_region_of_the_environment_belongs_to_the_user() -> None:
    """A region from the caller's environment is exported, but not recorded as ours."""
    made = dict(child_environment.exports(SESSION, profile="x", region="eu-west-2", users_region=True))
    assert made["AWS_REGION"] == made["AWS_DEFAULT_REGION"] == "eu-west-2"
    assert "_PASS_AWS_REGION" not in made
    assert child_environment.ours(made) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AWS_ENDPOINT_URL", True), ("AWS_ENDPOINT_URL_S3", True), ("AWS_ENDPOINT_URL_ELASTIC_BEANSTALK", True),
        ("AWS_CA_BUNDLE", True), ("_PASS_AWS_SETTINGS", False), ("AWS_VAULT", False),
        ("AWS_ENDPOINT_URL_", False), ("AWS_ENDPOINT_URL_s3", False), ("AWS_ENDPOINT_URL_S3;x", False),
        ("AWS_ENDPOINT_URLS", False), ("LD_PRELOAD", False), ("AWS_CONFIG_FILE", False), ("", False),
    ],
)  # fmt: skip
def test_which_variables_are_endpoints(name: str, expected: bool) -> None:
    """Endpoints of services and their flags, and no variable that only looks similar."""
    assert child_environment.directing(name) == expected


def test_the_given_environment_is_not_changed() -> None:
    """The caller's mapping is not changed."""
    parent = {"AWS_PROFILE": "x"}
    environment(parent)
    assert parent == {"AWS_PROFILE": "x"}


OLD = st.dictionaries(
    st.sampled_from([*child_environment.REMOVED, "AWS_CONTAINER_X", "_PASS_AWS_UMASK", "HOME", "PATH"]),
    st.just("OLD-CREDENTIAL"),
)
WORD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
MAYBE = st.one_of(st.just(""), WORD)


@given(
    OLD, st.builds(Credentials, WORD, WORD, MAYBE, st.none() | st.integers(0, 4_000_000_000), MAYBE), MAYBE
)
def test_no_old_credential_is_left(parent: dict[str, str], credentials: Credentials, region: str) -> None:
    """Of any old variables, only those that are not credentials are left."""
    made = environment(parent, credentials, region)
    assert {name for name, value in made.items() if value == "OLD-CREDENTIAL"} <= {"HOME", "PATH"}
    assert made["AWS_ACCESS_KEY_ID"] == credentials.access_key_id
    assert all(made.values()) or not all(parent.values())


@given(st.integers(0, 253402300799))
def test_the_expiry_is_in_utc(expires: int) -> None:
    """An expiry is written in AWS's form, whatever the local time is."""
    from datetime import UTC, datetime

    assert child_environment.moment(expires) == datetime.fromtimestamp(expires, UTC).strftime(
        "%4Y-%m-%dT%H:%M:%SZ"
    )


@pytest.mark.parametrize(
    ("env", "mask"),
    [
        ({}, None),
        ({"PASS_AWS_UMASK": "0022"}, 0o022),
        ({"PASS_AWS_UMASK": "77"}, 0o077),
        ({"PASS_AWS_UMASK": ""}, None),
    ],
)
def test_umask(env: dict[str, str], mask: int | None) -> None:
    """A umask is read as octal digits; without one the current umask is kept."""
    assert child_environment.umask(env) == mask


@pytest.mark.parametrize("text", ["8", "u=rwx", "1777", "00022", " 22", "0o22", "-1"])
def test_an_invalid_umask_is_refused(text: str) -> None:
    """The error names a mask that is not octal."""
    with pytest.raises(UserError, match="PASS_AWS_UMASK"):
        child_environment.umask({"PASS_AWS_UMASK": text})
