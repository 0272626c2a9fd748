"""Variables that we export are not user settings, also in nested commands and for endpoints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, TOP, put

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

NAMES = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE")
SHOW = "import json, os, sys; print(json.dumps({n: os.environ[n] for n in sys.argv[1:] if n in os.environ}))"
SHOWING = f"'{sys.executable}' -c '{SHOW}' {' '.join(NAMES)}"
Shell = Callable[..., list[dict[str, str]]]


@pytest.fixture(params=["full program", "front", "pass"])
def way(request: pytest.FixtureRequest, front: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The words that start the program: without the front, or with it executed, or sourced by pass."""
    monkeypatch.setenv("PASSWORD_STORE_ENABLE_EXTENSIONS", "true")
    monkeypatch.setenv("PASSWORD_STORE_EXTENSIONS_DIR", str(TOP / "extensions"))
    ways = {"full program": f"'{sys.executable}' -I -S '{MAIN}'", "front": f"'{front}'", "pass": "pass aws"}
    return ways[request.param]


@pytest.fixture
def shell(way: str) -> Shell:
    """Runs a script in bash, where `load` evaluates `env`; returns what each `show` printed."""
    prelude = f"""
pass-aws() {{ {way} "$@"; }}
show() {{ {SHOWING}; }}
load() {{ local text; text=$(pass-aws env "$@") && eval "$text"; }}
"""

    def run(script: str, **env: str) -> list[dict[str, str]]:
        done = subprocess.run(
            ["bash", "-e", "-c", prelude + script],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture
def config(store: Path, aws_config: Path) -> Path:
    """The keys of three profiles: without a region, with one, and with another one."""
    for name in ("bare", "east", "west"):
        put(store, name, "AKIAIOSFODNN7EXAMPLE", "secret")
    aws_config.write_text("[profile east]\nregion = us-east-2\n[profile west]\nregion = us-west-2\n")
    return aws_config


def region(name: str) -> dict[str, str]:
    return {"AWS_REGION": name, "AWS_DEFAULT_REGION": name}


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
@pytest.mark.parametrize("profile", ["bare", "east"])
def test_a_region_of_the_user_is_kept(name: str, profile: str, shell: Shell, way: str) -> None:
    """A region in the environment overrides the profile's in every run, nested ones included."""
    again = f"load -n {profile}; show;" * 3
    nested = f"pass-aws exec -n {profile} -- {way} exec -n west -- env"
    script = f"{again} {nested} | grep -c ^AWS_REGION=eu-west-2"
    assert shell(script, **{name: "eu-west-2"}) == [region("eu-west-2")] * 3 + [1]


@pytest.mark.usefixtures("config")
def test_an_exported_region_is_replaced(shell: Shell) -> None:
    """A region that we exported from a profile is replaced by the next profile's, or removed."""
    assert shell("load -n east; show; load -n west; show; load -n bare; show") == [
        region("us-east-2"),
        region("us-west-2"),
        {},
    ]
    assert shell("load -n east --region sa-east-1; show; load -n west; show") == [
        region("sa-east-1"),
        region("us-west-2"),
    ]


@pytest.mark.usefixtures("config")
def test_a_region_set_after_our_export_is_kept(shell: Shell) -> None:
    """A region that the user exports after us is the user's."""
    script = "load -n east; export AWS_REGION=eu-west-2; load -n west; show; load -n west; show"
    assert shell(script) == [region("eu-west-2")] * 2


@pytest.mark.usefixtures("config")
def test_unset_keeps_the_region_of_the_user(shell: Shell) -> None:
    """`env --unset` removes our variables, and none of the user's."""
    script = 'load -n east; eval "$(pass-aws env --unset)"; show'
    assert shell(script) == [{}]
    assert shell(script, AWS_REGION="eu-west-2", AWS_DEFAULT_REGION="eu-west-2") == [region("eu-west-2")]


LOCAL = """[profile local]
endpoint_url = {url}
services = local
ca_bundle = /etc/ssl/certs
[services local]
s3 =
  endpoint_url = http://127.0.0.1:9000
[profile prod]
"""
TOLD = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000", "AWS_CA_BUNDLE": "/etc/ssl/certs"}


@pytest.fixture
def local(fake: FakeAWS, store: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A profile with its own endpoints, one without, and the variables of the first one's command."""
    key = fake.user("alice").key()
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.delenv("AWS_REGION")
    for name in ("local", "prod"):
        put(store, name, key.id, key.secret)
    aws_config.write_text(LOCAL.format(url=fake.url))
    return TOLD | {"AWS_ENDPOINT_URL": fake.url}


def test_the_command_gets_the_endpoints_of_its_profile(
    local: dict[str, str], fake: FakeAWS, shell: Shell
) -> None:
    """`endpoint_url`, `services` and the CA bundle reach the command, from Python and from the front."""
    script = "(load local; show);" * 2 + f"pass-aws exec local -- {SHOWING};" * 2
    assert shell(script) == [local] * 4
    assert fake.actions() == ["GetSessionToken"]


def test_another_profile_does_not_get_these_endpoints(local: dict[str, str], shell: Shell, way: str) -> None:
    """After `env local`, another profile's command calls AWS, not localstack.

    --unset removes all of our variables.
    """
    assert shell("load local; load -n prod; show") == [{}]
    nested = f"pass-aws exec local -- {way} exec -n prod --"
    assert shell(f"{nested} {SHOWING}") == [{}]
    assert shell('load local; eval "$(pass-aws env --unset)"; show') == [{}]
    assert local


def test_the_endpoint_of_the_caller_is_kept(local: dict[str, str], fake: FakeAWS, shell: Shell) -> None:
    """Endpoints in the caller's environment are passed on unchanged."""
    own = {"AWS_ENDPOINT_URL": f"{fake.url}/", "AWS_CA_BUNDLE": "/etc/ssl"}
    assert shell("load local; show; load local; show", **own) == [own] * 2
    one = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}
    assert shell("load local; show; load local; show", **one) == [local | one] * 2
