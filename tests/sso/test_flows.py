"""Signing in: one of many processes prompts, in a browser or with a device code, and shares the outcome."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pexpect
import pytest
import sso_world
from conftest import MAIN, run
from fakeaws import faults
from sso_world import SsoWorld

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from fakeaws import FakeAWS

SSH = {"BROWSER": "", "SSH_CONNECTION": "192.0.2.1 4711 192.0.2.2 22"}


@pytest.fixture
def world(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> SsoWorld:
    return sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status, stdout and stderr."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_many_processes_sign_in_once(world: SsoWorld) -> None:
    """Sixteen processes with two roles use one browser and one token, and one call for each role."""
    world.fake.fault("authorize", faults.slow(3))
    crowd = [world.start("env", name, "--format", "json") for name in ("dev", "ro") * 8]
    results = [ended(one) for one in crowd]
    assert [code for code, _, _ in results] == [0] * 16, results
    assert len({out for _, out, _ in results}) == 2
    assert len(world.visits) == 1
    assert sorted(world.fake.actions()) == sorted(
        ["RegisterClient", "authorize", "CreateToken", "GetRoleCredentials", "GetRoleCredentials"]
    )


def test_a_refusal_in_the_browser_ends_all_waiting_processes(world: SsoWorld) -> None:
    """After a refusal, no second browser tab is opened."""
    world.fake.center.consent = "deny"
    world.fake.fault("authorize", faults.slow(4))
    crowd = [world.start("env", "dev") for _ in range(6)]
    results = [ended(one) for one in crowd]
    assert {code for code, _, _ in results} == {1}
    assert all("access was refused in the browser" in err for _, _, err in results)
    assert len(world.visits) == 1
    assert "Not signed in" in world.pages
    assert world.tokens == []


@pytest.fixture
def waiting(world: SsoWorld) -> Iterator[subprocess.Popen[str]]:
    """A process that waits for its browser, which shows the page and does nothing."""
    world.fake.center.consent = "hold"
    process = world.start("env", "dev")
    world.fake.wait_for_calls(2, 60)
    yield process
    process.kill()
    process.communicate()


def parameters(world: SsoWorld) -> dict[str, str]:
    """The parameters of the authorization page."""
    return world.fake.called("authorize")[0].parameters


def get(world: SsoWorld, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """Status and body of a request to the callback's port."""
    address = urlsplit(parameters(world)["redirect_uri"]).netloc
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.getheader("Access-Control-Allow-Origin") is None
    assert answer.getheader("Cache-Control") == "no-store"
    return answer.status, body


def answer_of(world: SsoWorld, **changes: str) -> str:
    """The path of the correct callback, with changes."""
    center, asked = world.fake.center, parameters(world)
    from fakeaws.center import Code

    client = center.clients[asked["client_id"]]
    code = Code(client, asked["redirect_uri"], asked["code_challenge"], world.fake.clock.now() + 60)
    center.codes["right"] = code
    return "/oauth/callback?" + urlencode({"code": "right", "state": asked["state"]} | changes)


def test_only_the_expected_callback_is_accepted(world: SsoWorld, waiting: subprocess.Popen[str]) -> None:
    """A wrong state gets 400 and its code is not used; any other request gets 404; the wait continues."""
    right = answer_of(world)
    assert get(world, answer_of(world, state="foreign"))[0] == 400
    assert get(world, right.replace("&state=", "&state=x&state="))[0] == 400
    assert get(world, "/oauth/callback")[0] == 400
    assert get(world, right.replace("/oauth/callback", "/other"))[0] == 404
    assert get(world, right, Host="evil.example")[0] == 404
    assert get(world, right, method="POST")[0] == 404
    assert get(world, right, Sec_Fetch_Dest="iframe")[0] == 404
    assert world.fake.called("CreateToken") == []
    assert waiting.poll() is None
    status, body = get(world, right)
    assert (status, "Signed in" in body) == (200, True)
    assert ended(waiting)[0] == 0
    with pytest.raises(OSError, match="refused"):
        get(world, right)


def test_the_page_shows_a_failed_sign_in(world: SsoWorld, waiting: subprocess.Popen[str]) -> None:
    """A code that AWS refuses is not a sign-in, nor does the browser show one."""
    path = answer_of(world, code="wrong")
    status, body = get(world, path)
    assert (status, "Not signed in" in body) == (200, True)
    code, _, err = ended(waiting)
    assert code == 1
    assert "hint:" in err
    assert world.tokens == []


def test_no_input_does_not_wait_for_a_sign_in(world: SsoWorld, waiting: subprocess.Popen[str]) -> None:
    """With --no-input the exit status is 4 while another process waits for a sign-in."""
    assert waiting.poll() is None
    done = run("env", "ro", "--no-input")
    assert done.returncode == 4
    assert f"process {waiting.pid}" in done.stderr


def test_an_interrupt_leaves_no_port_and_no_token(world: SsoWorld, waiting: subprocess.Popen[str]) -> None:
    """Ctrl-C gives exit status 130, and a waiting process shares the cancel."""
    other = world.start("env", "dev")
    port = urlsplit(parameters(world)["redirect_uri"]).port
    deadline = time.monotonic() + 30
    locks = world.folder / "home/.local/state/pass-aws/locks"
    while not any(str(waiting.pid) in path.read_text() for path in locks.iterdir()):
        assert time.monotonic() < deadline
    waiting.send_signal(signal.SIGINT)
    assert ended(waiting)[0] == 130
    assert port
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)
    assert world.tokens == []
    other.kill()
    other.communicate()


@pytest.mark.parametrize("browser", ["false", "/proc/nonexistent/browser"])
def test_a_browser_that_fails(world: SsoWorld, browser: str) -> None:
    """The hint names another way, with a command that works as printed."""
    done = run("sso", "login", "dev", "--browser", browser)
    assert done.returncode in (1, 4)
    assert "hint: run pass aws sso login dev --device-code" in done.stderr or "no program" in done.stderr
    assert world.tokens == []


def on_terminal(*args: str, **env: str) -> Any:  # noqa: ANN401 - pexpect's types are loose
    """The program on a new terminal."""
    return pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), *args],
        env={**os.environ, "TERM": "xterm", **env}, dimensions=(40, 200), encoding="utf-8", timeout=60,
    )  # fmt: skip


def test_over_ssh_a_code_is_shown_on_the_terminal(world: SsoWorld) -> None:
    """The code is neither in stdout nor in stderr; the countdown's line is erased."""
    world.fake.center.consent = "hold"
    out, err = world.folder / "out", world.folder / "err"
    program = f"{sys.executable} -I -S {MAIN}"
    child = pexpect.spawn(
        "/bin/sh", ["-c", f"{program} env dev --format json >{out} 2>{err}"],
        env={**os.environ, "TERM": "xterm", **SSH}, dimensions=(40, 200), encoding="utf-8", timeout=60,
    )  # fmt: skip
    child.expect(r"(http://127\.0\.0\.1:\d+/device\?user_code=([A-Z]{4}-[A-Z]{4}))")
    assert isinstance(child.match, re.Match)
    code = child.match.group(2)
    child.expect(f"the code {code}")
    world.fake.center.answer_device(code)
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0, err.read_text()
    assert "AccessKeyId" in out.read_text()
    assert code not in out.read_text() + err.read_text()
    assert err.read_text().count("waiting for you to allow the access") == 1


def test_the_device_flow_shows_a_countdown(world: SsoWorld) -> None:
    """What we wait for and how long it may take; afterwards the line is erased."""
    world.fake.center.consent = "hold"
    child = on_terminal("sso", "login", "dev", "--device-code")
    child.expect(r"waiting for you to allow the access, (\d+) s")
    assert isinstance(child.match, re.Match)
    assert 500 < int(child.match.group(1)) <= 600
    world.fake.center.answer_device()
    child.expect("signed in to team for ")
    assert child.before.endswith("\r\x1b[K")
    child.expect(pexpect.EOF)


def test_the_url_is_drawn_as_a_qr_code(world: SsoWorld, programs: Path) -> None:
    """qrencode draws it on the terminal, from its standard input; no browser is opened."""
    program = programs / "qrencode"
    program.write_text(f'#!/bin/sh\necho "$@" >{programs}/words\ncat >{programs}/line\necho "█▀ drawn"\n')
    program.chmod(0o755)
    child = on_terminal("sso", "login", "dev", "--qr")
    child.expect(r"open\s+(http://127\.0\.0\.1:\d+/device\?user_code=[A-Z-]+)\s")
    assert isinstance(child.match, re.Match)
    address = child.match.group(1)
    child.expect("█▀ drawn")
    child.expect("signed in to team")
    child.expect(pexpect.EOF)
    assert (programs / "line").read_text() == address
    assert "user_code" not in (programs / "words").read_text()
    assert world.visits == []


def test_without_qrencode_there_is_no_sign_in(world: SsoWorld, programs: Path) -> None:
    """Exit status 1, and the hint says how to continue; no code is left on the terminal."""
    program = programs / "qrencode"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    child = on_terminal("sso", "login", "dev", "--qr")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 1
    assert "hint: omit --qr" in child.before
    assert "user_code" not in child.before
    assert world.fake.called("CreateToken") == []


def test_slow_down_increases_the_interval(world: SsoWorld) -> None:
    """slow_down increases the interval by five seconds, as in RFC 8628."""
    world.fake.fault("CreateToken", faults.error("SlowDownException"))
    child = on_terminal("sso", "login", "dev", "--device-code")
    child.expect("signed in to team")
    child.expect(pexpect.EOF)
    first, second = (call.time for call in world.fake.called("CreateToken"))
    assert second - first > 5.9


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("AccessDeniedException", "access was refused in the browser"),
        ("ExpiredTokenException", "the code was not entered in time"),
        ("InvalidClientException", "no longer knows our registration"),
    ],
)
def test_a_failed_device_flow(world: SsoWorld, fault: str, message: str) -> None:
    """Exit status 1 and a hint; nothing is stored."""
    world.fake.fault("CreateToken", faults.error(fault))
    child = on_terminal("sso", "login", "dev", "--device-code")
    child.expect(message)
    child.expect("hint: ")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 1
    assert world.tokens == []


def test_a_poll_without_an_answer_is_repeated(world: SsoWorld) -> None:
    """A short network failure does not end a sign-in."""
    world.fake.fault("CreateToken", faults.unavailable())
    child = on_terminal("sso", "login", "dev", "--device-code")
    child.expect("signed in to team")
    child.expect(pexpect.EOF)


def test_ctrl_c_at_the_device_code(world: SsoWorld) -> None:
    """Exit status 130, the line is erased, and nothing is stored."""
    world.fake.center.consent = "hold"
    child = on_terminal("sso", "login", "dev", "--device-code")
    child.expect("waiting for you to allow")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    assert world.tokens == []


@pytest.mark.parametrize("action", ["RegisterClient", "CreateToken", "GetRoleCredentials"])
@pytest.mark.parametrize("fault", [faults.garbage(), faults.internal(), faults.truncated(honest=True)])
def test_an_invalid_answer_is_an_error(world: SsoWorld, action: str, fault: faults.Fault) -> None:
    """The error has two lines, the exit status is 1."""
    world.fake.fault(action, fault, times=9)
    done = run("env", "dev")
    assert (done.returncode, done.stdout) == (1, "false\n")
    assert re.search(r"^pass aws: error: ", done.stderr, re.MULTILINE)
    assert re.search(r"^pass aws: hint: ", done.stderr, re.MULTILINE)
    assert "Traceback" not in done.stderr


def test_a_wrong_clock_does_not_matter(world: SsoWorld) -> None:
    """Tokens have a lifetime instead of an expiry, and no request is signed."""
    world.fake.clock.skew = 600
    assert run("exec", "dev", "--", "true").returncode == 0
    world.fake.clock.skew = -600
    assert run("exec", "ro", "--", "true").returncode == 0
