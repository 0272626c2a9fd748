"""The text search for a setting finds every profile that has it."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pass_aws.config import setting_search
from pass_aws.config.precedence import Options
from pass_aws.config.profiles import profiles
from pass_aws.config.settings import Settings, look_up
from pass_aws.credentials import chain
from pass_aws.errors import UserError

NAMES = ("a", "b", "c c", "default")
SERIAL = "mfa_serial = arn:aws:iam::111111111111:mfa/me"
SPELLED = SERIAL.replace("mfa_serial", "MFA_Serial")
LINES = st.sampled_from(
    [
        "[profile a]", "[profile b]", '[profile "c c"]', "[default]", "[a]", "[b]", "[c c]",
        "source_profile = b", "Source_Profile: a", "source_profile='c c' # the source", "source_profile = default",
        "include_profile=b", "  include_profile = a", 'include_profile = "c c"', "INCLUDE_PROFILE\t=\tb ; x",
        "credential_process = pass-aws credential-process b", "credential_process = /bin/pass aws credential-process c\\ c",
        "credential_process=pass-aws\n  'credential-process' \"a\"", "credential_process = cat b",
        SERIAL, SPELLED, "mfa_serial:123456789012", "  mfa_serial = nested", "# mfa_serial",
        "role_arn = arn:aws:iam::111111111111:role/r", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = x", "region = eu-west-1", "",
    ]
)  # fmt: skip
TEXTS = st.lists(LINES, max_size=10)


@given(config=TEXTS, credentials=TEXTS, stored=st.sets(st.sampled_from(NAMES)))
@example(["[profile a]", "source_profile = b", "[profile b]", SERIAL], [], {"b"})
@example(["[profile a]", "include_profile=b", "[profile b]", "region = x"], ["[b]", SERIAL], {"a"})
@example(["[profile a]", "region = x", "[default]", SERIAL], [], {"a"})
@example(["[profile a]", 'include_profile = "c c"', '[profile "c c"]', SPELLED], [], {"a"})
@example(
    ["[profile a]", "credential_process = pass-aws credential-process b", "[profile b]", SERIAL], [], {"b"}
)
@settings(deadline=None)
def test_no_profile_with_a_device_is_missing(
    config: list[str], credentials: list[str], stored: set[str]
) -> None:
    """A profile is found if any profile of its chain has an MFA device, wherever the device is written."""
    files = (
        profiles("\n".join(config), "config"),
        profiles("\n".join(credentials), "credentials", credentials=True),
    )

    def settings_of(name: str, target: bool) -> Settings:
        return look_up(*files, name, {}, Options(), target=target, stored=name in stored)

    having = []
    for name in NAMES:
        try:
            links = chain.follow(settings_of(name, True), lambda source: settings_of(source, False))
        except UserError:
            continue
        having += [name] if any(link.get("mfa_serial") for link in links) else []
    found = setting_search.find_profiles("mfa_serial", NAMES, files)
    assert set(having) <= set(found)


def test_profiles_without_the_setting_are_left_out() -> None:
    """A profile is not found because of another one that it does not name, or that names it."""
    text = f"[profile a]\nsource_profile = b\n[profile b]\n[profile c]\nsource_profile = a\n{SERIAL}\n"
    files = (profiles(text, "config"), profiles("", "credentials", credentials=True))
    assert setting_search.find_profiles("mfa_serial", ["a", "b", "c", "none"], files) == ["c"]
