"""The AWS files are found where botocore finds them, are not changed by reading, and keep their bytes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import botocore.session
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pass_aws.config import writing
from pass_aws.config.files import AwsFiles
from pass_aws.errors import UserError
from pass_aws.system import file_lock, user_dirs

if TYPE_CHECKING:
    from pathlib import Path

ADD = (
    "import os, sys\n"
    "from pass_aws.config.files import AwsFiles\n"
    "print('ready', flush=True)\n"
    "sys.stdin.readline()\n"
    "AwsFiles(os.environ).add_profile(sys.argv[1], {'region': 'eu-west-1'})\n"
)


def here(**more: str) -> AwsFiles:
    return AwsFiles({**os.environ, **more})


def test_missing_files_are_empty_and_not_created(home: Path) -> None:
    """Reading creates neither file nor directory, unlike in aws-vault."""
    found = here()
    assert found.config().names == ()
    assert found.credentials().names == ()
    assert found.mtimes_ns() == (0, 0)
    assert list(home.iterdir()) == []


def test_reading_changes_nothing(aws_config: Path) -> None:
    """Reading changes no content, time, mode or directory, also for a read-only file."""
    aws_config.write_text("[profile x]\nword\n")
    aws_config.chmod(0o400)
    os.utime(aws_config, ns=(1, 1))
    before = aws_config.stat(), sorted(aws_config.parent.iterdir())
    here().config().problems()
    after = aws_config.stat(), sorted(aws_config.parent.iterdir())
    assert (before[0].st_mtime_ns, before[0].st_mode, before[1]) == (
        after[0].st_mtime_ns,
        after[0].st_mode,
        after[1],
    )


PATHS = (
    "/abs/config",
    "~/mine",
    "$HOME/mine",
    "${HOME}/mine",
    "$UNSET/mine",
    "~root/x",
    "~nobody-here/x",
    "rel/$X",
)


@pytest.mark.parametrize("path", PATHS)
def test_botocore_uses_the_same_paths(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` and `$VAR` in the two variables mean the same as in botocore; both have the same default."""
    monkeypatch.setenv("X", "a b")
    assert here().config_path == os.path.expanduser("~/.aws/config")
    assert here().credentials_path == os.path.expanduser("~/.aws/credentials")
    assert here(AWS_CONFIG_FILE="").config_path == here().config_path
    expected = os.path.expanduser(os.path.expandvars(path))
    assert here(AWS_CONFIG_FILE=path).config_path == expected
    assert here(AWS_SHARED_CREDENTIALS_FILE=path).credentials_path == expected


def test_botocore_reads_the_same_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore and we find a file that is named with a tilde and a variable."""
    (home / "aws of mine").write_text("[profile x]\nregion = eu-west-1\n")
    monkeypatch.setenv("PART", "of mine")
    monkeypatch.setenv("AWS_CONFIG_FILE", "~/aws $PART")
    assert here().config().names == ("x",)
    assert botocore.session.Session().available_profiles == ["x"]


def test_without_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without HOME, the user database names the home directory."""
    monkeypatch.delenv("HOME")
    assert here().config_path == os.path.expanduser("~/.aws/config")


@pytest.mark.parametrize("kind", ["/dev/null", "fifo", "below a file"])
def test_a_special_file_is_empty(kind: str, tmp_path: Path) -> None:
    """A FIFO does not block, and `/dev/null` means no file."""
    path = tmp_path / "thing"
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.write_text("[profile x]\n")
        path = path / "config"
    found = here(AWS_CONFIG_FILE=kind if kind.startswith("/") else str(path))
    assert found.config().names == ()
    assert found.mtimes_ns() == (0, 0)


def test_an_unreadable_file_is_an_error(aws_config: Path) -> None:
    """A file that exists but cannot be read is an error, not an empty file."""
    with pytest.raises(UserError, match="Is a directory"):
        here(AWS_CONFIG_FILE=str(aws_config.parent)).config()
    aws_config.symlink_to(aws_config)
    with pytest.raises(UserError, match=r"cannot read .*/config: Too many levels of symbolic links"):
        here().config()


def test_messages_show_no_control_characters(home: Path) -> None:
    """A path from the environment is escaped before it is shown on a terminal."""
    path = home / "a\x1b[31m\nb"
    path.write_text("[profile x]\nword\n")
    with pytest.raises(UserError) as caught:
        here(AWS_CONFIG_FILE=str(path)).config().profile("x")
    assert f"{caught.value}{caught.value.hint}".isprintable()


def test_undecodable_bytes_are_read(aws_config: Path) -> None:
    """A byte that is not UTF-8 does not hide any profile."""
    aws_config.write_bytes(b"\xef\xbb\xbf[profile x]\r\nregion = r\r\n[profile l\xe4tin]\r\n")
    assert here().config().names == ("x", os.fsdecode(b"l\xe4tin"))


def test_modification_times_are_taken_before_reading(aws_config: Path) -> None:
    """A later edit does not change the times, so that a ticket made from the old content is not valid."""
    aws_config.write_text("[profile x]\n")
    credentials = aws_config.with_name("credentials")
    credentials.write_text("")
    os.utime(aws_config, ns=(5, 5_000_000_001))
    os.utime(credentials, ns=(7, 7_000_000_001))
    found = here()
    assert found.mtimes_ns() == (5_000_000_001, 7_000_000_001)
    os.utime(aws_config, ns=(9, 9_000_000_001))
    assert found.mtimes_ns() == (5_000_000_001, 7_000_000_001)
    assert here().mtimes_ns() == (9_000_000_001, 7_000_000_001)


def test_a_missing_file_has_no_modification_time(aws_config: Path) -> None:
    """The time of a missing file is 0."""
    credentials = aws_config.with_name("credentials")
    credentials.write_text("[x]\n")
    os.utime(credentials, ns=(7, 7_000_000_001))
    assert here().mtimes_ns() == (0, 7_000_000_001)


def test_the_first_profile_creates_the_file(home: Path) -> None:
    """Directory and file are private, whatever the umask is."""
    old = os.umask(0)
    try:
        here().add_profile("x", {"region": "eu-west-1"})
    finally:
        os.umask(old)
    config = home / ".aws" / "config"
    assert config.read_text() == "[profile x]\nregion = eu-west-1\n"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700
    assert os.listdir(config.parent) == ["config"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o660])
def test_appending_keeps_mode_and_bytes(aws_config: Path, mode: int) -> None:
    """The mode and every byte of the old content are kept, and botocore reads the addition."""
    content = "# ä\n[default]\nregion = a ; mine".encode()
    aws_config.write_bytes(content)
    aws_config.chmod(mode)
    found = here()
    assert found.config().names == ("default",)
    found.add_profile("a b", {"region": "eu-west-1"})
    assert aws_config.read_bytes() == content + b"\n\n[profile 'a b']\nregion = eu-west-1\n"
    assert stat.S_IMODE(aws_config.stat().st_mode) == mode
    assert found.config().names == ("default", "a b")


def test_a_symlinked_config_stays_a_symlink(aws_config: Path, tmp_path: Path) -> None:
    """A config file that is a symlink to dotfiles stays one, even if its target is missing."""
    target = tmp_path / "dotfiles" / "aws"
    aws_config.symlink_to(target)
    for name in ("x", "y"):
        here().add_profile(name, {})
        assert aws_config.is_symlink()
    assert target.read_text() == "[profile x]\n\n[profile y]\n"


def test_refusals_change_nothing(aws_config: Path) -> None:
    """If the profile exists or the directory is not writable, the file is unchanged."""
    aws_config.write_text("[profile x]\n")
    with pytest.raises(UserError, match="profile x is already"):
        here().add_profile("x", {})
    with pytest.raises(UserError, match="cannot write /proc/aws/config"):
        here(AWS_CONFIG_FILE="/proc/aws/config").add_profile("y", {})
    assert aws_config.read_text() == "[profile x]\n"
    assert os.listdir(aws_config.parent) == ["config"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_read_only_file_is_respected(aws_config: Path) -> None:
    """A file that its owner made read-only is not replaced."""
    aws_config.write_text("[default]\n")
    aws_config.chmod(0o400)
    with pytest.raises(UserError, match="Permission denied"):
        here().add_profile("x", {})
    assert aws_config.read_text() == "[default]\n"


def test_full_disk_leaves_the_old_file(aws_config: Path) -> None:
    """If the new text cannot be written, the old file is unchanged and nothing is left next to it."""
    aws_config.write_text("[default]\n")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (15, 15))\n"
    done = subprocess.run(
        [sys.executable, "-c", limit + ADD, "x"], input="\n", capture_output=True, text=True, check=False
    )
    assert f"UserError: cannot write {aws_config}: File too large" in done.stderr
    assert aws_config.read_text() == "[default]\n"
    assert os.listdir(aws_config.parent) == ["config"]


def test_parallel_writers_lose_no_profile(aws_config: Path) -> None:
    """Eight processes add a profile at the same moment; all eight profiles exist afterwards."""
    names = [f"p{number}" for number in range(8)]
    adders = [
        subprocess.Popen(
            [sys.executable, "-c", ADD, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in names
    ]
    for adder in adders:
        assert adder.stdout
        assert adder.stdout.readline() == "ready\n"
    for adder in adders:
        assert adder.stdin
        adder.stdin.write("\n")
        adder.stdin.flush()
    for adder in adders:
        adder.communicate(timeout=60)
        assert adder.returncode == 0
    assert sorted(here().config().names) == names
    assert os.listdir(aws_config.parent) == ["config"]


def test_a_stopped_writer_does_not_block_others(aws_config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that holds the lock and does not release it is named after a while."""
    monkeypatch.setattr(writing, "PATIENCE", 0.0)  # instead of ten seconds
    lock = file_lock.path(user_dirs.state_folder(os.environ), os.path.realpath(aws_config))
    fd = file_lock.take(lock, lambda file: fcntl.flock(file, fcntl.LOCK_EX))
    try:
        with pytest.raises(UserError, match="another pass aws has been changing"):
            here().add_profile("x", {})
    finally:
        os.close(fd)
    here().add_profile("x", {})


def test_another_user_cannot_hold_our_lock(aws_config: Path) -> None:
    """Another user can lock a directory that is readable, so the lock is not on the directory."""
    fd = os.open(aws_config.parent, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    here().add_profile("x", {})
    assert aws_config.read_text() == "[profile x]\n"
    os.close(fd)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(), st.text())
def test_any_file_keeps_its_bytes(aws_config: Path, content: bytes, name: str) -> None:
    """Whatever bytes a file has, they are the beginning of the new file, or the file is unchanged."""
    aws_config.write_bytes(content)
    with contextlib.suppress(UserError):
        here().add_profile(name, {"region": "eu-west-1"})
        content.decode()
        assert here().config().names[-1] == name
    assert aws_config.read_bytes().startswith(content)
