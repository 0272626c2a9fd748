"""URLs of the console: every partition, pages by name and by path, and never another host."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.console import address, services
from pass_aws.errors import USAGE, UserError

HOSTS = {
    "us-east-1": ("us-east-1.signin.aws.amazon.com", "console.aws.amazon.com"),
    "eu-west-3": ("eu-west-3.signin.aws.amazon.com", "console.aws.amazon.com"),
    "us-gov-west-1": ("us-gov-west-1.signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
    "cn-north-1": ("cn-north-1.signin.amazonaws.cn", "console.amazonaws.cn"),
    "eusc-de-east-1": ("eusc-de-east-1.signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
}


@pytest.mark.parametrize("region", HOSTS)
def test_the_hosts_of_a_partition(region: str) -> None:
    """Federation endpoint, console and sign-out page belong to the region's own partition."""
    signin, console = HOSTS[region]
    assert address.federation(region, "") == f"https://{signin}/federation"
    assert address.page(region) == f"https://{region}.{console}/console/home?region={region}"
    out = urlsplit(address.sign_out_first(region, "", "https://x/"))
    assert f".{out.hostname}".endswith(signin.removeprefix(region))


@pytest.mark.parametrize("region", ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1"])
def test_a_partition_without_a_public_console(region: str) -> None:
    """An error is printed before any call; no URL is guessed that would receive a secret."""
    with pytest.raises(UserError, match="is not public"):
        address.page(region)


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("s3", "s3/home?region=R"),
        ("S3", "s3/home?region=R"),
        ("ec2", "ec2/home?region=R"),
        ("iam", "iam/home?region=R"),
        ("logs", "cloudwatch/home?region=R#logsV2:log-groups"),
        ("cfn", "cloudformation/home?region=R"),
        ("some-new-service", "some-new-service/home?region=R"),
    ],
)
def test_the_page_of_a_service(service: str, path: str) -> None:
    """A service is found by the name that people type; the region comes before the part after `#`."""
    found = address.page("eu-west-1", service=service)
    assert found == f"https://eu-west-1.console.aws.amazon.com/{path.replace('R', 'eu-west-1')}"


@pytest.mark.parametrize("service", ["a/b", "../x", "s3?", "s3#", "@evil", "ä", " "])
def test_an_unknown_service(service: str) -> None:
    """An unknown service name is wrong usage."""
    with pytest.raises(UserError) as raised:
        address.page("eu-west-1", service=service)
    assert raised.value.code == USAGE


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("s3/buckets", "s3/buckets?region=R"),
        ("/s3/buckets/", "s3/buckets/?region=R"),
        ("ec2/home?region=us-west-2#Instances:", "ec2/home?region=us-west-2#Instances:"),
        ("lambda/home#/functions/a b", "lambda/home?region=R#/functions/a%20b"),
        ("x?y=1", "x?y=1&region=R"),
        ("//evil.example/", "evil.example/?region=R"),
        ("https://eu-west-1.console.aws.amazon.com/s3/", "s3/?region=R"),
        ("http://evil.example/", "http://evil.example/?region=R"),
    ],
)
def test_a_path_stays_on_the_console(path: str, there: str) -> None:
    """The page is on the console's host, whatever the path looks like."""
    found = address.page("eu-west-1", path=path)
    assert found == f"https://eu-west-1.console.aws.amazon.com/{there.replace('R', 'eu-west-1')}"


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "https://console.aws.amazon.com.evil.example/",
        "https://evilconsole.aws.amazon.com/",
        "https://x@evil.example/",
        "https://console.aws.amazon.com@evil.example/",
        "https://user@console.aws.amazon.com/",
        "https://console.aws.amazon.com:8443/",
        "https://console.amazonaws.cn/",
        "https://evil.example\\.console.aws.amazon.com/",
        "https://evil.example/\\@console.aws.amazon.com/",
        "https://[::1/",
    ],
)
def test_a_path_to_another_host_is_refused(path: str) -> None:
    """A sign-in that would end at another host's page is refused."""
    with pytest.raises(UserError, match="not on the console's host"):
        address.page("eu-west-1", path=path)


@given(st.text(max_size=40), st.sampled_from(["", "/", "//", "https://", "https:/", "\\\\"]))
def test_no_path_leaves_the_console(text: str, lead: str) -> None:
    """Any text gives a page on the console's host, or is refused."""
    if not lead + text:
        return
    try:
        found = address.page("eu-west-1", path=lead + text)
    except UserError:
        return
    host = urlsplit(found).netloc
    assert host == "console.aws.amazon.com" or host.endswith(".console.aws.amazon.com")
    assert found.isascii()
    assert found.isprintable()


def test_the_sign_in_url_contains_page_and_token() -> None:
    """Page and token are passed on unchanged, including characters of a query."""
    page = address.page("eu-west-1", service="logs")
    url = address.sign_in("https://s/federation", page, "a+b/c=&d")
    assert parse_qs(urlsplit(url).query) == {
        "Action": ["login"], "Issuer": ["pass-aws"], "Destination": [page], "SigninToken": ["a+b/c=&d"],
    }  # fmt: skip
    out = address.sign_out_first("eu-west-1", "", url)
    assert parse_qs(urlsplit(out).query) == {"Action": ["logout"], "redirect_uri": [url]}


@pytest.mark.parametrize("name", services.PAGES)
def test_every_service_name_is_valid(name: str) -> None:
    """Each name can be typed, and leads to a page on the console's host."""
    assert services.LETTERS.issuperset(name)
    assert not services.PAGES[name].startswith("/")
