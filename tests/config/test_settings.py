"""The first of option, environment, profile, include_profile and [default] is used, with its origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from consulted import CONSULTED
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.config import setting_keys, settings
from pass_aws.config.precedence import Options
from pass_aws.config.profiles import profiles
from pass_aws.config.settings import Setting, Settings
from pass_aws.errors import UserError

ROLE = "arn:aws:iam::123456789012:role/r{}"
OWN, CREDENTIALS, INCLUDED, DEFAULT = (
    "[profile x]",
    "[x] in the credentials file",
    "[profile base]",
    "[default]",
)
FILES = (CREDENTIALS, OWN, INCLUDED)


def settled(
    text: str,
    name: str = "x",
    *,
    credentials: str = "",
    env: Mapping[str, str] | None = None,
    options: Options | None = None,
    target: bool = True,
    stored: bool = True,
) -> Settings:
    """The result of `settings.look_up` for texts. By default the profile's key is stored."""
    return settings.look_up(
        profiles(text, "config"),
        profiles(credentials, "credentials", credentials=True),
        name,
        {} if env is None else env,
        options or Options(),
        target=target,
        stored=stored,
    )


DURATIONS = ("--duration", "PASS_AWS_DURATION", "AWS_VAULT_DURATION")
PRECEDENCE: dict[str, tuple[str, ...]] = {
    "role_arn": ("--role-arn", "AWS_ROLE_ARN", *FILES),
    "source_profile": FILES,
    "credential_source": FILES,
    "external_id": FILES,
    "source_identity": ("AWS_SOURCE_IDENTITY", *FILES),
    "session_tags": ("AWS_SESSION_TAGS", *FILES),
    "transitive_session_tags": ("AWS_TRANSITIVE_TAGS", *FILES),
    "credential_process": FILES,
    "web_identity_token_file": FILES,
    "web_identity_token_process": FILES,
    "sso_session": FILES,
    "sso_account_id": FILES,
    "sso_role_name": FILES,
    "sso_start_url": FILES,
    "sso_region": FILES,
    "sso_registration_scopes": FILES,
    "login_session": FILES,
    "aws_account_id": FILES,
    "services": FILES,
    "ec2_metadata_service_endpoint": ("AWS_EC2_METADATA_SERVICE_ENDPOINT", *FILES),
    "ec2_metadata_service_endpoint_mode": ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", *FILES),
    "imds_use_ipv6": ("AWS_IMDS_USE_IPV6", *FILES),
    "ec2_metadata_v1_disabled": ("AWS_EC2_METADATA_V1_DISABLED", *FILES),
    "metadata_service_timeout": ("AWS_METADATA_SERVICE_TIMEOUT", *FILES),
    "metadata_service_num_attempts": ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", *FILES),
    "region": ("--region", "AWS_REGION", "AWS_DEFAULT_REGION", *FILES, DEFAULT),
    "mfa_serial": ("AWS_MFA_SERIAL", *FILES, DEFAULT),
    "mfa_process": (*FILES, DEFAULT),
    "mfa_entry": (*FILES, DEFAULT),
    "role_session_name": ("AWS_ROLE_SESSION_NAME", *FILES, DEFAULT),
    "sts_regional_endpoints": ("AWS_STS_REGIONAL_ENDPOINTS", *FILES, DEFAULT),
    "use_fips_endpoint": ("AWS_USE_FIPS_ENDPOINT", *FILES, DEFAULT),
    "use_dualstack_endpoint": ("AWS_USE_DUALSTACK_ENDPOINT", *FILES, DEFAULT),
    "no_session": FILES,
    "allow_http_endpoint": ("PASS_AWS_ALLOW_HTTP_ENDPOINT", *FILES),
    "ca_bundle": ("AWS_CA_BUNDLE", *FILES, DEFAULT, "REQUESTS_CA_BUNDLE"),
    "ignore_configured_endpoint_urls": ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", *FILES, DEFAULT),
    "endpoint_url": ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL", *FILES),
    "duration_seconds": (*DURATIONS, "AWS_ASSUME_ROLE_TTL", *FILES, DEFAULT),
    "session_token_ttl": (*DURATIONS, "AWS_SESSION_TOKEN_TTL"),
    "chained_session_token_ttl": ("AWS_CHAINED_SESSION_TOKEN_TTL",),
    "policy": ("--policy-file",),
    "policy_arns": ("--policy-arn",),
    "read_only": ("--read-only",),
}
"""Every key and its possible origins, highest precedence first."""

FOR_TARGET = {
    "--role-arn", "AWS_ROLE_ARN", "AWS_SOURCE_IDENTITY", "AWS_SESSION_TAGS", "AWS_TRANSITIVE_TAGS",
    "AWS_ROLE_SESSION_NAME", "--policy-file", "--policy-arn", "--read-only",
}  # fmt: skip
"""Origins that apply only to the profile named on the command line."""

SAMPLES = {
    "role_arn": ROLE,
    "credential_source": "EcsContainer",
    "external_id": "id-{}",
    "source_identity": "me-{}",
    "session_tags": "k=v{}",
    "transitive_session_tags": "k{}",
    "sso_session": "s",
    "sso_account_id": "11111111111{}",
    "sso_start_url": "https://d-{}.awsapps.com/start",
    "login_session": "arn:aws:iam::123456789012:user/u{}",
    "aws_account_id": "11111111111{}",
    "services": "s",
    "ec2_metadata_service_endpoint": "http://169.254.169.25{}",
    "ec2_metadata_service_endpoint_mode": "ipv4",
    "imds_use_ipv6": "true",
    "ec2_metadata_v1_disabled": "true",
    "metadata_service_timeout": "1{}",
    "metadata_service_num_attempts": "1{}",
    "region": "us-east-{}",
    "sso_region": "us-east-{}",
    "mfa_serial": "arn:aws:iam::123456789012:mfa/m{}",
    "sts_regional_endpoints": "legacy",
    "use_fips_endpoint": "true",
    "no_session": "true",
    "allow_http_endpoint": "true",
    "use_dualstack_endpoint": "true",
    "ignore_configured_endpoint_urls": "true",
    "endpoint_url": "https://sts{}.example.com",
    "duration_seconds": "100{}",
    "session_token_ttl": "100{}",
    "chained_session_token_ttl": "100{}",
    "policy": '{"Statement": []}',
    "policy_arns": "arn:aws:iam::aws:policy/p{}",
    "read_only": "true",
}


def sample(key: str, number: int) -> str:
    """A valid value for the key, a different one for each origin."""
    return SAMPLES.get(key, "value-{}").replace("{}", str(number))


def with_sources(key: str, sources: tuple[str, ...], *, target: bool = True) -> Settings:
    """The settings with a key set in each of these origins, each time to another value."""
    places = {source: sample(key, len(PRECEDENCE[key]) - PRECEDENCE[key].index(source)) for source in sources}
    sections = {OWN: "include_profile = base\n", INCLUDED: "", DEFAULT: ""}
    for title, more in sections.items():
        sections[title] = f"{title}\n{more}" + (f"{key} = {places[title]}\n" if title in places else "")
    credentials = f"[x]\n{key} = {places[CREDENTIALS]}\n" if CREDENTIALS in places else ""
    options = Options(
        duration=int(places.get("--duration", "0")) or None,
        region=places.get("--region", ""),
        role_arn=places.get("--role-arn", ""),
        policy=places.get("--policy-file", ""),
        policy_arns=tuple(places.get("--policy-arn", "").split()),
        read_only="--read-only" in places,
    )
    text = "".join(sections.values()) + "[services s]\n[sso-session s]\n"
    env = {name: value for name, value in places.items() if name.isupper()}
    return settled(text, credentials=credentials, env=env, options=options, target=target)


@pytest.mark.parametrize("key", PRECEDENCE)
def test_precedence_row_by_row(key: str) -> None:
    """If the origin with the highest precedence is removed, the next one is used, with its value and origin."""
    order = PRECEDENCE[key]
    for number, strongest in enumerate(order):
        found = with_sources(key, order[number:])
        assert found.values[key] == Setting(sample(key, len(order) - number), strongest)
    assert key not in with_sources(key, ()).values


@pytest.mark.parametrize("key", PRECEDENCE)
def test_each_origin_alone_is_sufficient(key: str) -> None:
    """Each possible origin of a setting is sufficient alone."""
    for source in PRECEDENCE[key]:
        assert with_sources(key, (source,)).values[key].origin == source


@pytest.mark.parametrize("key", PRECEDENCE)
def test_settings_of_a_source_profile(key: str) -> None:
    """Identity settings of the command line apply to the target, and not to its source profile."""
    found = with_sources(key, PRECEDENCE[key], target=False)
    rest = [source for source in PRECEDENCE[key] if source not in FOR_TARGET]
    assert (found.values[key].origin if key in found.values else None) == (rest[0] if rest else None)


def test_the_precedence_table_is_complete() -> None:
    """Every setting has its row, and every variable is in a row."""
    assert set(PRECEDENCE) == {key.name for key in setting_keys.ALL} | {"endpoint_url"}
    named = {source for row in PRECEDENCE.values() for source in row if source.isupper()}
    apart = {"AWS_WEB_IDENTITY_TOKEN_FILE"}
    assert {name for name in CONSULTED if not name.startswith("AWS_ENDPOINT_URL_")} == named - {
        "AWS_ENDPOINT_URL_STS"
    } | apart


@pytest.mark.parametrize("key", [key for key, row in PRECEDENCE.items() if DEFAULT not in row])
def test_identity_is_not_inherited(key: str) -> None:
    """Identity never comes from [default], unlike in aws-vault, where people get unwanted roles."""
    text = f"[default]\n{key} = {sample(key, 1)}\n[profile x]\n[services s]\n[sso-session s]\n"
    assert key not in settled(text).values
    assert key not in settled(text, "stored-only").values
    if OWN in PRECEDENCE[key]:
        assert settled(text, "default").values[key].origin == "[default]"


@pytest.mark.parametrize("key", [key for key, row in PRECEDENCE.items() if OWN in row])
def test_empty_is_unset(key: str) -> None:
    """An empty setting or variable is ignored."""
    env = {source: "" for source in PRECEDENCE[key] if source.isupper()}
    text = f"[profile x]\n{key} =\ninclude_profile = base\n[profile base]\n{key} = {sample(key, 1)}\n"
    text += "[services s]\n[sso-session s]\n"
    assert settled(text, env=env, credentials=f"[x]\n{key} =\n").values[key].origin == INCLUDED


def test_include_chain() -> None:
    """The nearest profile with the setting is used; [default] comes last, after the whole chain."""
    text = (
        "[default]\nregion = us-east-1\nmfa_process = d\nrole_arn = nobody\n"
        "[profile x]\ninclude_profile = a\n"
        "[profile a]\ninclude_profile = b\nexternal_id = from-a\n"
        "[profile b]\nregion = us-east-2\nexternal_id = from-b\nsource_identity = from-b\n"
    )
    assert settled(text).values == {
        "external_id": ("from-a", "[profile a]"),
        "source_identity": ("from-b", "[profile b]"),
        "region": ("us-east-2", "[profile b]"),
        "mfa_process": ("d", "[default]"),
    }


def test_an_included_default_gives_its_identity() -> None:
    """`include_profile = default` includes identity settings, too."""
    text = f"[default]\nrole_arn = {ROLE}\n[profile x]\ninclude_profile = default\n".replace("{}", "1")
    assert settled(text).values["role_arn"].origin == "[default]"


def test_default_may_include() -> None:
    """`[default]` can include a profile, unlike in aws-vault; its includes apply only to [default] itself."""
    text = "[default]\ninclude_profile = base\n[profile base]\nregion = us-east-1\n[profile x]\n"
    assert settled(text, "default").values == {"region": ("us-east-1", "[profile base]")}
    assert settled(text).values == {}


@pytest.mark.parametrize(
    ("includes", "loop"),
    [
        ({"x": "x"}, "x → x"),
        ({"x": "a", "a": "x"}, "x → a → x"),
        ({"x": "a", "a": "b", "b": "a"}, "x → a → b → a"),
    ],
)
def test_include_loop_is_named(includes: dict[str, str], loop: str) -> None:
    """A loop is shown with every profile in it, and with the line that closes it."""
    text = "".join(f"[profile {name}]\ninclude_profile = {into}\n" for name, into in includes.items())
    with pytest.raises(UserError, match=f"config:{2 * len(includes)}: include_profile forms a loop: {loop}$"):
        settled(text)


def test_an_unknown_include_is_an_error() -> None:
    """Nothing is inherited from a missing profile."""
    with pytest.raises(UserError, match="config:2: there is no profile nowhere to include"):
        settled("[profile x]\ninclude_profile = nowhere\n")


def test_profiles_of_either_file_exist() -> None:
    """A section in one of the two files, or a stored key, makes a profile that exists and can be included."""
    assert settled("[profile x]\n", stored=False).exists
    assert settled("", credentials="[x]\n", stored=False).exists
    assert settled("", stored=True).exists
    assert not settled("", stored=False).exists
    text = "[profile x]\ninclude_profile = c\n"
    assert settled(text, credentials="[c]\nregion = us-east-1\n").get("region") == "us-east-1"


def test_an_unreadable_header_of_the_requested_profile() -> None:
    """A request for a profile with an unreadable header gets an error about that line."""
    with pytest.raises(UserError, match=r"config:1: not a section header: .*: write \[profile x\]") as caught:
        settled("[profile x\n", stored=False)
    assert caught.value.hint == "edit config"
    with pytest.raises(UserError, match=r"write \[profile x\]"):
        settled("[x]\n", stored=False)
    with pytest.raises(UserError, match=r"credentials:1: .*: write \[x\]"):
        settled("", credentials="[profile x]\n", stored=False)
    assert not settled("[profile xy\n[xyz]\n", stored=False).exists


def test_the_web_identity_of_a_pod_is_kept() -> None:
    """If a pod or CI runner has a token, its role belongs to the token, not to the named profile."""
    text = "[profile x]\nregion = us-east-1\n"
    setting = {"AWS_ROLE_ARN": ROLE.format(1), "AWS_ROLE_SESSION_NAME": "me"}
    assert settled(text, env=setting).get("role_arn") == ROLE.format(1)
    pod = settled(text, env=setting | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token"})
    assert pod.values == {"region": ("us-east-1", OWN)}


@pytest.mark.parametrize("zero", ["0", "0s", "0m", "00", "0h0m"])
def test_zero_duration_is_unset(zero: str) -> None:
    """As in aws-vault, the duration zero counts as unset."""
    text = (
        f"[profile x]\nduration_seconds = {zero}\ninclude_profile = b\n[profile b]\nduration_seconds = 30m\n"
    )
    found = settled(text, env={"PASS_AWS_DURATION": zero, "AWS_ASSUME_ROLE_TTL": zero})
    assert found.values["duration_seconds"] == ("1800", "[profile b]")
    assert settled(text, options=Options(duration=0)).role_duration(3600) == (1800, True)


def test_durations_of_the_calls() -> None:
    """Each call has its own duration, and records whether it is explicit.

    `--duration` does not change that of a chained session.
    """
    env = {"AWS_ASSUME_ROLE_TTL": "1h", "AWS_SESSION_TOKEN_TTL": "2h", "AWS_CHAINED_SESSION_TOKEN_TTL": "3h"}
    found = settled("[profile x]\n", env=env)
    assert found.role_duration(1) == (3600, True)
    assert found.session_duration(1) == (7200, True)
    assert found.chained_duration(1) == (10800, True)
    asked = settled("[profile x]\n", env=env, options=Options(duration=900))
    assert asked.role_duration(1) == asked.session_duration(1) == (900, True)
    assert asked.chained_duration(1) == (10800, True)
    plain = settled("[profile x]\n")
    assert plain.role_duration(1) == plain.session_duration(1) == plain.chained_duration(1) == (1, False)


KEY = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = hush\n"


def test_secrets_are_not_among_the_values() -> None:
    """The values, which `explain` prints, contain only the key id; `get` returns the rest."""
    found = settled(f"[profile x]\n{KEY}aws_session_token = hush2\nregion = us-east-1\n", stored=False)
    assert found.get("aws_secret_access_key") == "hush"
    assert found.get("aws_session_token") == "hush2"
    assert set(found.values) == {"aws_access_key_id", "region"}
    assert "hush" not in repr(found) + repr(found.values) + str(found)


def test_a_key_comes_from_one_section() -> None:
    """Parts of two keys are never mixed: the credentials file's, else the profile's, else an included one."""
    other = "aws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n"
    both = settled(
        f"[profile x]\n{KEY}aws_session_token = hush2\n", credentials=f"[x]\n{other}", stored=False
    )
    assert [both.get(key) for key in ("aws_access_key_id", "aws_session_token")] == ["AKIAOTHER", ""]
    text = f"[profile x]\ninclude_profile = b\n{other}[profile b]\n{KEY}aws_session_token = hush2\n"
    assert settled(text, stored=False).get("aws_session_token") == ""
    for less in ("", "aws_session_token = alone\n"):
        found = settled(text.replace(other, less), stored=False)
        assert [found.get(key) for key in ("aws_secret_access_key", "aws_session_token")] == ["hush", "hush2"]
    with pytest.raises(UserError, match="aws_access_key_id without aws_secret_access_key"):
        settled(text.replace(other, other.partition("\n")[0] + "\n"), stored=False)


def test_the_older_token_setting_is_used() -> None:
    """As in botocore, aws_security_token overrides aws_session_token."""
    text = f"[profile x]\n{KEY}aws_session_token = new\naws_security_token = old\n"
    assert settled(text, stored=False).get("aws_session_token") == "old"


@pytest.mark.parametrize("key", [key for key, row in PRECEDENCE.items() if OWN not in row])
def test_settings_that_are_not_read_from_a_file(key: str) -> None:
    """Policies come from the command line, some durations from variables. In a file they are ignored."""
    line = f"{key} = of another tool\n"
    text = f"[default]\n{line}[profile x]\n{line}include_profile = b\n[profile b]\n{line}"
    assert key not in settled(text, credentials=f"[x]\n{line}").values


def test_tags_are_pairs() -> None:
    """Tags are returned as pairs."""
    found = settled("[profile x]\nsession_tags = a=1, b = 2\ntransitive_session_tags = a\n")
    assert found.tags() == (("a", "1"), ("b", "2"))
    assert found.transitive_tags() == ("a",)
    assert (settled("").tags(), settled("").transitive_tags()) == ((), ())


def test_options_that_change_no_answer() -> None:
    """Only options that change an answer make a request more than plain."""
    assert Options().plain
    assert Options(debug=True).plain
    assert not Options(region="us-east-1").plain
    assert not Options(fresh=True).plain


class Recording(Mapping[str, str]):
    """An environment that records which variables were looked up."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("the environment must be asked by name")

    def __len__(self) -> int:
        raise AssertionError("the environment must be asked by name")


def test_consulted_variables_are_listed() -> None:
    """The list contains every variable that is ever looked up, and no other."""
    env = Recording({})
    settled("[profile x]\n", env=env)
    assert env.asked == set(CONSULTED)


@given(
    st.dictionaries(st.sampled_from(CONSULTED), st.sampled_from(["", "true", "1h", "us-east-1"])),
    st.booleans(),
)
def test_no_other_variable_is_consulted(variables: dict[str, str], target: bool) -> None:
    """Whatever is set, no variable outside the list is looked up."""
    env = Recording(variables)
    try:
        settled("[profile x]\nservices = s\n[services s]\n", env=env, target=target)
    except UserError as error:
        refused = str(error)
    else:
        refused = ""
    assert refused.isprintable()
    assert env.asked <= set(CONSULTED)
