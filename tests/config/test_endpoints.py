"""The endpoints of calls: overrides in botocore's order, regions, FIPS, dual-stack, CA bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore.session
import pytest
from botocore.config import Config

from pass_aws.aws.partition import Endpoint
from pass_aws.config import setting_keys, settings
from pass_aws.config.precedence import Options
from pass_aws.config.profiles import profiles
from pass_aws.config.settings import Settings
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def settled(text: str, env: Mapping[str, str] | None = None) -> Settings:
    return settings.look_up(
        profiles(text, "config"),
        profiles("", "credentials", credentials=True),
        "x",
        env or {},
        Options(),
        target=True,
        stored=True,
    )


def url(text: str, env: Mapping[str, str] | None = None, service: str = "sts") -> str | None:
    return settled(text, env).endpoint(service).url


PLACES = {
    "AWS_ENDPOINT_URL_STS": "https://own.example.com",
    "AWS_ENDPOINT_URL": "https://general.example.com",
    "services": "https://services.example.com",
    "profile": "https://profile.example.com",
}


def config_of(places: set[str]) -> str:
    lines = ["[profile x]", "region = eu-west-1"]
    if "services" in places:
        lines += ["services = local"]
    if "profile" in places:
        lines += [f"endpoint_url = {PLACES['profile']}"]
    return "\n".join([*lines, "[services local]", "sts =", f"  endpoint_url = {PLACES['services']}", ""])


@pytest.mark.parametrize("count", range(len(PLACES) + 1))
def test_order_of_overrides(count: int) -> None:
    """The service's variable comes first, then the general one, the services section, the profile."""
    order = list(PLACES)[count:]
    env = {name: PLACES[name] for name in order if name.isupper()}
    assert url(config_of(set(order)), env) == (PLACES[order[0]] if order else None)


@pytest.mark.parametrize("count", range(len(PLACES)))
def test_botocore_uses_the_same_override(
    count: int, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client of botocore calls the same URL."""
    order = list(PLACES)[count:]
    env = {name: PLACES[name] for name in order if name.isupper()}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    aws_config.write_text(config_of(set(order)))
    client = botocore.session.Session(profile="x").create_client("sts")
    assert client.meta.endpoint_url == (
        url(config_of(set(order)), env) or "https://sts.eu-west-1.amazonaws.com"
    )


def test_an_unencrypted_endpoint_is_refused_when_it_is_used() -> None:
    """An unused endpoint is not an error; sign-in tokens are not sent unencrypted to another machine."""
    text = "[profile x]\nendpoint_url = http://localstack:4566\n"
    assert url(text) == url(text, service="iam") == "http://localstack:4566"
    for service in ("sso", "sso_oidc", "signin"):
        with pytest.raises(UserError, match="unencrypted to http://localstack:4566") as caught:
            url(text, service=service)
        assert "allow_http_endpoint = true" in caught.value.hint
        assert url(f"{text}allow_http_endpoint = true\n", service=service)
        assert url(text, {"PASS_AWS_ALLOW_HTTP_ENDPOINT": "true"}, service=service)


DEFAULTS = "endpoint_url = https://default.example.com\nservices = s\nuse_fips_endpoint = true\n"
LOCAL = "[services s]\nsts =\n  endpoint_url = https://services.example.com\n"


def test_the_endpoint_of_default_is_not_inherited() -> None:
    """A localstack in [default] must not receive requests of other profiles."""
    found = settled(f"[profile x]\n[default]\n{DEFAULTS}{LOCAL}")
    assert {found.endpoint(service).url for service in setting_keys.SERVICES} == {None}
    assert found.directions == (("AWS_USE_FIPS_ENDPOINT", "true"),)
    included = settled(f"[profile x]\ninclude_profile = default\n[default]\n{DEFAULTS}{LOCAL}")
    assert included.endpoint().url == "https://services.example.com"
    assert included.endpoint("iam").url == "https://default.example.com"


DIRECTED = (
    "[profile x]\nendpoint_url = https://h\nservices = s\nuse_fips_endpoint = TRUE\nca_bundle = /ca.pem\n"
    "use_dualstack_endpoint = false\nsts_regional_endpoints = legacy\n"
    "[services s]\ns3 =\n  endpoint_url = https://s3\nelastic_beanstalk =\n  endpoint_url = https://eb\n"
    "  other = x\ndynamodb =\n  max = 3\n"
)
ALL_DIRECTED = {
    "AWS_ENDPOINT_URL": "https://h",
    "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK": "https://eb",
    "AWS_ENDPOINT_URL_S3": "https://s3",
    "AWS_USE_FIPS_ENDPOINT": "TRUE",
    "AWS_USE_DUALSTACK_ENDPOINT": "false",
    "AWS_STS_REGIONAL_ENDPOINTS": "legacy",
    "AWS_CA_BUNDLE": "/ca.pem",
}


def test_endpoints_for_the_wrapped_command() -> None:
    """The wrapped command gets all endpoints of the profile, and of every service in its section."""
    assert list(settled(DIRECTED).directions) == list(ALL_DIRECTED.items())


@pytest.mark.parametrize("name", ALL_DIRECTED)
def test_the_environment_of_the_caller_comes_first(name: str) -> None:
    """Variables of the caller are not set again; a general endpoint there overrides the whole file."""
    value = {"AWS_STS_REGIONAL_ENDPOINTS": "regional", "AWS_CA_BUNDLE": "/other"}.get(name, "true")
    value = "https://env" if "URL" in name else value
    rest = {key: text for key, text in ALL_DIRECTED.items() if key != name}
    if name == "AWS_ENDPOINT_URL":
        rest = {key: text for key, text in rest.items() if "URL" not in key}
    assert dict(settled(DIRECTED, {name: value}).directions) == rest


def test_ignored_endpoints_are_not_passed_on() -> None:
    """If configured endpoints are ignored, the wrapped command gets none."""
    told = dict(settled(DIRECTED, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}).directions)
    assert [name for name in told if "URL" in name] == []


@pytest.mark.parametrize("service", setting_keys.SERVICES)
def test_each_service_has_its_own_endpoint(service: str) -> None:
    """An override for one service does not affect others."""
    name = f"AWS_ENDPOINT_URL_{service.upper()}"
    found = settled("[profile x]\n", {name: "https://own.example.com"})
    urls = {other: found.endpoint(other).url for other in setting_keys.SERVICES}
    assert urls == {**dict.fromkeys(setting_keys.SERVICES), service: "https://own.example.com"}
    text = f"[profile x]\nservices = s\n[services s]\n{service} =\n  endpoint_url = https://own.example.com\n"
    assert [other for other in setting_keys.SERVICES if url(text, service=other)] == [service]


@pytest.mark.parametrize("where", ["env", "profile", "default"])
def test_overrides_can_be_ignored(where: str) -> None:
    """One setting ignores all configured endpoints, even wrong ones."""
    env = {"AWS_ENDPOINT_URL_STS": "nonsense"}
    if where == "env":
        env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "True"
    switch = "ignore_configured_endpoint_urls = true\n"
    titles = {"default": "[default]\n", "profile": "[profile x]\n"}
    text = "".join(title + (switch if name == where else "") for name, title in titles.items())
    assert url(text, env) is None


def test_an_override_is_reported() -> None:
    """A call to another host than AWS's is reported with its setting, since an attacker might have set it."""
    found = settled("[profile x]\n", {"AWS_ENDPOINT_URL": "http://localhost:4566"})
    assert found.notes == ("calls go to http://localhost:4566 (AWS_ENDPOINT_URL)",)
    assert found.values["endpoint_url"] == ("http://localhost:4566", "AWS_ENDPOINT_URL")
    assert settled("[profile x]\n").notes == ()


@pytest.mark.parametrize(
    ("text", "env", "expected"),
    [
        ("services = nowhere\n", {}, r"config:2: there is no \[services nowhere\]"),
        ("services = s\n[services s]\nword\n", {}, "config:4: neither"),
        (
            "services = s\n[services s]\nsts =\n  endpoint_url = x\n",
            {},
            "config:3: endpoint_url: x is not a URL",
        ),
        (
            "services = s\n[services s]\ns 3=\n  endpoint_url = https://h\n",
            {},
            "config:3: s 3 is not the name of a service",
        ),
        ("sts_regional_endpoints = global\n", {}, "must be regional or legacy"),
        ("use_fips_endpoint = yes\n", {}, "config:2: use_fips_endpoint: yes is neither true nor false"),
    ],
)
def test_invalid_endpoint_settings(text: str, env: dict[str, str], expected: str) -> None:
    """Unknown names are refused."""
    with pytest.raises(UserError, match=expected):
        settled(f"[profile x]\n{text}", env)


def test_the_default_endpoint() -> None:
    """The default is STS of us-east-1."""
    assert settled("").endpoint() == Endpoint("us-east-1", "aws")


def test_all_endpoint_settings() -> None:
    """The settings with which botocore finds and trusts the host are read."""
    text = (
        "[profile x]\nregion = us-gov-east-1\nuse_fips_endpoint = TRUE\nuse_dualstack_endpoint = true\n"
        "sts_regional_endpoints = legacy\nca_bundle = /ca.pem\nendpoint_url = https://h\n"
    )
    expected = Endpoint("us-gov-east-1", "aws-us-gov", "https://h", fips=True, dualstack=True, legacy=True)
    assert settled(text).endpoint() == expected._replace(ca_bundle="/ca.pem")


@pytest.mark.parametrize(
    ("body", "region"),
    [
        ("", "us-east-1"),
        ("role_arn = arn:aws-us-gov:iam::123456789012:role/r\n", "us-gov-west-1"),
        ("role_arn = arn:aws-cn:iam::123456789012:role/r\n", "cn-north-1"),
        ("mfa_serial = arn:aws-eusc:iam::123456789012:mfa/m\n", "eusc-de-east-1"),
        ("mfa_serial = GAHT12345678\n", "us-east-1"),
        ("mfa_serial = arn:aws-iso-f:iam::123456789012:mfa/m\nregion = eu-west-1\n", "eu-west-1"),
    ],
)
def test_the_region_if_none_is_set(body: str, region: str) -> None:
    """The partition's own region, from the role or the device; a set region overrides both."""
    assert settled(f"[profile x]\n{body}").endpoint().region == region


@pytest.mark.parametrize(
    ("env", "text", "expected"),
    [
        ({"AWS_CA_BUNDLE": "a", "REQUESTS_CA_BUNDLE": "b"}, "ca_bundle = c\n", "a"),
        ({"REQUESTS_CA_BUNDLE": "b"}, "ca_bundle = c\n", "c"),
        ({"REQUESTS_CA_BUNDLE": "b"}, "", "b"),
        ({}, "", True),
    ],
)
def test_botocore_uses_the_same_ca_bundle(
    env: dict[str, str], text: str, expected: str | bool, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order AWS_CA_BUNDLE, profile, REQUESTS_CA_BUNDLE, a client of botocore trusts the same file."""
    text = f"[profile x]\nregion = eu-west-1\n{text}"
    aws_config.write_text(text)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    client = botocore.session.Session(profile="x").create_client("sts")
    assert client._endpoint.http_session._verify == expected
    assert settled(text, env).endpoint().ca_bundle == (expected if isinstance(expected, str) else None)


def test_partition_of_region_and_role() -> None:
    """A region of another partition cannot work, unless an override sends the call elsewhere."""
    text = "[default]\nregion = us-east-1\n[profile x]\nrole_arn = arn:aws-cn:iam::123456789012:role/r\n"
    with pytest.raises(UserError) as caught:
        settled(text)
    assert str(caught.value) == (
        "config:4: role_arn is in partition aws-cn, but region us-east-1 ([default]) is in aws"
    )
    assert settled(text, {"AWS_REGION": "cn-northwest-1"}).endpoint().partition == "aws-cn"
    assert url(text, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}) == "http://127.0.0.1:1"


def test_regional_endpoints_are_the_default(aws_config: Path) -> None:
    """botocore uses regional endpoints by default, so only `legacy` changes anything."""
    aws_config.write_text("[profile x]\nregion = eu-west-1\n")
    client = botocore.session.Session(profile="x").create_client("sts", config=Config())
    assert client.meta.endpoint_url == "https://sts.eu-west-1.amazonaws.com"
    assert not settled("[profile x]\nsts_regional_endpoints = regional\n").endpoint().legacy
