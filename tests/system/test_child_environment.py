"""A command gets our credentials and nothing of anybody else's; everything that is no credential stays."""

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


def of(
    parent: dict[str, str], credentials: Credentials = SESSION, region: str = "eu-west-1"
) -> dict[str, str]:
    return child_environment.of(parent, credentials, profile="ro", region=region)


def test_sets_nine_names() -> None:
    """A session with everything known sets the nine names that may be set, and only them."""
    assert of({}) == SET
    assert tuple(SET) == child_environment.EXPORTED


def test_sets_nothing_that_is_not_known() -> None:
    """A key without region, account or expiry sets three names; stale values of the others are gone."""
    assert of(dict.fromkeys(SET, "old"), KEY, region="") == {
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
        "_PASS_AWS_STORE", "_PASS_AWS_GPG",
    ],
)  # fmt: skip
def test_removes_what_leads_elsewhere(name: str) -> None:
    """What would make an SDK take other credentials, and our own messages, do not reach the command."""
    assert of({name: "old"}) == SET


@pytest.mark.parametrize(
    "name",
    ["AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "AWS_USE_FIPS_ENDPOINT", "HTTPS_PROXY", "AWS_CONFIG_FILE", "LANG"],
)
def test_keeps_the_rest(name: str) -> None:
    """Endpoints, certificates, proxies and files are the user's."""
    assert of({name: "kept"}) == {**SET, name: "kept"}


def test_leaves_the_parent_alone() -> None:
    """The caller's mapping is not changed."""
    parent = {"AWS_PROFILE": "x"}
    of(parent)
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
def test_never_leaks_an_old_credential(parent: dict[str, str], credentials: Credentials, region: str) -> None:
    """Whatever was there and whatever is new: of the old, only what is no credential is left."""
    made = of(parent, credentials, region)
    assert {name for name, value in made.items() if value == "OLD-CREDENTIAL"} <= {"HOME", "PATH"}
    assert made["AWS_ACCESS_KEY_ID"] == credentials.access_key_id
    assert all(made.values()) or not all(parent.values())


@given(st.integers(0, 253402300799))
def test_moments_are_utc(expires: int) -> None:
    """An expiry is written as AWS writes it, whatever the local time."""
    from datetime import UTC, datetime

    assert child_environment.moment(expires) == datetime.fromtimestamp(expires, UTC).strftime(
        "%4Y-%m-%dT%H:%M:%SZ"
    )


@pytest.mark.parametrize(
    ("env", "mask"),
    [
        ({}, None),
        ({"_PASS_AWS_UMASK": "0022"}, 0o022),
        ({"_PASS_AWS_UMASK": "0022", "PASS_AWS_UMASK": "77"}, 0o077),
        ({"PASS_AWS_UMASK": ""}, None),
    ],
)
def test_umask(env: dict[str, str], mask: int | None) -> None:
    """The user's wish beats what the caller had; without either the present mask stays."""
    assert child_environment.umask(env) == mask


@pytest.mark.parametrize("text", ["8", "u=rwx", "1777", "00022", " 22", "0o22", "-1"])
def test_refuses_what_is_no_mask(text: str) -> None:
    """A mask that is not octal is named."""
    with pytest.raises(UserError, match="PASS_AWS_UMASK"):
        child_environment.umask({"PASS_AWS_UMASK": text})
