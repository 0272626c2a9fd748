"""With a forwarded agent (restricted "extra" socket, only public keys here) all works as in pass."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from subprocess import DEVNULL
from typing import TYPE_CHECKING

import pytest
from conftest import end_gpg_home, gpg, gpg_home, new_key, run
from gpg_ring import PINENTRY, SECRET
from relay import Relay

from pass_aws.errors import FAILED, INTERRUPTED, CancelledError, UserError
from pass_aws.gpg import keys
from pass_aws.gpg.gpg import Gpg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fakeaws import FakeAWS


class Machines:
    """A laptop with the keys and their agent, and a remote machine with only the public keys."""

    def __init__(self, laptop: Path, remote: Path, files: Path) -> None:
        self.laptop, self.remote, self.files = laptop, remote, files
        self.mode = files / "mode"
        self.env = {"PATH": os.environ["PATH"], "GNUPGHOME": str(remote), "HOME": str(files)}
        self.laptop_env = {**self.env, "GNUPGHOME": str(laptop)}

    def start_agent(self, pinentry: str = "") -> None:
        """An agent on the laptop that has forgotten every passphrase."""
        self.stop_agent()
        command = ["gpg-agent", "--daemon", "--extra-socket", str(self.laptop / "extra")]
        command += ["--pinentry-program", pinentry or str(self.files / "pinentry")]
        subprocess.run(command, env=self.laptop_env, check=True, stdout=DEVNULL, stderr=DEVNULL)

    def stop_agent(self) -> None:
        """Kills the agent: one that is asked to end may still remove the sockets of the next one."""
        command = ["gpg-connect-agent", "--no-autostart", "GETINFO pid", "/bye"]
        while answer := re.match(
            rb"D (\d+)", subprocess.run(command, env=self.laptop_env, check=False, capture_output=True).stdout
        ):
            os.kill(int(answer[1]), signal.SIGKILL)

    def encrypted(self, name: str, *options: str) -> str:
        path = str(self.files / f"{name}.gpg")
        gpg(self.laptop, "--yes", *options, "-e", "-r", name, "-o", path, stdin=SECRET)
        return path

    def fingerprint(self, name: str) -> str:
        listing = gpg(self.laptop, "--with-colons", "-k", f"{name}@example.invalid")
        return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    machines = Machines(gpg_home(), gpg_home(), tmp_path_factory.mktemp("remote"))
    (machines.laptop / "gpg-agent.conf").write_text("s2k-count 65536\n")
    machines.start_agent()
    new_key(machines.laptop, "open")
    new_key(machines.laptop, "locked", passphrase="sesame")
    (machines.files / "pinentry").write_text(PINENTRY.format(mode=machines.mode))
    (machines.files / "pinentry").chmod(0o755)
    (machines.remote / "gpg.conf").write_text("no-autostart\n")
    gpg(machines.remote, "--import", stdin=gpg(machines.laptop, "--armor", "--export").encode())
    yield machines
    machines.stop_agent()
    end_gpg_home(machines.laptop)
    end_gpg_home(machines.remote)


@pytest.fixture
def machines(made: Machines) -> Iterator[Machines]:
    made.mode.write_text("cancel")
    made.start_agent()
    with Relay(made.remote / "S.gpg-agent", made.laptop / "extra"):
        yield made


def test_it_decrypts_with_no_input(machines: Machines) -> None:
    """The agent forbids the pinentry mode of --no-input, and we decrypt without it.

    gpg 2.2 fails with the forbidden mode.
    """
    for ask in (True, False):
        assert Gpg(machines.env).decrypt(machines.encrypted("open"), ask=ask) == SECRET


@pytest.mark.parametrize("options", [(), ("--throw-keyids",)], ids=["named", "hidden"])
def test_the_key_that_decrypted_counts_as_ours(machines: Machines, options: tuple[str, ...]) -> None:
    """The agent does not describe its keys, so `gpg -K` lists none; sessions are cached nevertheless."""
    door, path = Gpg(machines.env), machines.encrypted("open", *options)
    door.decrypt(path)
    assert door.readers(path) == (machines.fingerprint("open"),)
    sealed = door.encrypt_own(b"session", door.readers(path))
    (machines.files / "session.gpg").write_bytes(sealed)
    assert Gpg(machines.env).decrypt(str(machines.files / "session.gpg"), ask=False) == b"session"


def test_the_cache_key_may_be_on_the_other_machine(machines: Machines) -> None:
    """PASS_AWS_CACHE_KEY may name a key of the other machine; another person's key is still refused."""
    name = machines.fingerprint("locked")
    assert keys.own(Gpg(machines.env), name, "PASS_AWS_CACHE_KEY") == (name,)
    assert keys.own_among(Gpg(machines.env), [name]) == (name,)
    with pytest.raises(UserError, match="no secret key"):
        keys.own(Gpg(machines.env), "stranger", "PASS_AWS_CACHE_KEY")


@pytest.mark.parametrize("ask", [True, False])
@pytest.mark.parametrize(
    ("mode", "text", "code"), [("cancel", "was cancelled", INTERRUPTED), ("wrong", "was wrong", FAILED)]
)
def test_an_unanswered_prompt_is_not_a_missing_key(
    machines: Machines, mode: str, text: str, code: int, ask: bool
) -> None:
    """The prompt appears on the other machine, and the error says that it was not answered."""
    machines.mode.write_text(mode)
    with pytest.raises(CancelledError, match=text) as caught:
        Gpg(machines.env).decrypt(machines.encrypted("locked"), name="a/b", ask=ask)
    assert caught.value.code == code
    assert "pass show a/b" in caught.value.hint


def test_a_prompt_is_answered_on_the_other_machine(machines: Machines) -> None:
    """A passphrase that is typed on the laptop decrypts the entry."""
    machines.mode.write_text("right")
    assert Gpg(machines.env).decrypt(machines.encrypted("locked")) == SECRET


OVERLOADED = """#!/bin/bash
case $* in *" -d "*)
    echo >>{count}
    [[ $(wc -l <{count}) -le 3 ]] && {{
        printf '[GNUPG:] %s\\n' 'ENC_TO 1234 18 0' 'ERROR pkdecrypt_failed 16810070' >&$2; exit 2
    }} ;;
esac
exec {real} "$@"
"""


def test_an_agent_out_of_memory_is_retried(machines: Machines, programs: Path, tmp_path: Path) -> None:
    """A retry also works with this agent, which refuses the mode that never prompts."""
    count = tmp_path / "count"
    (programs / "gpg").write_text(
        OVERLOADED.format(count=count, real=shutil.which("gpg", path=machines.env["PATH"]))
    )
    (programs / "gpg").chmod(0o755)
    env = {**machines.env, "PATH": f"{programs}:{machines.env['PATH']}"}
    assert Gpg(env).decrypt(machines.encrypted("open")) == SECRET


def test_a_missing_pinentry_is_not_a_missing_key(machines: Machines) -> None:
    """The error names the pinentry."""
    machines.start_agent("/proc/nonexistent/pinentry")
    with pytest.raises(UserError, match="cannot start its pinentry"):
        Gpg(machines.env).decrypt(machines.encrypted("locked"), name="a/b")


def test_a_lost_connection_is_not_a_missing_key(made: Machines) -> None:
    """If no process listens at the socket, the error names the agent."""
    made.start_agent()
    path = made.encrypted("open")
    with Relay(made.remote / "S.gpg-agent", made.laptop / "extra"):
        assert Gpg(made.env).decrypt(path) == SECRET
    for ask in (True, False):
        with pytest.raises(UserError, match="gpg-agent cannot be reached") as caught:
            Gpg(made.env).decrypt(path, ask=ask)
        assert "reconnect" in caught.value.hint


def test_a_missing_key(machines: Machines) -> None:
    """The error says that the key is on neither machine."""
    other = gpg_home()
    try:
        new_key(other, "stranger")
        gpg(machines.remote, "--import", stdin=gpg(other, "--armor", "--export").encode())
        path = str(machines.files / "other.gpg")
        gpg(other, "--yes", "-e", "-r", "stranger", "-o", path, stdin=SECRET)
    finally:
        end_gpg_home(other)
    with pytest.raises(UserError, match="no secret key for a/b"):
        Gpg(machines.env).decrypt(path, name="a/b")


@pytest.mark.parametrize("options", ["", "throw-keyids\n"], ids=["named", "hidden"])
def test_the_whole_program_works_and_caches(
    machines: Machines, fake: FakeAWS, store: Path, aws_config: Path, options: str
) -> None:
    """`env --no-input` on the remote machine: one AWS call for two runs, and no warnings."""
    user = fake.user("alice")
    key, role = user.key(), fake.role("ro", trust=[user.arn])
    aws_config.write_text(f"[profile dev]\n[profile ro]\nsource_profile = dev\nrole_arn = {role.arn}\n")
    (store / ".gpg-id").write_text(f"{machines.fingerprint('open')}\n")
    conf = machines.remote / "gpg.conf"
    before = conf.read_text()
    conf.write_text(f"{before}{options}trust-model always\n")
    try:
        env = {"GNUPGHOME": str(machines.remote)}
        text = f"{key.id}\n{key.secret}\n".encode()
        added = run("add", "dev", "--stdin", "--no-verify", stdin=text, **env)
        assert added.returncode == 0, added.stderr
        for _ in range(2):
            done = run("env", "ro", "--no-input", **env)
            assert done.returncode == 0, done.stderr
            assert "AWS_SESSION_TOKEN" in done.stdout
            assert "not cached" not in done.stderr
        assert [call.action for call in fake.calls] == ["AssumeRole"]
    finally:
        conf.write_text(before)
