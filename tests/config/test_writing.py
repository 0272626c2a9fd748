"""Writing the config file keeps its owner and all other content. A file that is not text is not written."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, TOP, run

from pass_aws.config.files import AwsFiles
from pass_aws.errors import UserError
from pass_aws.system import atomic_files

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 65534
GIVEN = "AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
ADD = ("add", "dev", "--stdin", "--no-verify", "--region", "eu-west-1")


def here(**more: str) -> AwsFiles:
    return AwsFiles({**os.environ, **more})


BY_ROOT = [pytest.param(kind, marks=pytest.mark.root) for kind in ("device", "link to a device")]


@pytest.mark.parametrize("kind", ["fifo", "link to a fifo", *BY_ROOT])
def test_a_special_file_is_not_replaced(kind: str, store: Path, tmp_path: Path) -> None:
    """The key is stored, and a note reports that the config file was not written.

    As root, /dev/null would become a regular file for all users.
    """
    path = tmp_path / "thing"
    if "fifo" in kind:
        os.mkfifo(path)
    else:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    named = tmp_path / "named" if "link" in kind else path
    if named != path:
        named.symlink_to(path)
    before = path.stat()
    done = run(*ADD, AWS_CONFIG_FILE=str(named), stdin=GIVEN)
    assert done.returncode == 0, done.stderr
    assert f"the profile was not added: {named} is not a regular file" in done.stderr
    assert (store / "aws-vault" / "dev.gpg").is_file()
    assert (path.stat().st_mode, path.stat().st_ino) == (before.st_mode, before.st_ino)
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".pass-aws")) == []


@pytest.mark.parametrize("write", [atomic_files.write])
def test_the_atomic_write_refuses_special_files(write: object, tmp_path: Path) -> None:
    """The atomic write, which all commands use, replaces only a regular file or a symlink to one."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    for name in ("fifo", "folder"):
        with pytest.raises(OSError, match=r"Not a regular file|Is a directory"):
            atomic_files.write(str(tmp_path / name), b"x")
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["fifo", "folder", "home"]


@pytest.mark.parametrize("path", ["/dev/zero", "fifo", "endless"])
def test_reading_a_special_file_ends(path: str, store: Path, tmp_path: Path) -> None:
    """Neither a FIFO without a writer nor an endless file blocks a command or fills the memory."""
    if path == "fifo":
        os.mkfifo(tmp_path / path)
    elif path == "endless":
        with (tmp_path / path).open("wb") as file:
            file.truncate(1 << 40)
    named = path if path.startswith("/") else str(tmp_path / path)
    limited = "import resource, sys, os; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
    limited += "os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", limited, sys.executable, "-I", "-S", str(MAIN), "list"],
        env={**os.environ, "AWS_CONFIG_FILE": named}, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert done.returncode == (1 if path == "endless" else 0), done.stderr
    assert "bug" not in done.stderr
    if path == "endless":
        assert "File too large" in done.stderr


@pytest.fixture
def home_of_another_user(tmp_path: Path) -> Path:
    """The home of another user, to which root adds a profile."""
    tmp_path.chmod(0o755)
    home = tmp_path / "theirs"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    return home


@pytest.mark.root
def test_root_gives_its_files_to_the_owner_of_the_home(home_of_another_user: Path) -> None:
    """`sudo pass aws add` leaves no directory or file, new or changed, that the user cannot change."""
    config = home_of_another_user / ".aws" / "config"
    for name in ("a", "b"):
        here(
            HOME=str(home_of_another_user), XDG_STATE_HOME=str(home_of_another_user.parent / "state")
        ).add_profile(name, {})
        for path in (config, config.parent):
            assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, NOBODY)
    assert config.read_text() == "[profile a]\n\n[profile b]\n"


@pytest.mark.root
def test_root_changes_owners_only_through_open_files(home_of_another_user: Path) -> None:
    """The user could create a symlink between a rename and a chown by path."""
    config = home_of_another_user / ".aws" / "config"
    config.parent.mkdir()
    config.write_text("[default]\n")
    for path in (config.parent, config):
        os.chown(path, NOBODY, NOBODY)
    log = home_of_another_user.parent / "log"
    code = "import os; from pass_aws.config.files import AwsFiles; AwsFiles(os.environ).add_profile('x', {})"
    subprocess.run(
        ["strace", "-f", "-o", str(log), "-e", "trace=chown,lchown,fchownat,fchown,rename,renameat,renameat2",
         sys.executable, "-c", code],
        env={**os.environ, "HOME": str(home_of_another_user), "XDG_STATE_HOME": str(home_of_another_user.parent / "state")},
        check=True,
    )  # fmt: skip
    calls = re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE)
    assert "fchown" in calls
    assert not {"chown", "lchown", "fchownat"} & set(calls)
    assert calls.index("fchown") < next(at for at, name in enumerate(calls) if name.startswith("rename"))
    assert config.stat().st_uid == NOBODY


@pytest.mark.root
@pytest.mark.parametrize("link", [".aws", "config", "file"])
def test_root_follows_no_symlink_out_of_a_home(home_of_another_user: Path, link: str) -> None:
    """A symlink in a user's home does not make root write into one of its own directories."""
    other = home_of_another_user.parent / "etc"
    other.mkdir()
    (other / "there").write_text("[default]\n")
    aws = home_of_another_user / ".aws"
    if link == ".aws":
        aws.symlink_to(other)
    else:
        aws.mkdir()
        (aws / "config").symlink_to(other / ("config" if link == "config" else "there"))
        os.chown(aws, NOBODY, NOBODY)
    made = aws if link == ".aws" else aws / "config"
    os.chown(made, NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(UserError, match="belongs to another user"):
        here(
            HOME=str(home_of_another_user), XDG_STATE_HOME=str(home_of_another_user.parent / "state")
        ).add_profile("x", {})
    assert os.listdir(other) == ["there"]
    assert (other / "there").read_text() == "[default]\n"


@pytest.mark.parametrize("config", ["config", "deep/er/config"])
def test_a_symlink_created_after_the_check_is_not_followed(
    config: str, aws_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the path was resolved, a directory in it becomes a symlink: nothing is written to its target."""
    other = tmp_path / "other"
    (other / "deep" / "er").mkdir(parents=True)
    resolved = os.path.realpath

    def swapped(path: str) -> str:
        found = resolved(path)
        shutil.rmtree(aws_config.parent)
        aws_config.parent.symlink_to(other)
        return found

    monkeypatch.setattr(os.path, "realpath", swapped)  # another process would rarely hit this moment
    with pytest.raises(UserError, match="cannot write"):
        here(AWS_CONFIG_FILE=str(aws_config.parent / config)).add_profile("x", {})
    assert [path for path in other.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "content",
    [
        "[profile a]\nregion = x\n".encode("utf-16"),
        b"\0GITCRYPT\0\x12\x34\xff\xfe\x00",
        "# für mich\n[profile a]\n".encode("latin-1"),
    ],
    ids=["UTF-16", "git-crypt", "Latin-1"],
)
def test_a_file_in_another_encoding_is_not_changed(content: bytes, aws_config: Path, store: Path) -> None:
    """The write is refused before the prompt for the key, and the hint names --no-config."""
    aws_config.write_bytes(content)
    done = run(*ADD, stdin=GIVEN)
    assert done.returncode == 1
    assert "is not UTF-8 text" in done.stderr
    assert not (store / "aws-vault").exists()
    hint = done.stderr.splitlines()[-1]
    assert "--no-config" in hint
    assert run(*ADD, "--no-config", stdin=GIVEN).returncode == 0
    assert aws_config.read_bytes() == content
    assert (store / "aws-vault" / "dev.gpg").is_file()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_utf_16_file_is_an_error(encoding: str, aws_config: Path, store: Path) -> None:
    """Every command that needs the file reports it, and how to convert it to UTF-8."""
    aws_config.write_bytes("[profile a]\nregion = x\n".encode(encoding))
    assert store.is_dir()
    for words in (("exec", "a", "--", "true"), ("list",), ("explain", "a")):
        done = run(*words)
        assert done.returncode == 1, words
        assert f"{aws_config} is not UTF-8 text" in done.stderr
        assert "UTF-8" in done.stderr.splitlines()[-1]


def test_a_config_that_cannot_be_written(
    store: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is stored nevertheless; the error names the lines to add."""
    target = aws_config.parent / "file" / "config"
    (aws_config.parent / "file").write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(target))
    done = run(*ADD, stdin=GIVEN)
    assert done.returncode == 1
    error, hint = done.stderr.splitlines()[-2:]
    assert "the key is stored, but the profile was not added" in error
    assert "[profile dev]; region = eu-west-1" in hint
    assert (store / "aws-vault" / "dev.gpg").is_file()


def test_a_write_lists_no_directory(tmp_path: Path) -> None:
    """The time of a write does not grow with the number of files; temporary files are found by name."""
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pass_aws.system import atomic_files; seen = []\n"
        "sys.addaudithook(lambda event, _: seen.append(event))\n"
        "atomic_files.write(sys.argv[2] + '/new', b'x')\n"
        "print('open' in seen, [event for event in seen if event in ('os.listdir', 'os.scandir')])"
    )
    argv = [sys.executable, "-c", script, str(TOP), str(tmp_path)]
    assert subprocess.check_output(argv, text=True) == "True []\n"


def test_a_sweep_keeps_a_new_file_of_the_same_name(tmp_path: Path) -> None:
    """A sweep removes only the file that it has locked, although the name may meanwhile be in use again."""
    script = """if True:
        import os, sys
        sys.path.insert(0, sys.argv[1]); os.chdir(sys.argv[2])
        from pass_aws.system import atomic_files
        def begin(text):
            with open(".pass-aws-0.tmp", "w") as file:
                file.write(text)
        def meanwhile(event, _):
            if event == "fcntl.flock" and not os.path.exists("done"):
                os.rename(".pass-aws-0.tmp", "done")
                begin("next")
        begin("first")
        sys.addaudithook(meanwhile)
        atomic_files._sweep(os.open(".", os.O_RDONLY))
        print(open("done").read(), open(".pass-aws-0.tmp").read())
    """
    assert subprocess.check_output([sys.executable, "-c", script, str(TOP), str(tmp_path)]) == b"first next\n"


def test_files_of_a_killed_run_are_removed(aws_config: Path) -> None:
    """The next write removes the temporary file of a killed run, and keeps that of a live one."""
    left, far = (aws_config.with_name(f".pass-aws-{number}.tmp") for number in (0, 15))
    for path in (left, far):
        path.write_text("half")
    folder = os.open(aws_config.parent, os.O_RDONLY)
    name, file = atomic_files._temporary(folder)
    here().add_profile("x", {})
    assert sorted(os.listdir(aws_config.parent)) == [name, "config"]
    os.close(file)
    here().add_profile("y", {})
    assert os.listdir(aws_config.parent) == ["config"]
    os.close(folder)
