"""Many processes at the same time: one prompt and one call, and each gets an answer."""

from __future__ import annotations

import functools
import os
import re
import select
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sso_world
from conftest import MAIN, end_agent, end_gpg_home, gpg, gpg_home, new_key, put, run
from fakeaws import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fakeaws import FakeAWS

CROWD = 64
pytestmark = pytest.mark.xdist_group("load")  # two such tests at the same time would measure each other


@pytest.fixture(params=["future-default", "rsa4096"])
def crowded_store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A store for a key whose passphrase the agent has cached, as users have it."""
    home = gpg_home()
    (home / "gpg-agent.conf").write_text("allow-loopback-pinentry\ns2k-count 65536\n")
    fingerprint = new_key(home, "crowd", passphrase="long and secret", algorithm=request.param)
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    (folder / ".gpg-id").write_text(fingerprint + "\n")
    monkeypatch.setenv("GNUPGHOME", str(home))
    monkeypatch.setenv("PASSWORD_STORE_DIR", str(folder))
    message = gpg(home, "--armor", "-r", fingerprint, "-e", stdin=b"x").encode()
    gpg(home, "--pinentry-mode", "loopback", "--passphrase", "long and secret", "-d", stdin=message)
    assert gpg(home, "--pinentry-mode", "error", "-d", stdin=message) == "x", "the agent has the passphrase"
    yield folder
    end_gpg_home(home)


class Stage:
    """A user with MFA and a chain of two roles.

    Args:
        fake: the AWS of the user.
        store: gets the user's key as `dev`, and replaces the previous user's.
        config: gets the profiles.
        asked: a line for each run of the program that gives the code.
    """

    def __init__(self, fake: FakeAWS, store: Path, config: Path, asked: Path) -> None:
        self.fake, self.store, self.config, self.asked, self.users = fake, store, config, asked, 0

    def reset(self) -> None:
        """Starts again: another user, no session, no call."""
        self.users += 1
        user = self.fake.user(f"user{self.users}")
        key, device = user.key(), user.mfa()
        put(self.store, "dev", key.id, key.secret)
        first = self.fake.role(f"first{self.users}", trust=[user.arn], mfa=True)
        second = self.fake.role(f"second{self.users}", trust=[first.arn])
        code = f"{sys.executable} -c 'import pyotp; print(pyotp.TOTP(\"{device.seed}\").now())'"
        mfa, from_first = (
            f"mfa_serial = {device.serial}\n",
            f"source_profile = first\nrole_arn = {second.arn}\n",
        )
        self.config.write_text(
            f"[profile dev]\n{mfa}mfa_process = echo x >> {self.asked}; {code}\n"
            f"[profile first]\nsource_profile = dev\nrole_arn = {first.arn}\n{mfa}"
            f"[profile second]\n{from_first}[profile third]\n{from_first}role_session_name = third\n"
        )
        self.fake.clear_calls()
        self.asked.write_text("")


@pytest.fixture
def stage(fake: FakeAWS, crowded_store: Path, aws_config: Path, tmp_path: Path) -> Stage:
    made = Stage(fake, crowded_store, aws_config, tmp_path / "asked")
    made.reset()
    return made


def crowd(front: str, *words: str) -> float:
    """Starts all processes at once, checks that all were answered, and returns the seconds it took."""
    start = time.monotonic()
    running = [
        subprocess.Popen(
            [front, *words],
            env=dict(os.environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(CROWD)
    ]  # fmt: skip
    ended = [(process.communicate(timeout=240), process.returncode) for process in running]
    took = time.monotonic() - start
    failed = [err for (_, err), code in ended if code]
    assert not failed, f"{len(failed)} of {CROWD} failed, the first with: {failed[0]}"
    assert len({out for (out, _), _ in ended}) == 1, "all have the same credentials"
    return took


@pytest.mark.parametrize("more", [[], ["--min-ttl", "5m"]], ids=["tickets", "sessions"])
def test_many_processes_without_a_session(stage: Stage, front: str, more: list[str]) -> None:
    """Without a session: one prompt, one call per hop, all answered; `--min-ttl` bypasses the front.

    The time is printed, next to that with a live session.
    """
    print(
        "cold, live, one: {:.2f} {:.2f} {:.2f} s".format(*_compared(stage, front, ["env", "second", *more]))
    )


def _compared(stage: Stage, front: str, asked: list[str]) -> tuple[float, float, float]:
    """The seconds of many processes without sessions, with sessions, and of one process that makes one call."""
    cold = crowd(front, *asked)
    assert stage.asked.read_text() == "x\n"
    assert stage.fake.actions() == ["GetSessionToken", "AssumeRole", "AssumeRole"]
    live = crowd(front, *asked)
    assert len(stage.fake.calls) == 3
    start = time.monotonic()
    assert run("env", "third").returncode == 0
    one = time.monotonic() - start
    assert len(stage.fake.calls) == 4
    print(f"cold {cold:.1f} s, live {live:.1f} s, ratio {cold / live:.2f}, one call {one:.1f} s")
    return cold, live, one


@pytest.mark.usefixtures("stage")
def test_a_killed_holder_releases_the_lock(tmp_path: Path, aws_config: Path) -> None:
    """The lock of a process that was killed at a prompt is free at once."""
    good = aws_config.read_text()
    os.mkfifo(tmp_path / "never")
    aws_config.write_text(good.replace("; ", f"; cat {tmp_path}/never; ", 1))
    stuck = subprocess.Popen(
        [sys.executable, "-I", "-S", str(MAIN), "env", "dev"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not (tmp_path / "asked").read_text():
        assert stuck.poll() is None
        time.sleep(0.01)
    os.killpg(stuck.pid, 9)
    stuck.wait()
    aws_config.write_text(good)
    assert run("env", "dev").returncode == 0


PINENTRY = """#!/bin/sh
echo x >> {count}
echo OK ready
while read -r word rest; do
  case $word in
  GETPIN) while [ ! -e {go} ]; do sleep 0.05; done; echo ERR 83886179 cancelled ;;
  BYE) echo OK; exit ;;
  *) echo OK ;;
  esac
done
"""


def test_a_cancelled_passphrase_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that waits while the user cancels the passphrase is cancelled, too, without a prompt."""
    home = gpg_home()
    count, go, program = tmp_path / "asked", tmp_path / "go", tmp_path / "pinentry"
    program.write_text(PINENTRY.format(count=count, go=go))
    program.chmod(0o755)
    fingerprint = new_key(home, "locked", passphrase="secret")
    end_agent(home)
    (home / "gpg-agent.conf").write_text(f"pinentry-program {program}\n")
    store = tmp_path / "store"
    store.mkdir()
    (store / ".gpg-id").write_text(f"{fingerprint}\n")
    monkeypatch.setenv("GNUPGHOME", str(home))
    monkeypatch.setenv("PASSWORD_STORE_DIR", str(store))
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "x")
    try:
        running = [
            subprocess.Popen(
                [sys.executable, "-I", "-S", str(MAIN), "env", "dev"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            for _ in range(5)
        ]  # fmt: skip
        until_waiting(running, count.exists)
        go.touch()
        ended = [(process.communicate(timeout=60), process.returncode) for process in running]
    finally:
        end_gpg_home(home)
    assert [code for _, code in ended] == [130] * 5, ended
    assert count.read_text() == "x\n"


def until_waiting(processes: Sequence[subprocess.Popen[Any]], holding: Callable[[], bool]) -> None:
    """Returns when the lock is held and all processes but its holder have said that they are waiting.

    Their open files do not show it: to an ordinary user, /proc/PID/fd of our processes is closed.
    """
    heard = dict.fromkeys(processes, b"")
    while (
        sum(b"pass aws: waiting for process" in text for text in heard.values()) < len(heard) - 1
        or not holding()
    ):
        assert all(process.poll() is None for process in processes), heard
        streams = {process.stderr.fileno(): process for process in processes if process.stderr}
        for stream in select.select(streams, [], [], 0.1)[0]:
            heard[streams[stream]] += os.read(stream, 4096)


def test_many_processes_sign_in_once(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All wait for the one browser: one sign-in, one token, one call for each of two roles, all answered."""
    world = sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)
    fake.fault("authorize", faults.slow(600))
    running = [world.start("env", name, "--format", "json") for name in ("dev", "ro") * (CROWD // 2)]
    until_waiting(running, lambda: "authorize" in fake.actions())
    fake.end_waits()
    ended = [(process.communicate(timeout=240), process.returncode) for process in running]
    assert [code for _, code in ended] == [0] * CROWD, ended
    assert len({out for (out, _), _ in ended}) == 2
    assert (len(world.visits), len(world.tokens)) == (1, 1)
    assert sorted(fake.actions()) == sorted(
        ["RegisterClient", "authorize", "CreateToken", "GetRoleCredentials", "GetRoleCredentials"]
    )


# The credential server.

CLIENTS, REQUESTS = 32, 1000
LARGEST = 60 * 1024
"""KiB of memory."""


def timed(address: str, path: str, token: str) -> tuple[float, int]:
    """Seconds and status of a request, by a client that costs almost nothing itself."""
    host, _, port = address.partition(":")
    begin = time.perf_counter()
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {token}\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return time.perf_counter() - begin, int(answer[9:12])


def test_a_thousand_requests(store: Path, fake: FakeAWS, aws_config: Path) -> None:
    """32 clients at the same time get no error, with under 60 MB; the time of 99 of 100 is printed."""
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    words = [sys.executable, "-I", "-S", str(MAIN), "serve", "dev"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            told = dict(server.stdout.readline().rstrip("\n").split("=", 1) for _ in range(2))
            _, _, address, path = told["AWS_CONTAINER_CREDENTIALS_FULL_URI"].split("/", 3)
            ask = functools.partial(timed, address, f"/{path}", told["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
            rounds = []
            for _ in range(3):
                with ThreadPoolExecutor(CLIENTS) as pool:
                    answers = list(pool.map(lambda _: ask(), range(REQUESTS)))
                assert {status for _, status in answers} == {200}
                rounds.append(sorted(seconds for seconds, _ in answers)[REQUESTS * 99 // 100])
            status = Path(f"/proc/{server.pid}/status").read_text()
        finally:
            server.terminate()
    memory = int(re.findall(r"VmHWM:\s+(\d+)", status)[0])
    print(f"p99 {[round(one * 1000, 1) for one in rounds]} ms, {memory} KiB")
    assert memory < LARGEST
