"""Files and entries with any content give an error line or the right answer, never a traceback or a hang."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, gpg, put, run
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

ROLE = "role_arn = arn:aws:iam::222222222222:role/r\n"
slow = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@pytest.fixture
def dev(store: Path, fake: FakeAWS) -> FakeAWS:
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    return fake


def refused(*words: str, codes: tuple[int, ...] = (1, 2), **env: str) -> str:
    """Runs the program, expects a refusal of one line with at most one hint, and returns the line."""
    done = run(*words, **env)
    assert done.returncode in codes, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("pass aws: using AWS endpoint")]
    assert lines[0].startswith("pass aws: error: ")
    assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("pass aws: hint: "))
    return lines[0]


@slow
@given(junk=st.binary(max_size=200))
def test_any_config(junk: bytes, dev: FakeAWS, home: Path) -> None:
    """Any bytes around a valid section give an error line or the right answer."""
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_bytes(junk + b"\n[profile x]\nsource_profile = x\n")
    done = run("env", "x")
    assert done.returncode == 1, done.stderr
    assert "bug" not in done.stderr
    assert run("list").returncode == 0
    assert dev.calls == []


@slow
@given(junk=st.binary(max_size=200))
@example(junk=b"\xc9\x00")
def test_any_entry(junk: bytes, dev: FakeAWS, store: Path, keyring: Path, fingerprint: str) -> None:
    """Any plain text in an entry, or any bytes instead of an encrypted file, give one error line."""
    entry = store / "aws-vault" / "x.gpg"
    entry.unlink(missing_ok=True)
    gpg(keyring, "-r", fingerprint, "-o", str(entry), "-e", stdin=junk)
    refused("env", "x")
    entry.write_bytes(junk)
    refused("env", "x", codes=(1, 2, 4))  # gpg takes some bytes for a message that needs a passphrase
    assert dev.calls == []


@slow
@given(junk=st.binary(min_size=1, max_size=100))
def test_any_session_file(junk: bytes, dev: FakeAWS, home: Path, aws_config_text: None) -> None:
    """Any bytes in the cache are ignored, and the session is made again."""
    assert run("env", "dev").returncode == 0
    for path in home.glob(".cache/pass-aws/**/*.gpg"):
        path.write_bytes(junk)
    dev.clear_calls()
    done = run("env", "dev")
    assert done.returncode == 0, done.stderr
    assert dev.actions() == ["GetSessionToken"]


@pytest.fixture
def aws_config_text(aws_config: Path) -> None:
    aws_config.write_text("[profile dev]\n")


@pytest.mark.parametrize("answer", ["", "12345", "1234567", "abcdef", "\\0\\1\\377", "12 34", "$(id)"])
def test_any_code(answer: str, dev: FakeAWS, aws_config: Path) -> None:
    """A text that is not a code is not sent to AWS."""
    aws_config.write_text(
        f"[profile dev]\nmfa_serial = arn:aws:iam::111111111111:mfa/a\nmfa_process = printf '{answer}'\n"
    )
    assert "mfa_process" in refused("env", "dev")
    assert dev.calls == []


def test_a_config_file_of_ten_megabytes(dev: FakeAWS, aws_config: Path) -> None:
    """A config file of 10 MB is read, and its one invalid section is named."""
    filler = "".join(f"[profile p{n}]\nregion = us-east-1\n# {'x' * 60}\n" for n in range(110_000))
    aws_config.write_text(f"{filler}[profile x]\nsource_profile = gone\n{ROLE}")
    assert os.path.getsize(aws_config) > 10_000_000
    assert "gone" in refused("env", "x")
    assert dev.calls == []


def test_a_chain_of_a_hundred_profiles(dev: FakeAWS, aws_config: Path) -> None:
    """A chain of a hundred profiles gives the credentials of the role at its end."""
    alice = next(iter(dev.world.users.values()))
    role = dev.role("r", trust=[alice.arn])
    hops = "".join(f"[profile a{n}]\nsource_profile = a{n - 1}\n" for n in range(1, 100))
    aws_config.write_text(f"[profile a0]\nsource_profile = dev\n{hops}[profile dev]\n")
    assert run("env", "a99").returncode == 0
    aws_config.write_text(
        f"{aws_config.read_text()}[profile z]\nsource_profile = a99\nrole_arn = {role.arn}\n"
    )
    done = run("env", "z")
    assert done.returncode == 0, done.stderr
    assert dev.actions() == ["GetSessionToken", "AssumeRole"]


@pytest.mark.parametrize(
    ("lines", "target", "loop"),
    [
        (
            (
                "[profile a]\ncredential_process = sh -c '{us} credential-process b'\n"
                "[profile b]\ncredential_process = sh -c '{us} credential-process a'\n"
            ),
            "b",
            "credential_process of profile b → credential_process of profile a → credential_process of profile b",
        ),
        (
            (
                "[profile a]\ncredential_process = sh -c '{us} credential-process r'\n"
                f"[profile r]\nsource_profile = a\n{ROLE}"
            ),
            "r",
            "credential_process of profile a → credential_process of profile a",
        ),
        (
            f"[profile w]\n{ROLE}web_identity_token_process = {{us}} env w --format json\n",
            "w",
            "web_identity_token_process of profile w → web_identity_token_process of profile w",
        ),
        (
            "[profile dev]\nmfa_serial = arn:aws:iam::111111111111:mfa/a\nmfa_process = {us} exec dev -- true\n",
            "dev",
            "mfa_process of profile dev → mfa_process of profile dev",
        ),
    ],
)
def test_a_loop_of_credential_processes(
    lines: str, target: str, loop: str, dev: FakeAWS, aws_config: Path
) -> None:
    """A loop of credential processes is shown in full; they do not wait for each other's locks."""
    aws_config.write_text(lines.replace("{us}", f"exec {sys.executable} -I -S {MAIN}"))
    done = run("env", target)
    assert done.returncode == 1
    assert f"calls itself: {loop}\n" in done.stderr
    assert dev.calls == []


def test_a_loop_of_a_hundred_profiles(dev: FakeAWS, aws_config: Path) -> None:
    """A long loop is shown in full."""
    aws_config.write_text("".join(f"[profile a{n}]\nsource_profile = a{(n + 1) % 100}\n" for n in range(100)))
    line = refused("env", "a0")
    assert "a0 → a1 → " in line
    assert line.endswith("a99 → a0")
    assert dev.calls == []


def test_a_very_long_name(dev: FakeAWS, aws_config: Path) -> None:
    """A name of ten thousand characters is refused with a short message."""
    name = "n" * 10_000
    aws_config.write_text(f"[profile {name}]\nsource_profile = gone\n{ROLE}")
    for word in (name, "x" * 10_000):
        assert len(refused("env", word)) < 11_000
    assert run("remove", "-f", name).returncode == 1
    assert dev.calls == []


@pytest.mark.parametrize(
    "path", ["/dev/zero", "/dev/null", "/", "/proc/nonexistent", "{folder}/deep", "{folder}/bytes"]
)
def test_any_policy_file(path: str, dev: FakeAWS, aws_config: Path, tmp_path: Path) -> None:
    """A text that is not a policy is refused, however long; an endless file is not read to its end."""
    aws_config.write_text(f"[profile r]\nsource_profile = dev\n{ROLE}")
    (tmp_path / "deep").write_text("[" * 500_000)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe{}")
    line = refused("env", "r", "--policy-file", path.format(folder=tmp_path))
    assert "policy" in line
    assert dev.calls == []


@pytest.mark.parametrize("option", ["--role-arn", "--policy-arn", "--policy-file"])
@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_an_empty_session_policy_is_refused(option: str, value: str, dev: FakeAWS, aws_config: Path) -> None:
    """An option with an unset variable as its value must not give the command more permissions."""
    aws_config.write_text(f"[profile r]\nsource_profile = dev\n{ROLE}")
    refused("env", "r", option, value)
    refused("env", "r", "--read-only", option, value)
    assert dev.calls == []


@pytest.mark.parametrize(
    "name", ["\x1b[31mred", "a\nb", "$(touch pwned)", "`id`", "-x", "'", '"', "é", "a b", "\udcff"]
)
def test_hostile_names(name: str, dev: FakeAWS, tmp_path: Path) -> None:
    """An unknown name is refused in one line, and nothing in it is run."""
    os.chdir(tmp_path)
    done = run("exec", *(["--"] if name.startswith("-") else []), name, "--", "true")
    assert done.returncode in (1, 2)
    assert "\x1b" not in done.stderr
    assert not (tmp_path / "pwned").exists()
    assert dev.calls == []


@pytest.mark.parametrize(
    "answer", [b"", b"<x/>", b"{}", b"\x00" * 1000, b"<GetSessionTokenResponse></GetSessionTokenResponse>"]
)
def test_any_invalid_answer_of_aws(answer: bytes, dev: FakeAWS, aws_config: Path) -> None:
    """The error says that the answer is not valid."""
    from fakeaws import faults

    aws_config.write_text("[profile dev]\n")
    dev.fault("GetSessionToken", faults.garbage(answer), times=9)
    assert "GetSessionToken" in refused("env", "dev")
