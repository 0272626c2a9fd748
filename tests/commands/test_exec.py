"""`exec`: the command runs as if the caller's shell had started it, with other credentials."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest
from conftest import MAIN, TOP, put_role, run

if TYPE_CHECKING:
    from fakeaws import FakeAWS

DIRECT = [sys.executable, "-I", "-S", str(MAIN)]
PASS = ["pass", "aws"]
WAYS = {
    "pass, uncached": (PASS, False),
    "pass, cached": (PASS, True),
    "pass-aws, uncached": (DIRECT, False),
    "pass-aws, cached": (DIRECT, True),
}


@pytest.fixture
def ro(store: Path, fake: FakeAWS, aws_config: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAWS:
    """A role profile `ro` of the key `dev`; pass finds the extension of this checkout."""
    monkeypatch.setenv("PASSWORD_STORE_ENABLE_EXTENSIONS", "true")
    monkeypatch.setenv("PASSWORD_STORE_EXTENSIONS_DIR", str(TOP / "extensions"))
    put_role(fake, store, aws_config, "region = eu-west-1\n")
    monkeypatch.delenv("AWS_REGION")
    return fake


@pytest.fixture(params=WAYS)
def words(request: pytest.FixtureRequest, ro: FakeAWS) -> list[str]:
    """The words that start a command with the profile's credentials, for each way to get them."""
    start, cached = WAYS[request.param]
    if cached:
        assert run("env", "ro").returncode == 0
        ro.clear_calls()
    return [*start, "exec", "ro", "--"]


def sh(words: list[str], script: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*words, "sh", "-c", script],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_exit_status_of_the_command(words: list[str]) -> None:
    """The command's exit status is passed on, and so is its end by a signal."""
    assert sh(words, "exit 3").returncode == 3
    assert sh(words, "kill -KILL $$").returncode == -signal.SIGKILL
    assert sh(words, "exit 0").returncode == 0


def test_missing_and_not_executable(words: list[str], tmp_path: Path) -> None:
    """A missing command exits with 127, one that is not executable with 126, as in a shell, with a hint."""
    missing = subprocess.run([*words, "no-such-command"], capture_output=True, text=True, check=False)
    assert missing.returncode == 127
    error, hint = missing.stderr.splitlines()
    assert error == "pass aws: error: no command no-such-command on PATH"
    assert "not an alias" in hint
    (tmp_path / "plain").write_text("text")
    refused = subprocess.run([*words, str(tmp_path / "plain")], capture_output=True, text=True, check=False)
    assert refused.returncode == 126
    assert f"hint: run chmod +x {tmp_path}/plain" in refused.stderr.splitlines()[1]


def test_signals_reach_the_command(words: list[str]) -> None:
    """The started process becomes the command: a signal to its pid reaches the command."""
    script = "trap 'echo got; exit 7' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen([*words, "sh", "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.stdout.read() == "got\n"
    assert process.returncode == 7


def test_no_other_process_remains(words: list[str]) -> None:
    """No process of ours, pass or gpg remains between the caller and the command."""
    done = sh(words, "echo $PPID")
    assert int(done.stdout) == os.getpid()


def test_stdin_is_passed_through(words: list[str]) -> None:
    """The command gets all bytes on stdin."""
    done = subprocess.run([*words, "cat"], input=b"a\0b\nlast", capture_output=True, check=False)
    assert done.stdout == b"a\0b\nlast"


def test_arguments_are_passed_through(words: list[str]) -> None:
    """Any argument is passed on unchanged: empty, with spaces, like our options, a further `--`."""
    given = ["", "a b", "--debug", "-d", "--", "$(touch pwned)", "*", "é"]
    done = subprocess.run([*words, "printf", "<%s>", *given], capture_output=True, text=True, check=False)
    assert done.stdout == "".join(f"<{word}>" for word in given)


def test_broken_pipe_ends_the_command(words: list[str]) -> None:
    """SIGPIPE, which Python ignores, has its default action for the command."""
    done = sh(words, "trap '' EXIT; yes | head -n 1; grep SigIgn /proc/self/status")
    assert done.stdout.startswith("y\n")
    ignored = int(done.stdout.split()[-1], 16)
    assert not ignored & (1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)


def test_a_caller_that_ignores_sigchld(words: list[str]) -> None:
    """As many daemons do: the programs that we start still have an exit status."""
    done = subprocess.run(
        [*words, "echo", "done"],
        preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


@pytest.mark.parametrize("mask", ["022", "027", "077"])
def test_the_umask_of_the_caller(words: list[str], mask: str, tmp_path: Path) -> None:
    """The command gets the caller's umask, not pass's 077."""
    quoted = " ".join(f"'{word}'" for word in words)
    script = tmp_path / "caller"
    script.write_text(f"umask {mask}; {quoted} sh -c umask; exit $?")
    done = subprocess.run(["bash", str(script)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"0{mask}", done.stderr


def environment(text: bytes) -> dict[bytes, bytes]:
    return dict(line.split(b"=", 1) for line in text.split(b"\0") if line)


def test_environment(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's environment is the caller's, without any other credentials, plus ours."""
    monkeypatch.setenv("ODD", "line one\nline 'two' $(no)\t\x01")
    monkeypatch.setenv("GIT_DIR", "/somewhere/.git")
    monkeypatch.setenv("GPG_TTY", "/dev/pts/99")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00Z")
    monkeypatch.setenv("SHLVL", "3")
    monkeypatch.setenv("PWD", os.getcwd())  # shells set these two
    run("env", "ro")  # these variables must not prevent the cached way
    env_program = ["env", "-0"]
    plain = subprocess.run(env_program, capture_output=True, check=True).stdout
    done = subprocess.run([*words, *env_program], capture_output=True, check=False)
    before, after = environment(plain), environment(done.stdout)
    for one in (before, after):
        one.pop(b"_", None)
    added = {name: value for name, value in after.items() if before.get(name) != value}
    assert set(added) == {
        b"AWS_ACCESS_KEY_ID", b"AWS_SECRET_ACCESS_KEY", b"AWS_SESSION_TOKEN", b"AWS_CREDENTIAL_EXPIRATION",
        b"AWS_REGION", b"AWS_DEFAULT_REGION", b"AWS_ACCOUNT_ID", b"AWS_VAULT", b"_PASS_AWS_REGION",
    }  # fmt: skip
    assert added[b"AWS_VAULT"] == b"ro"
    assert added[b"AWS_REGION"] == added[b"AWS_DEFAULT_REGION"] == b"eu-west-1"
    assert set(before) - set(after) == {b"AWS_CONTAINER_CREDENTIALS_FULL_URI"}


def test_the_core_limit_of_the_caller(words: list[str]) -> None:
    """The command gets the caller's soft limit for core dumps, which is zero for ourselves."""
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"ulimit -S -c 100; {quoted} sh -c 'ulimit -S -c'; exit $?"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() in ("100", "200"), done.stderr  # blocks of 1024 or 512 bytes


@pytest.mark.usefixtures("ro")
def test_a_crash_leaves_no_core_dump(programs: Path, tmp_path: Path) -> None:
    """The core limit is zero while we, or a program that we start, have a secret in memory."""
    real = shutil.which("gpg")
    (programs / "gpg").write_text(f'#!/bin/sh\nulimit -S -c >>{tmp_path}/limits\nexec {real} "$@"\n')
    (programs / "gpg").chmod(0o755)
    for words in (["env", "ro"], ["env", "ro"], ["exec", "dev", "--", "true"]):
        subprocess.run(
            ["bash", "-c", 'ulimit -S -c 100; "$@"', "-", *DIRECT, *words], check=True, stdout=subprocess.PIPE
        )
        assert set((tmp_path / "limits").read_text().split()) == {"0"}, words


def test_git_above_home_still_works(words: list[str], home: Path) -> None:
    """A GIT_CEILING_DIRECTORIES that pass sets does not hide the caller's repository."""
    subprocess.run(["git", "init", "-q", str(home)], check=True)
    (home / "below").mkdir()
    done = subprocess.run(
        [*words, "git", "rev-parse", "--show-toplevel"], cwd=home / "below", capture_output=True, text=True, check=False
    )  # fmt: skip
    assert Path(done.stdout.strip()) == home.resolve(), done.stderr


def test_script_without_interpreter(words: list[str], tmp_path: Path) -> None:
    """A script without `#!` is run by /bin/sh, as in a shell."""
    (tmp_path / "script").write_text("echo $0 $1\n")
    (tmp_path / "script").chmod(0o755)
    done = subprocess.run([*words, f"{tmp_path}/script", "x"], capture_output=True, text=True, check=False)
    assert done.stdout == f"{tmp_path}/script x\n", done.stderr


def test_nested(words: list[str], ro: FakeAWS) -> None:
    """exec inside exec starts from the store again, and uses the region of the inner profile."""
    inner = " ".join(f"'{word}'" for word in words).replace("'ro'", "'dev'")
    done = sh(words, f"{inner} sh -c 'echo $AWS_VAULT $AWS_REGION $AWS_ACCESS_KEY_ID'")
    name, *rest = done.stdout.split()
    assert name == "dev", done.stderr
    assert len(rest) == 1, "dev has no region, and that of ro is not its own"
    assert "GetSessionToken" in ro.actions()


@pytest.mark.usefixtures("ro")
def test_command_without_dashes() -> None:
    """`exec ro aws s3 ls` works as in aws-vault.

    The first word after PROFILE that is not an option starts the command.
    """
    done = run("exec", "ro", "-d", "15m", "printf", "%s", "-d", "--", "x")
    assert done.stdout == "-d--x"


@pytest.mark.usefixtures("ro")
def test_profile_from_environment() -> None:
    """Without PROFILE, AWS_PROFILE is used; without that, the error lists the profiles."""
    done = run("exec", "--", "sh", "-c", "echo $AWS_VAULT$AWS_PROFILE", AWS_PROFILE="ro")
    assert done.stdout == "ro\n", done.stderr
    lost = run("exec", "--", "true")
    assert lost.returncode == 2
    assert "dev, ro" in lost.stderr


@pytest.mark.usefixtures("ro")
def test_default_command_is_the_shell() -> None:
    """Without a command, $SHELL is started, else /bin/sh."""
    done = run("exec", "ro", stdin=b"echo $0 $AWS_VAULT", SHELL="/bin/dash")
    assert done.stdout == "/bin/dash ro\n", done.stderr


@pytest.mark.usefixtures("ro")
def test_a_missing_command_is_reported_first(ro: FakeAWS) -> None:
    """A command that does not exist costs no call, no code and no passphrase."""
    assert run("exec", "ro", "--", "no-such-command").returncode == 127
    assert ro.calls == []


SAYS_WHEN_IT_GOES_ON = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGCONT, lambda *_: os.write(1, b"on again\\n"))
os.write(1, b"started\\n")
while True:
    signal.pause()
"""


def test_job_control(words: list[str]) -> None:
    """On a terminal Ctrl-Z stops the command, fg continues it, Ctrl-C ends it."""
    env = {**os.environ, "TERM": "dumb", "CODE": SAYS_WHEN_IT_GOES_ON}
    shell = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], env=env, timeout=15)
    try:
        shell.sendline("PS1='READY> '")
        shell.expect("\r\nREADY> ")
        quoted = " ".join(f"'{word}'" for word in words)
        shell.sendline(f'{quoted} {sys.executable} -c "$CODE"')
        shell.expect("\r\nstarted")
        shell.sendcontrol("z")
        shell.expect("Stopped")
        shell.expect("READY> ")
        shell.sendline("fg")
        shell.expect("\r\non again")
        shell.sendcontrol("c")
        shell.expect("READY> ")
        shell.sendline("echo status=$?")
        shell.expect("\r\nstatus=130")
    finally:
        shell.close(force=True)


def test_cached_exec_makes_no_call(ro: FakeAWS) -> None:
    """The second run makes no call to AWS."""
    for _ in range(2):
        done = subprocess.run([*PASS, "exec", "ro", "--", "true"], check=False)
        assert done.returncode == 0
    assert ro.actions() == ["AssumeRole"]
