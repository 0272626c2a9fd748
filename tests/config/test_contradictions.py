"""A profile that AWS's tools or aws-vault cannot use is refused, with all its faults."""

from __future__ import annotations

from typing import TypedDict, Unpack

import pytest

from pass_aws.config import settings
from pass_aws.config.precedence import Options
from pass_aws.config.profiles import profiles
from pass_aws.config.settings import Settings
from pass_aws.errors import UserError

ROLE = "role_arn = arn:aws:iam::123456789012:role/r\n"
SOURCE = "source_profile = s\n"
KEY = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = hush\n"
SSO = "sso_start_url = https://d-1.awsapps.com/start\nsso_region = us-east-1\n"
PERMISSION = "sso_account_id = 123456789012\nsso_role_name = Admin\n"
TOKEN = "web_identity_token_file = /token\n"
LOGIN = "login_session = arn:aws:iam::123456789012:user/u\n"
PROCESS = "credential_process = tool\n"
SESSION = "[sso-session s]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = us-east-1\n"


class Given(TypedDict, total=False):
    """What a case needs besides its lines."""

    more: str
    credentials: str
    env: dict[str, str]
    options: Options
    stored: bool


def settled(body: str, **given: Unpack[Given]) -> Settings:
    """The settings of profile x with these lines."""
    return settings.look_up(
        profiles(f"[profile x]\n{body}{given.get('more', '')}", "config"),
        profiles(given.get("credentials", ""), "credentials", credentials=True),
        "x",
        given.get("env", {}),
        given.get("options", Options()),
        target=True,
        stored=given.get("stored", False),
    )


def faults(body: str, **given: Unpack[Given]) -> list[str]:
    """The faults of the profile."""
    with pytest.raises(UserError) as caught:
        settled(body, **given)
    assert str(caught.value).isprintable()
    assert caught.value.hint
    return str(caught.value).split("; ")


FINE = {
    "nothing": "",
    "role from a source": ROLE + SOURCE,
    "role from the environment's key": ROLE + "credential_source = Environment\n",
    "role by web identity": ROLE + TOKEN,
    "alias": SOURCE,
    "SSO": SSO + PERMISSION,
    "SSO by session": "sso_session = s\n" + PERMISSION,
    "SSO by session and the same again": "sso_session = s\n" + SSO + PERMISSION,
    "login": LOGIN,
    "process": PROCESS,
    "key": KEY,
    "its own key for its role": ROLE + "source_profile = x\n" + KEY,
    "key and process": KEY + PROCESS,
    "SSO before process, for both tools": SSO + PERMISSION + PROCESS,
    "SSO before login, for both tools": SSO + PERMISSION + LOGIN,
    "web identity before process, for both tools": ROLE + TOKEN + PROCESS,
    "role before SSO, for both tools": ROLE + SOURCE + SSO + PERMISSION,
    "role before process, for both tools": ROLE + SOURCE + PROCESS,
    "incomplete SSO settings that are not used": ROLE + SOURCE + "sso_session = nowhere\n",
    "pass aws as its own process beside its source": SOURCE
    + "credential_process = pass-aws credential-process x\n",
    "a start URL alone beside a process": "sso_session = s\n" + PROCESS,
    "a start URL alone beside a key": SSO + KEY,
    "an unknown session beside a key": "sso_session = nowhere\n" + KEY,
    "a start URL alone beside a source": SOURCE + "sso_session = nowhere\n",
    "a start URL alone beside a login": SSO + LOGIN,
    "its own key as its source": "source_profile = x\n" + KEY,
    "an environment's key that is not used": "credential_source = Environment\n" + KEY,
    "metadata settings of another source": "metadata_service_timeout = never\n" + KEY,
}


@pytest.mark.parametrize("body", FINE.values(), ids=FINE)
def test_valid_profiles(body: str) -> None:
    """A profile that botocore and aws-vault both accept has no contradiction."""
    settled(body, more=SESSION)


DIFFER = "the AWS CLI uses the second, aws-vault the first"
UNSIGNED = (
    "{}: role_arn without source_profile or credential_source ({} in the same profile is not used for it)"
)
SPELLING = "must be Environment or Ec2InstanceMetadata or EcsContainer, spelled exactly like this"
WRONG: dict[str, tuple[str, list[str]]] = {
    "two sources": (
        ROLE + SOURCE + "credential_source = Environment\n",
        ["config:4: source_profile ([profile x]) and credential_source: use only one of them"],
    ),
    "source and web identity": (
        ROLE + SOURCE + TOKEN,
        [f"config:4: source_profile ([profile x]) and web_identity_token_file: {DIFFER}"],
    ),
    "credential source and web identity": (
        ROLE + "credential_source = Environment\n" + TOKEN,
        [f"config:4: credential_source ([profile x]) and web_identity_token_file: {DIFFER}"],
    ),
    "SSO and web identity": (
        ROLE + SSO + PERMISSION + TOKEN,
        [f"config:7: sso_account_id ([profile x]) and web_identity_token_file: {DIFFER}"],
    ),
    "SSO and web identity without a role": (
        SSO + PERMISSION + TOKEN,
        [
            f"config:6: sso_account_id ([profile x]) and web_identity_token_file: {DIFFER}",
            "config:6: a web identity without role_arn",
        ],
    ),
    "alias and SSO": (
        SOURCE + SSO + PERMISSION,
        [f"config:3: source_profile ([profile x]) and sso_start_url: {DIFFER}"],
    ),
    "its own key and a process": (
        "source_profile = x\n" + KEY + PROCESS,
        [f"config:5: source_profile ([profile x]) and credential_process: {DIFFER}"],
    ),
    "incomplete SSO settings beside a process": (
        SSO + "sso_role_name = Admin\n" + PROCESS,
        ["config:4: incomplete SSO settings: sso_account_id missing"],
    ),
    "alias and process": (
        SOURCE + PROCESS,
        [f"config:3: source_profile ([profile x]) and credential_process: {DIFFER}"],
    ),
    "alias and login": (
        SOURCE + LOGIN,
        [f"config:3: source_profile ([profile x]) and login_session: {DIFFER}"],
    ),
    "alias and key": (
        SOURCE + KEY,
        [f"config:3: source_profile ([profile x]) and aws_access_key_id: {DIFFER}"],
    ),
    "process and login": (
        LOGIN + PROCESS,
        [f"config:2: credential_process ([profile x]) and login_session: {DIFFER}"],
    ),
    "role without a source": (ROLE, ["config:2: role_arn without source_profile or credential_source"]),
    "role and process": (
        ROLE + PROCESS,
        [UNSIGNED.format("config:2", "credential_process")],
    ),
    "role and key": (
        ROLE + KEY,
        [UNSIGNED.format("config:2", "aws_access_key_id")],
    ),
    "role and SSO": (
        ROLE + SSO + PERMISSION,
        [UNSIGNED.format("config:2", "sso_start_url")],
    ),
    "its own source without a key": (
        ROLE + "source_profile = x\n",
        ["config:3: source_profile x is the profile itself, but no key is stored for it"],
    ),
    "web identity without a role": (TOKEN, ["config:2: a web identity without role_arn"]),
    "token program without a role": (
        "web_identity_token_process = tool\n",
        ["config:2: a web identity without role_arn"],
    ),
    "half a key": (
        "aws_access_key_id = AKIA\n",
        ["config:2: aws_access_key_id without aws_secret_access_key"],
    ),
    "other half of a key": (
        "aws_secret_access_key = hush\n",
        ["config:2: aws_secret_access_key without aws_access_key_id"],
    ),
    "SSO without a role": (
        SSO + "sso_account_id = 123456789012\n",
        ["config:4: incomplete SSO settings: sso_role_name missing"],
    ),
    "SSO without a portal": (
        PERMISSION,
        ["config:2: incomplete SSO settings: sso_start_url, sso_region missing"],
    ),
    "SSO session alone": (
        "sso_session = s\n",
        ["config:2: incomplete SSO settings: sso_account_id, sso_role_name missing"],
    ),
    "unknown SSO session": ("sso_session = t\n" + PERMISSION, ["config:2: there is no [sso-session t]"]),
    "SSO session with another region": (
        "sso_session = s\n" + SSO.replace("us-east-1", "us-east-2") + PERMISSION,
        ["config:4: sso_region differs from the one in [sso-session s]"],
    ),
    "unknown credential source": (
        ROLE + "credential_source = environment\n",
        [f"config:3: credential_source: {SPELLING}"],
    ),
    "metadata settings that are used": (
        ROLE + "credential_source = Ec2InstanceMetadata\nmetadata_service_timeout = never\n",
        ["config:4: metadata_service_timeout: never is not a number above zero"],
    ),
    "region in another partition": (
        ROLE + SOURCE + "region = cn-north-1\n",
        ["config:2: role_arn is in partition aws, but region cn-north-1 ([profile x]) is in aws-cn"],
    ),
    "block where a value should be": (
        ROLE.replace("= ", "=\n  a = ") + SOURCE,
        ["config:1: role_arn has an indented block instead of a value"],
    ),
    "value over several lines": (
        "region = us-east-1\n  us-east-2\n",
        ["config:2: region continues in an indented line: remove the indentation"],
    ),
    "everything at once": (
        "region = Mars\nrole_arn = r\nmfa_serial = m\nduration_seconds = 5m\nrole_session_name = a b\n"
        + SOURCE,
        [
            "config:3: role_arn: r is not a role (arn:aws:iam::123456789012:role/NAME)",
            "config:2: region: Mars is not a region (us-east-1)",
            "config:4: mfa_serial: m is not an MFA device (arn:aws:iam::123456789012:mfa/NAME)",
            "config:6: role_session_name: a b may contain only letters, digits and _+=,.@-",
            "config:5: duration_seconds: 300 s is out of range: 900 (15m) to 43200 (12h)",
        ],
    ),
}


def test_a_start_url_that_is_not_of_aws() -> None:
    """People type their password there, so a start URL on another host is refused with its line."""
    url = "https://d-1.example.com/start"
    found = faults(f"sso_start_url = {url}\nsso_region = us-east-1\n{PERMISSION}")
    assert found[0].startswith(f"config:2: sso_start_url: the host of {url} ")


@pytest.mark.parametrize(("body", "expected"), WRONG.values(), ids=WRONG)
def test_invalid_profiles(body: str, expected: list[str]) -> None:
    """Incomplete, contradictory and missing settings are refused with file and line, all at once."""
    assert faults(body, more=SESSION) == expected


STORED = ("role without a source", "role and process", "its own source without a key", "half a key", "unknown SSO session",
          "alias and SSO", "source and web identity", "SSO without a portal")  # fmt: skip


@pytest.mark.parametrize("case", STORED)
def test_a_stored_key_ends_a_contradiction(case: str) -> None:
    """The stored key is used first, so other settings of the profile do not contradict it."""
    settled(WRONG[case][0], more=SESSION, stored=True)


@pytest.mark.parametrize("case", ["two sources", "unknown credential source", "everything at once"])
def test_invalid_values_beside_a_stored_key(case: str) -> None:
    """Values that no tool accepts are refused even if a key is stored."""
    assert faults(WRONG[case][0], more=SESSION, stored=True) == WRONG[case][1]


def test_session_completes_the_profile() -> None:
    """The settings of the `[sso-session]` belong to the profile, and name their origin."""
    found = settled("sso_session = s\n" + PERMISSION, more=SESSION)
    assert found.values["sso_region"] == ("us-east-1", "[sso-session s]")
    assert found.get("sso_start_url") == "https://d-1.awsapps.com/start"


def test_a_broken_sso_session_is_reported() -> None:
    """A section that is used through another one must be readable, too."""
    assert faults("sso_session = s\n" + PERMISSION, more="[sso-session s]\nword\n") == [
        "config:6: neither `key = value` nor a section header"
    ]


def test_faults_of_section_and_variable_in_one_message() -> None:
    """Faults of the section, of [default] and of the environment are listed together."""
    env = {"AWS_MFA_SERIAL": "m", "AWS_SESSION_TOKEN_TTL": "soon"}
    assert faults("word\n", more="[default]\nregion = r\nregion = r\n", env=env) == [
        "config:2: neither `key = value` nor a section header",
        "config:5: region is set twice (first in line 4)",
        "AWS_MFA_SERIAL: m is not an MFA device (arn:aws:iam::123456789012:mfa/NAME)",
        "AWS_SESSION_TOKEN_TTL: soon is not a duration (3600, 90m, 1h30m)",
    ]


def test_only_values_in_use_are_checked() -> None:
    """A wrong value that another one overrides is not an error."""
    more = "[default]\nregion = Mars\nduration_seconds = soon\n"
    body = "region = us-east-1\nduration_seconds = 1h\n"
    found = settled(body, more=more, env={"AWS_DEFAULT_REGION": "Venus", "AWS_REGION": "us-east-2"})
    assert found.get("region") == "us-east-2"
    assert found.role_duration(0) == (3600, True)


def test_a_start_url_alone_is_not_a_source() -> None:
    """As in botocore: SSO is used if account or role is set, and a note says what is ignored."""
    found = settled("sso_session = s\n" + PROCESS, more=SESSION)
    assert found.get("credential_process") == "tool"
    assert [key for key in found.values if key.startswith("sso_")] == []
    both = settled("sso_session = s\n" + PERMISSION + PROCESS, more=SESSION)
    assert both.notes == ("profile x: credential_process is ignored: the profile uses SSO",)


def test_credential_source_beside_a_key() -> None:
    """Without role_arn, AWS's tools use the profile's key and never credential_source."""
    found = settled("credential_source = Environment\n", credentials=f"[x]\n{KEY}")
    assert found.get("credential_source") == ""
    assert found.notes == ("profile x: credential_source is ignored without role_arn",)


@pytest.mark.parametrize("body", ["source_profile = x\n", ROLE, ROLE + "mfa_serial = GAHT12345678\n"])
def test_a_profile_without_a_key(body: str) -> None:
    """The hint is the command that stores a key under the profile's name, as in aws-vault."""
    with pytest.raises(UserError) as caught:
        settled(body)
    assert caught.value.hint == "run pass aws add x, or edit config"
    with pytest.raises(UserError) as caught:
        settled("", options=Options(role_arn="arn:aws:iam::123456789012:role/r"))
    assert caught.value.hint == "run pass aws add x"


@pytest.mark.parametrize("body", [ROLE + SOURCE, ROLE, SOURCE, ""])
@pytest.mark.parametrize("stored", [True, False])
def test_a_key_is_not_what_an_option_lacks(body: str, stored: bool) -> None:
    """A wrong duration of a profile that has its credentials: the hint does not store a key."""
    if body == ROLE and not stored:
        return  # two faults
    with pytest.raises(UserError) as caught:
        settled(body, stored=stored, options=Options(duration=100))
    assert caught.value.hint == "correct it, or omit it"


OURS = "credential_process = pass-aws credential-process {}\n"


def test_our_own_line_names_the_source_profile() -> None:
    """The profile in the line is the source; with other credentials the line is only for SDKs."""
    found = settled(OURS.format("ro"))
    assert found.values["source_profile"] == ("ro", "[profile x]")
    assert found.get("credential_process") == ""
    for other in (
        KEY,
        PROCESS.replace("_process", "_source").replace("tool", "Environment"),
        LOGIN,
        SSO + PERMISSION,
    ):
        assert settled(OURS.format("ro") + other).get("source_profile") == ""
    assert settled(OURS.format("'two words'")).get("source_profile") == "two words"
    assert (
        settled(OURS.format("ro"), options=Options(role_arn="arn:aws:iam::123456789012:role/r")).get(
            "source_profile"
        )
        == "ro"
    )
    assert faults(ROLE + OURS.format("ro")) == [
        "config:2: role_arn without source_profile or credential_source"
    ]


def test_the_hint_names_the_file_to_edit() -> None:
    """The hint says which file to edit; the message itself names variables and options."""
    with pytest.raises(UserError) as caught:
        settled("region = Mars\n", credentials="[x]\naws_access_key_id = AKIA\n")
    assert caught.value.hint == "edit config and credentials"
    with pytest.raises(UserError) as caught:
        settled("", options=Options(region="Mars"))
    assert (str(caught.value), caught.value.hint) == (
        "--region: Mars is not a region (us-east-1)",
        "correct it, or omit it",
    )


@pytest.mark.parametrize(
    ("seconds", "body", "expected"),
    [
        (899, "", "--duration: 899 s is out of range: 900 (15m) to 129600 (36h)"),
        (129_601, "", "--duration: 129601 s is out of range: 900 (15m) to 129600 (36h)"),
        (899, ROLE + SOURCE, "--duration: 899 s is out of range: 900 (15m) to 43200 (12h)"),
        (43_201, ROLE + SOURCE, "--duration: 43201 s is out of range: 900 (15m) to 43200 (12h)"),
    ],
)
def test_limits_of_durations(seconds: int, body: str, expected: str) -> None:
    """A session lasts at most 36 hours, a role 12; the message is the same for every use."""
    assert faults(body, options=Options(duration=seconds)) == [expected]
    assert settled("", options=Options(duration=129_600)).session_duration(0) == (129_600, True)
    assert settled(ROLE + SOURCE, options=Options(duration=43_200)).role_duration(0) == (43_200, True)


def test_a_role_of_the_command_line_needs_a_source() -> None:
    """`--role-arn` and AWS_ROLE_ARN are assumed with the key of the profile or of its source."""
    arn = "arn:aws:iam::123456789012:role/r"
    unsigned = UNSIGNED.format("{}", "credential_process")
    assert faults(PROCESS, options=Options(role_arn=arn)) == [unsigned.format("--role-arn")]
    assert faults(PROCESS, env={"AWS_ROLE_ARN": arn}) == [unsigned.format("AWS_ROLE_ARN")]
    assert settled(SOURCE, options=Options(role_arn=arn)).get("role_arn") == arn
    assert settled("", env={"AWS_ROLE_ARN": arn}, stored=True).get("role_arn") == arn


def test_policy_of_the_command_line() -> None:
    """A policy file without a policy is refused, and its text is not shown."""
    assert faults("", options=Options(policy="hush", policy_arns=("p",)), stored=True) == [
        "--policy-file: not JSON: Expecting value: line 1 column 1 (char 0)",
        "--policy-arn: p is not a managed policy (arn:aws:iam::aws:policy/NAME)",
    ]


def test_notes() -> None:
    """A note says which settings of a profile are ignored."""
    found = settled(ROLE + TOKEN + "web_identity_token_process = tool\n")
    assert found.get("web_identity_token_process") == ""
    assert found.notes == (
        "profile x: web_identity_token_process is ignored: web_identity_token_file is set",
    )
    found = settled(PROCESS + "credential_source = Environment\n")
    assert found.get("credential_source") == ""
    assert found.notes == ("profile x: credential_source is ignored without role_arn",)
    assert settled("credential_source = Environment\n").get("credential_source") == "Environment"


@pytest.mark.parametrize(
    "command", ["pass-aws credential-process x", "/usr/bin/pass aws credential-process x"]
)
def test_our_own_line_is_not_a_source(command: str) -> None:
    """A line that `configure` writes is not a source, or the profile would wait for itself."""
    assert settled(f"credential_process = {command}\n").get("credential_process") == ""
