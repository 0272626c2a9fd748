"""The digest of a session covers everything that determines it, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_plan import planned

from pass_aws.config.precedence import Options
from pass_aws.credentials import digest

ROLE = "arn:aws:iam::222222222222:role/{}"
DEVICE = "mfa_serial = arn:aws:iam::111111111111:mfa/{}\n"
KEY = "AKIA1"


def digest_for(
    text: str, target: str = "r", options: Options | None = None, key: str = KEY, stored: str = "u"
) -> str:
    return digest.compute(planned(text, target, stored=stored, options=options).steps, ("key", key))


def role(more: str = "", arn: str = ROLE.format("r"), user: str = "", between: str = "") -> str:
    source = "m" if between else "u"
    middle = f"[profile m]\nsource_profile = u\n{between}" if between else ""
    return f"[profile u]\n{user}{middle}[profile r]\nsource_profile = {source}\nrole_arn = {arn}\n{more}"


DIFFERENT = {
    "plain": digest_for(role()),
    "another key": digest_for(role(), key="AKIA2"),
    "another role": digest_for(role(arn=ROLE.format("s"))),
    "an external id": digest_for(role("external_id = x1\n")),
    "another external id": digest_for(role("external_id = x2\n")),
    "a source identity": digest_for(role("source_identity = me\n")),
    "a tag": digest_for(role("session_tags = a=b\n")),
    "another tag": digest_for(role("session_tags = a=c\n")),
    "two tags": digest_for(role("session_tags = a=b,c=d\n")),
    "a transitive tag": digest_for(role("session_tags = a=b\ntransitive_session_tags = a\n")),
    "a session name": digest_for(role("role_session_name = me\n")),
    "another template": digest_for(role("role_session_name = {user}\n")),
    "a duration": digest_for(role("duration_seconds = 1800\n")),
    "another duration": digest_for(role(), options=Options(duration=1801)),
    "a policy": digest_for(role(), options=Options(policy='{"Statement": []}')),
    "another policy": digest_for(role(), options=Options(policy='{"Statement": [1]}')),
    "a managed policy": digest_for(role(), options=Options(policy_arns=("arn:aws:iam::aws:policy/a",))),
    "read only": digest_for(role(), options=Options(read_only=True)),
    "a code": digest_for(role(DEVICE.format("a"))),
    "another device's code": digest_for(role(DEVICE.format("b"))),
    "a session with a code": digest_for(role(DEVICE.format("a"), user=DEVICE.format("a"))),
    "a session with another code": digest_for(role(DEVICE.format("b"), user=DEVICE.format("b"))),
    "an endpoint": digest_for(role("endpoint_url = https://one.example.com\n")),
    "another endpoint": digest_for(role("endpoint_url = https://two.example.com\n")),
    "a role between": digest_for(role(between=f"role_arn = {ROLE.format('m')}\n")),
    "another role between": digest_for(role(between=f"role_arn = {ROLE.format('n')}\n")),
    "an external id between": digest_for(role(between=f"role_arn = {ROLE.format('m')}\nexternal_id = x1\n")),
    "another partition": digest_for(role(arn=ROLE.format("r").replace("aws", "aws-cn"))),
    "no role": digest_for(role(), "u"),
    "no role, a code": digest_for(role(user=DEVICE.format("a")), "u"),
    "no role, an endpoint": digest_for(role(user="endpoint_url = https://one.example.com\n"), "u"),
    "no role, another partition": digest_for(role(user="region = cn-north-1\n"), "u"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_changed_profile_has_another_digest(name: str) -> None:
    """Each request has its own digest, so a changed profile never gets a session of the old one."""
    assert len(DIFFERENT[name]) == 64
    assert [other for other, found in DIFFERENT.items() if found == DIFFERENT[name]] == [name]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (role("region = eu-west-1\n"), None),
        (role(), Options(region="sa-east-1", min_ttl=60, fresh=True, prompt="terminal", no_input=True)),
        (role(user="region = eu-west-1\n"), None),
        (role(between="region = eu-west-1\n"), None),
        (role("sts_regional_endpoints = legacy\nca_bundle = /x\nmfa_process = x\n"), None),
        (role("include_profile = other\n") + "[profile other]\noutput = json\n", None),
        (role(user="duration_seconds = 7200\n"), None),
    ],
)
def test_settings_that_do_not_change_the_digest(text: str, options: Options | None) -> None:
    """Region, alias and source of the code are not part of the digest."""
    assert digest_for(text, options=options) == DIFFERENT["plain"]


def test_the_session_of_one_code_has_one_digest() -> None:
    """A session made with a code is the same for the user, aliases and roles, for any duration."""
    device = DEVICE.format("a")
    text = role(device, user=device) + f"[profile al]\nsource_profile = u\n{device}"
    of_role = planned(text, "r").steps
    assert [step.call for step in of_role] == ["store", "GetSessionToken", "AssumeRole"]
    wanted = digest.compute(of_role[:2], ("key", KEY))
    for target, options in (
        ("u", None),
        ("al", None),
        ("u", Options(duration=7200)),
        ("al", Options(region="x-1")),
    ):
        assert digest_for(text, target, options) == wanted


@given(st.lists(st.text(max_size=5), max_size=5), st.lists(st.text(max_size=5), max_size=5))
def test_field_boundaries_are_part_of_the_digest(some: list[str], others: list[str]) -> None:
    """Two different lists of fields never give the same digest."""
    same = digest._canonical(tuple(some)) == digest._canonical(tuple(others))
    assert same == (some == others)
