"""`credential_source`: answers of a container's or an instance's credential server are read strictly."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from botocore.utils import ContainerMetadataFetcher
from canned_http import Answer, Asked, Canned

from pass_aws.credentials.sources import credential_source
from pass_aws.errors import UserError
from pass_aws.model import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET, TOKEN = "MARKED-SECRET", "MARKED-TOKEN"
FULL, RELATIVE = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
ALLOWED, ALLOWED_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
ROLES = "/latest/meta-data/iam/security-credentials/"


def end(seconds: float) -> int:
    """A time this many seconds from now, in whole seconds."""
    return int(time.time() + seconds)


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def session(expires: int, **changes: object) -> dict[str, object]:
    """A credential server's JSON."""
    made = {"AccessKeyId": "ASIA1", "SecretAccessKey": SECRET, "Token": TOKEN, "Expiration": iso(expires)}
    return {**made, **changes}


def sending(answer: object, status: int = 200) -> Callable[[Asked], Answer]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return lambda _: Answer(body, status, "application/json")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between attempts, where botocore waits a second."""
    monkeypatch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0)


def test_credentials_of_a_container() -> None:
    """The session of a container's server is used, with the account if the server names it."""
    expires = end(3600)
    with Canned(sending(session(expires, AccountId="222222222222", RoleArn="x"))) as server:
        found = credential_source.container({FULL: f"{server.url}/creds?id=1"}, time.time())
    assert found == Credentials("ASIA1", SECRET, TOKEN, expires, "222222222222")
    assert [(asked.method, asked.path) for asked in server.asked] == [("GET", "/creds?id=1")]
    assert "authorization" not in server.asked[0].headers


def test_the_relative_uri_overrides_the_full_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    """ECS sets the relative URI; the full one is for other servers."""
    with Canned(sending(session(end(3600)))) as server:
        # botocore's constant: only ECS has a server at its address
        monkeypatch.setattr(ContainerMetadataFetcher, "IP_ADDRESS", f"127.0.0.1:{server.port}")
        credential_source.container({RELATIVE: "/v2/id", FULL: "http://127.0.0.1:1/"}, time.time())
    assert [asked.path for asked in server.asked] == ["/v2/id"]


def test_the_token_file_overrides_the_token_and_is_read_each_time(tmp_path: Path) -> None:
    """EKS replaces the token in the file from time to time."""
    env = {ALLOWED: "from variable", ALLOWED_FILE: str(tmp_path / "token")}
    with Canned(sending(session(end(3600)))) as server:
        credential_source.container({FULL: server.url, ALLOWED: "from variable"}, time.time())
        for text in ("first", "second"):
            (tmp_path / "token").write_text(text)
            credential_source.container({FULL: server.url, **env}, time.time())
    sent = [asked.headers["authorization"] for asked in server.asked]
    assert sent == ["from variable", "first", "second"]


def test_an_invalid_token_is_an_error(tmp_path: Path) -> None:
    """A line end would end the HTTP header; a missing file is reported."""
    (tmp_path / "token").write_text("MARKED\n")
    env = {FULL: "http://127.0.0.1:1/", ALLOWED_FILE: str(tmp_path / "token")}
    with pytest.raises(UserError, match="not a valid header") as caught:
        credential_source.container(env, time.time())
    assert "MARKED" not in str(caught.value)
    with pytest.raises(UserError, match="cannot be read: No such file"):
        credential_source.container({**env, ALLOWED_FILE: str(tmp_path / "missing")}, time.time())


@pytest.mark.parametrize("kind", ["fifo", "device", "folder"])
def test_a_special_token_file_is_not_read(kind: str, tmp_path: Path) -> None:
    """A file that could block us forever is not read."""
    os.mkfifo(tmp_path / "fifo")
    path = {"fifo": str(tmp_path / "fifo"), "device": "/dev/zero", "folder": str(tmp_path)}[kind]
    with pytest.raises(UserError, match=f"the {ALLOWED_FILE} is not a file"):
        credential_source.container({FULL: "http://127.0.0.1:1/", ALLOWED_FILE: path}, time.time())


def test_no_container() -> None:
    """Outside of a container, where neither variable is set, there is one error line."""
    with pytest.raises(UserError, match=f"neither {RELATIVE} nor {FULL}"):
        credential_source.container({}, time.time())


def test_only_local_hosts_get_an_unencrypted_request() -> None:
    """A changed variable must not send a token unencrypted over the network."""
    with pytest.raises(UserError, match="Unsupported host 'example"):
        credential_source.container({FULL: "http://example.invalid/x", ALLOWED: "MARKED"}, time.time())


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        ({"message": "MARKED"}, 403, "Received non 200 response 403"),
        ({"message": "MARKED"}, 500, "Received non 200 response 500"),
        (b"MARKED", 200, "Unable to parse JSON"),
        ([], 200, "not a JSON object"),
        (session(0), 200, "Expiration is in the past"),
        (session(end(3600), Token="MARKED\n"), 200, "Token has invalid characters"),
        (session(end(3600), Token=None), 200, "Token is missing"),
        (session(end(3600), Expiration=None), 200, "Expiration is missing"),
        (session(end(3600), SecretAccessKey=""), 200, "SecretAccessKey is missing"),
    ],
)
def test_a_bad_answer_of_a_container(answer: object, status: int, message: str) -> None:
    """The error is one line with the reason, and never shows the answer."""
    with Canned(sending(answer, status)) as server, pytest.raises(UserError, match=message) as caught:
        credential_source.container({FULL: server.url}, time.time())
    assert "MARKED" not in f"{caught.value}{caught.value.hint}"
    assert len(server.asked) == (1 if status == 200 and answer != b"MARKED" else 3)


def test_an_unreachable_container_server() -> None:
    """A closed port is reported in one line."""
    with Canned(sending({})) as server:
        url = server.url
    with pytest.raises(UserError, match="Received error when attempting to retrieve container metadata"):
        credential_source.container({FULL: url}, time.time())


def imds(answer: object) -> Callable[[Asked], Answer]:
    """An instance metadata server, version 2."""

    def respond(asked: Asked) -> Answer:
        if asked.path == "/latest/api/token" and asked.method == "PUT":
            return Answer(b"imds-token", kind="text/plain")
        if asked.headers.get("x-aws-ec2-metadata-token") != "imds-token":
            return Answer(b"", 401)
        if asked.path == ROLES:
            return Answer(b"Ops", kind="text/plain")
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Answer(body, kind="application/json") if asked.path == f"{ROLES}Ops" else Answer(b"", 404)

    return respond


def instance(url: str, env: dict[str, str] | None = None, **said: str) -> Credentials:
    """Calls the instance metadata server that a profile names."""
    profile = {"ec2_metadata_service_endpoint": url, **said}
    return credential_source.instance(env or {}, time.time(), lambda key: profile.get(key, ""))


def test_credentials_of_an_instance() -> None:
    """Three requests: token, role, credentials."""
    expires = end(3600)
    with Canned(imds({"Code": "Success", **session(expires)})) as server:
        found = instance(f"{server.url}/")
    assert found == Credentials("ASIA1", SECRET, TOKEN, expires)
    assert [asked.path for asked in server.asked] == ["/latest/api/token", ROLES, f"{ROLES}Ops"]


@pytest.mark.parametrize("left", [60, 600, 1200])
def test_the_expiry_of_an_instance_s_session_is_kept(left: int) -> None:
    """botocore extends the expiry of credentials that expire within 20 minutes; we do not."""
    expires = end(left)
    with Canned(imds(session(expires))) as server:
        assert instance(server.url).expires == expires


def test_an_expired_session_of_an_instance_is_refused() -> None:
    """An expired session is refused, however often the server returns it."""
    with Canned(imds(session(end(-60)))) as server, pytest.raises(UserError, match="in the past"):
        instance(server.url)


def test_the_number_of_attempts_at_the_instance_metadata() -> None:
    """Instance metadata is requested once, unless the profile sets a number of attempts."""
    for attempts in ("", "2"):
        broken = Canned(lambda asked: Answer(b"", 200 if asked.method == "PUT" else 500))
        with broken, pytest.raises(UserError, match="does not answer"):
            instance(broken.url, metadata_service_num_attempts=attempts)
        assert len([asked for asked in broken.asked if asked.method == "GET"]) == int(attempts or 1)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"Code": "AssumeRoleUnauthorizedAccess", "Message": "MARKED"}, "has no credentials"),
        (b"MARKED", "does not answer"),
        (b"7", "does not work"),
        ({}, "has no credentials"),
        ("x", "has no credentials"),
    ],
)
def test_a_bad_answer_of_an_instance(answer: object, message: str) -> None:
    """The error is one line with the reason and a hint, and never shows the answer."""
    with Canned(imds(answer)) as server, pytest.raises(UserError, match=message) as caught:
        instance(server.url)
    assert "MARKED" not in f"{caught.value}{caught.value.hint}"
    assert caught.value.hint


def test_imds_version_1_can_be_disabled() -> None:
    """A server without tokens then gets no request for credentials."""
    old = Canned(lambda asked: Answer(b"", 404) if asked.method == "PUT" else Answer(b"MARKED"))
    with old, pytest.raises(UserError, match="does not work"):
        instance(old.url, ec2_metadata_v1_disabled="true")
    assert [asked.method for asked in old.asked] == ["PUT"]


def test_no_instance() -> None:
    """Instance metadata that is disabled or not reachable is reported in one line."""
    with Canned(imds({})) as server:
        url = server.url
        with pytest.raises(UserError, match="AWS_EC2_METADATA_DISABLED disables it"):
            instance(url, {"AWS_EC2_METADATA_DISABLED": "True"})
    assert server.asked == []
    with pytest.raises(UserError, match="does not answer"):
        instance(url)


KEYS = {"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": SECRET}


def test_credentials_of_the_environment() -> None:
    """A key, or a session with its expiry and account; the token's older name takes precedence, as in botocore."""
    expires = end(900)
    assert credential_source.environment(KEYS, time.time()) == Credentials("AKIA1", SECRET)
    rest = {"AWS_CREDENTIAL_EXPIRATION": iso(expires), "AWS_ACCOUNT_ID": "222222222222"}
    env = {**KEYS, **rest, "AWS_SESSION_TOKEN": "new", "AWS_SECURITY_TOKEN": "old"}
    assert credential_source.environment(env, time.time()) == Credentials(
        "AKIA1", SECRET, "old", expires, "222222222222"
    )
    env["AWS_SECURITY_TOKEN"] = ""
    assert credential_source.environment(env, time.time()).session_token == "new"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AWS_SECRET_ACCESS_KEY": ""}, "AWS_SECRET_ACCESS_KEY not set"),
        ({"AWS_ACCESS_KEY_ID": ""}, "AWS_ACCESS_KEY_ID not set"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "ID and AWS_SECRET_ACCESS_KEY not set"),
        ({"AWS_SECRET_ACCESS_KEY": "MARKED x"}, "AWS_SECRET_ACCESS_KEY has invalid characters"),
        ({"AWS_SESSION_TOKEN": "MARKED\n"}, "AWS_SESSION_TOKEN has invalid characters"),
        ({"AWS_CREDENTIAL_EXPIRATION": "soon"}, "AWS_CREDENTIAL_EXPIRATION is not"),
        ({"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}, "have expired"),
        ({"AWS_ACCOUNT_ID": "12"}, "twelve digits"),
    ],
)
def test_incomplete_credentials_of_the_environment(changes: dict[str, str], message: str) -> None:
    """Incomplete, invalid and expired credentials are refused by name."""
    with pytest.raises(UserError, match=message) as caught:
        credential_source.environment({**KEYS, **changes}, time.time())
    assert "MARKED" not in str(caught.value)
