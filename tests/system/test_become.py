"""The command runs as if the caller's own shell had started it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import TOP

from pass_aws.errors import NOT_EXECUTABLE, NOT_FOUND, UserError
from pass_aws.system import become

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BECOME = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pass_aws.system import become
from pass_aws.errors import UserError
command, env, umask, forbid = json.loads(sys.argv[2])
if forbid:
    become.forbid_core_dump()
try:
    become.process(command, env, umask)
except UserError as error:
    print(error, error.hint)
    sys.exit(error.code)
"""


def run_child(
    *command: str,
    env: Mapping[str, str] | None = None,
    umask: int | None = None,
    forbid: bool = True,
    core: int = 0,
) -> subprocess.CompletedProcess[str]:
    """Makes a Python process become the command, and returns the result."""
    import json

    argv = [sys.executable, "-I", "-c", BECOME, str(TOP)]
    limits = (core, resource.getrlimit(resource.RLIMIT_CORE)[1])
    return subprocess.run(
        [
            *argv,
            json.dumps([command, {"PATH": os.environ["PATH"]} if env is None else dict(env), umask, forbid]),
        ],
        capture_output=True,
        check=False,
        text=True,
        env={},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, limits),
    )


def script(folder: Path, name: str, text: str, mode: int = 0o755) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_status_of_the_command() -> None:
    """The exit status is the command's, also if a signal ends it."""
    assert run_child("sh", "-c", "exit 7").returncode == 7
    assert run_child("sh", "-c", "kill -9 $$").returncode == -9


def test_arguments_are_passed_on_unchanged() -> None:
    """Empty arguments, spaces, quotes and newlines are passed on unchanged."""
    words = ["", "a b", "'\"", "x\ny", "--", "-c", "$HOME", "*"]
    assert run_child("printf", "%s|", *words).stdout == "".join(f"{word}|" for word in words)


def test_the_environment_is_the_given_one() -> None:
    """The command's environment is the given one, and we add nothing."""
    assert run_child("/usr/bin/env", env={"ONLY": "this"}).stdout == "ONLY=this\n"


def test_the_name_is_kept_as_typed() -> None:
    """argv[0] is the word, not the path that was found: busybox and login shells use it."""
    assert run_child("sh", "-c", "tr '\\0' '|' </proc/$$/cmdline | cut -d'|' -f1").stdout == "sh\n"


def test_signals_that_python_ignores_are_restored() -> None:
    """`yes | head -1` in the command must end by SIGPIPE, not with an error message."""
    ignored = run_child("sed", "-n", "s/^SigIgn:\t//p", "/proc/self/status").stdout
    bits = int(ignored, 16)
    assert not bits & (1 << (signal.SIGPIPE - 1))
    assert not bits & (1 << (signal.SIGXFSZ - 1))


@pytest.mark.parametrize("core", [0, 4096])
def test_the_core_limit_is_restored(core: int) -> None:
    """We forbid core dumps only of our own memory."""
    assert run_child("sh", "-c", "ulimit -Sc", core=core).stdout == f"{core // 512}\n"


def test_core_dumps_are_forbidden_for_ourselves() -> None:
    """Core dumps are forbidden while we hold secrets."""
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]); from pass_aws.system import become;"
        "become.forbid_core_dump(); print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    argv = ["sh", "-c", 'ulimit -Sc 8; exec "$@"', "sh", sys.executable, "-c", code, str(TOP)]
    assert subprocess.run(argv, capture_output=True, check=True, text=True).stdout == "0\n"


@pytest.mark.parametrize(("umask", "shown"), [(0o027, "0027"), (0, "0000")])
def test_the_umask_of_the_caller(umask: int, shown: str) -> None:
    """The umask of pass does not affect the command's files."""
    assert run_child("sh", "-c", "umask", umask=umask).stdout == f"{shown}\n"


def test_without_a_umask_the_current_one_is_kept() -> None:
    """If the caller's umask is not known, the command gets ours."""
    before = os.umask(0o013)
    try:
        assert run_child("sh", "-c", "umask").stdout == "0013\n"
    finally:
        os.umask(before)


def test_a_script_without_first_line_is_run_by_sh(tmp_path: Path) -> None:
    """A script without `#!` is run by /bin/sh with its name and arguments, as in a shell."""
    path = script(tmp_path, "plain", 'echo "$0|$1|$#"; test -z "$BASH_VERSION"; exit 5\n')
    done = run_child(str(path), "a b", "c")
    assert (done.stdout, done.returncode) == (f"{path}|a b|2\n", 5)


def test_an_empty_script_succeeds(tmp_path: Path) -> None:
    """An empty executable file does nothing, successfully."""
    assert run_child(str(script(tmp_path, "empty", ""))).returncode == 0


def test_a_script_by_its_name_on_path(tmp_path: Path) -> None:
    """The script gets the path under which it was found."""
    path = script(tmp_path, "plain", 'echo "$0"\n')
    assert run_child("plain", env={"PATH": f"/proc/nonexistent:{tmp_path}"}).stdout == f"{path}\n"


@pytest.mark.parametrize("name", ["", "no-such-command", "/no/such/file", "./no-such-file"])
def test_not_found(name: str) -> None:
    """A missing command exits with 127, and the error has its name."""
    done = run_child(name)
    assert done.returncode == NOT_FOUND
    assert name in done.stdout


def test_the_command_is_looked_up_on_its_own_path(tmp_path: Path) -> None:
    """The command is looked up on its own PATH, not on ours; without one, on the system's."""
    assert run_child("sh", "-c", "exit 0", env={"PATH": str(tmp_path)}).returncode == NOT_FOUND
    assert run_child("sh", "-c", "exit 0", env={}).returncode == 0


def test_an_empty_path_element_is_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a shell, an empty element of PATH is the current directory."""
    script(tmp_path, "here", "#!/bin/sh\nexit 6\n")
    monkeypatch.chdir(tmp_path)
    assert run_child("here", env={"PATH": "/proc/nonexistent:"}).returncode == 6


def test_files_that_cannot_be_executed(tmp_path: Path) -> None:
    """126 for a file without the bit, a directory, a program for another machine, a missing interpreter."""
    for path in (
        script(tmp_path, "bit", "#!/bin/sh\n", 0o644),
        tmp_path,
        script(tmp_path, "garbage", "\x7fELF\0\1\2garbage"),
        script(tmp_path, "interpreter", "#!/no/such/interpreter\n"),
    ):
        done = run_child(str(path))
        assert done.returncode == NOT_EXECUTABLE, path
        assert str(path) in done.stdout


def test_a_later_directory_on_path(tmp_path: Path) -> None:
    """A file without the bit, or a directory of that name, is skipped; alone it is 126, a directory 127."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b" / "tool").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    script(tmp_path / "a", "tool", "exit 1\n", 0o644)
    found = script(tmp_path / "c", "tool", "exit 8\n")
    everywhere = ":".join(str(tmp_path / name) for name in "abc")
    assert become.find("tool", {"PATH": everywhere}) == str(found)
    for folder, code in (("a", NOT_EXECUTABLE), ("b", NOT_FOUND)):
        with pytest.raises(UserError) as caught:
            become.find("tool", {"PATH": str(tmp_path / folder)})
        assert caught.value.code == code
