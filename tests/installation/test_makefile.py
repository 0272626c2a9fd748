"""The Makefile's targets, run in a copy that has only the sources."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import TOP
from packaging.requirements import Requirement

from pass_aws import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.xdist_group("install")  # one worker makes the installation, and all use it

OURS = ("PASSWORD_STORE_", "AWS_", "PASS_AWS_", "_PASS_AWS_", "XDG_", "MAKE", "MFLAGS", "GNUPGHOME", "PYTEST")
MACHINE = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
"""The machine's own settings: pip may need its proxies, certificates and caches."""


class World(NamedTuple):
    """A copy of the sources, and a system into which it is installed.

    Args:
        sources: the files that git would clone.
        system: a PREFIX, and a stock `pass` that looks for extensions below it.
        env: the environment of a shell on that system.
    """

    sources: Path
    system: Path
    env: dict[str, str]

    @property
    def prefix(self) -> Path:
        return self.system / "usr o'local"

    @property
    def extensions(self) -> Path:
        return self.system / "lib" / "password-store" / "extensions"

    def make(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "--no-print-directory", *words],
            cwd=self.sources, env={**self.env, **env}, capture_output=True, text=True, check=False,
        )  # fmt: skip


def paths(root: Path) -> set[str]:
    """Every file and link below a directory."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}


def make_world(folder: Path) -> World:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=TOP, check=True, capture_output=True).stdout
    for name in filter(None, names.split(b"\0")):
        if (TOP / os.fsdecode(name)).is_file():
            target = folder / "sources" / os.fsdecode(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / os.fsdecode(name), target)
    programs = folder / "system" / "bin"
    programs.mkdir(parents=True)
    world = World(folder / "sources", folder / "system", {})
    stock = Path(shutil.which("pass") or "pass").read_text()
    (programs / "pass").write_text(stock.replace("/usr/lib/password-store/extensions", str(world.extensions)))
    (programs / "pass").chmod(0o755)
    env = {**MACHINE, "PATH": f"{programs}:{world.prefix}/bin:{MACHINE['PATH']}", "PYTHON": sys.executable}
    return world._replace(env=env)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The sources, copied; `make install` has run once."""
    folder = Path(tempfile.mkdtemp(prefix="pa-make-", dir="/tmp"))
    try:
        made = make_world(folder)
        (folder / "before").write_text("\n".join(sorted(paths(folder))))
        old = os.umask(0o077)
        done = made.make("install", f"PREFIX={made.prefix}")
        os.umask(old)
        assert done.returncode == 0, done.stderr
        assert "`pass aws version` answers" in done.stdout
        yield made
    finally:
        shutil.rmtree(folder)


def before(world: World) -> set[str]:
    return {*(world.system.parent / "before").read_text().splitlines(), "before"}


def answer(world: World, *argv: str) -> str:
    done = subprocess.run(argv, env=world.env, capture_output=True, text=True, check=True)
    return done.stdout


def test_pass_aws_works_after_make_install(world: World) -> None:
    """Both names start the installed program, which is where the installed pass looks."""
    assert answer(world, "pass", "aws", "version") == answer(world, "pass-aws", "version")
    assert VERSION in answer(world, "pass-aws", "version")
    assert (world.extensions / "aws.bash").stat().st_mode & 0o777 == 0o755


def test_the_program_runs_isolated(world: World, tmp_path: Path) -> None:
    """Neither the current directory nor a PYTHON… variable can add another module."""
    (tmp_path / "pass_aws").mkdir()
    (tmp_path / "pass_aws" / "__init__.py").write_text("raise SystemExit('hijacked')")
    (tmp_path / "argparse.py").write_text("raise SystemExit('hijacked')")
    env = {**world.env, "PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path), "PYTHONSTARTUP": "x"}
    for argv in (["pass-aws", "help"], ["pass", "aws", "help"]):
        done = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_all_modules_are_compiled(world: World) -> None:
    """Users cannot write there, so they would compile each module again at each start."""
    package = next(world.prefix.glob("lib/pass-aws/lib/python3*/site-packages/pass_aws"))
    sources = {path.relative_to(package) for path in package.rglob("*.py")}
    assert sources == {
        path.parent.parent.relative_to(package) / f"{path.name.split('.')[0]}.py"
        for path in package.rglob("*.pyc")
    }


def test_the_venv_has_no_program_but_python(world: World) -> None:
    """pip and other programs in it would be a second way to change it."""
    names = {
        path.name.rstrip("0123456789.") for path in (world.prefix / "lib" / "pass-aws" / "bin").iterdir()
    }
    assert names == {"python"}


def test_the_checkout_is_not_changed(world: World) -> None:
    """`sudo make install` leaves no build directory owned by root in it."""
    sources = {name for name in before(world) if name.startswith("sources/")}
    assert {f"sources/{name}" for name in paths(world.sources)} == sources


def test_all_users_can_read_the_installation(world: World) -> None:
    """root's umask of 077, usual on many machines, does not make it private."""
    closed = [
        path
        for path in (*world.prefix.rglob("*"), *world.extensions.rglob("*"))
        if not path.is_symlink() and not path.stat().st_mode & (0o005 if path.is_dir() else 0o004)
    ]
    assert closed == []


def test_a_second_install_changes_nothing(world: World) -> None:
    """A second install gives the same files and the same list, and the program works."""
    listed, manifest = paths(world.system), world.prefix / "share" / "pass-aws" / "installed"
    text = manifest.read_text()
    done = world.make("install", f"PREFIX={world.prefix}")
    assert done.returncode == 0, done.stderr
    assert (paths(world.system), manifest.read_text()) == (listed, text)
    assert VERSION in answer(world, "pass", "aws", "version")


def test_a_failed_install_keeps_the_old_one(world: World) -> None:
    """The new one is created next to the old one and replaces it when it is complete."""
    listed = paths(world.system)
    done = world.make("install", f"PREFIX={world.prefix}", PIP_INDEX_URL="http://127.0.0.1:1/simple")
    assert done.returncode != 0
    assert paths(world.system) == listed
    assert VERSION in answer(world, "pass", "aws", "version")


def test_destdir_gives_a_tree_for_packagers(world: World, tmp_path: Path) -> None:
    """Only DESTDIR is written, and no file contains its name. Moved into place, the program works."""
    stage, final = tmp_path / "stage", tmp_path / "final"
    listed = paths(world.system)
    done = world.make("install", f"DESTDIR={stage}", f"PREFIX={final}")
    assert done.returncode == 0, done.stderr
    assert paths(world.system) == listed
    assert not final.exists()
    assert (stage / world.extensions.relative_to("/") / "aws.bash").is_file()
    staged = [path for path in stage.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert [path for path in staged if os.fsencode(stage) in path.read_bytes()] == []
    (stage / final.relative_to("/")).rename(final)
    assert VERSION in answer(world, f"{final}/bin/pass-aws", "version")


def test_make_uninstall_removes_exactly_the_installed_files(world: World) -> None:
    """Every installed file is removed and listed, and no file that existed before."""
    done = world.make("uninstall", f"PREFIX={world.prefix}")
    assert (done.returncode, done.stderr) == (0, "")
    assert {f"removed {world.prefix}/{name}" for name in ("bin/pass-aws", "lib/pass-aws")} <= {
        *done.stdout.splitlines()
    }
    assert f"removed {world.extensions}/aws.bash" in done.stdout.splitlines()
    assert paths(world.system.parent) == before(world)
    assert not world.prefix.exists(), "it was made for it"


# scripts/need, which `make demo` and `make test` run first.

APT = """#!/bin/sh
echo "$*" >>"$LOG"
[ "$1" != install ] || for word; do [ "$word" != zsh ] || /bin/ln -s /bin/true "$BIN/zsh"; done
"""


SUDO = """#!/bin/sh
echo "sudo $*" >>"$LOG"
[ "$1" != -n ] || shift
exec "$@"
"""


def need(
    folder: Path, *tools: str, apt: str = APT, sudo: str = SUDO, uid: int = 0
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Runs scripts/need in a directory with a hostile module, and with few programs on PATH.

    Args:
        folder: the directory of everything.
        tools: the needed tools.
        apt: the program apt-get.
        sudo: the program sudo; empty for none.
        uid: the user id under which it seems to run.

    Returns:
        Its output, and the arguments of apt-get and sudo.
    """
    programs = folder / "bin"
    programs.mkdir()
    (folder / "scratch").mkdir()
    for name in ("env", "sh", "gpg", "mktemp", "cat", "rm", "sleep"):
        (programs / name).symlink_to(shutil.which(name) or name)
    for name, text in (("apt-get", apt), ("sudo", sudo), ("id", f"#!/bin/sh\necho {uid}\n")):
        if text:
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
    (folder / "ensurepip.py").write_text("raise SystemExit('hijacked')")
    env = {"PATH": str(programs), "PYTHON": sys.executable, "BIN": str(programs), "LOG": f"{folder}/log"}
    done = subprocess.run(
        [TOP / "scripts" / "need", *tools], cwd=folder, env={**env, "TMPDIR": f"{folder}/scratch"},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, process_group=0,
    )  # fmt: skip
    assert list((folder / "scratch").iterdir()) == []
    log = folder / "log"
    return done, log.read_text().splitlines() if log.exists() else []


def test_existing_tools_are_not_installed(tmp_path: Path) -> None:
    """If all tools exist, it is quick and prints nothing."""
    done, told = need(tmp_path, "gpg", "venv")
    assert (done.returncode, done.stdout, done.stderr, told) == (0, "", "", [])


def test_missing_tools_are_named_before_they_are_installed(tmp_path: Path) -> None:
    """The package manager gets only the missing tools."""
    done, told = need(tmp_path, "gpg", "zsh")
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["missing: zsh", "installing with apt-get: zsh (up to 2 minutes)"]
    assert [line.split()[0] for line in told] == ["update", "install"]
    assert told[1].split()[-1] == "zsh"
    assert "gnupg" not in told[1]


def test_a_tool_that_cannot_be_installed_is_an_error(tmp_path: Path) -> None:
    """An installation that failed, or did not bring the tool, is reported."""
    done, _ = need(tmp_path, "fish")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "still missing after the installation: fish",
    )


def test_a_failed_package_manager_is_an_error(tmp_path: Path) -> None:
    """The package manager's messages are shown, and ours say what was needed."""
    done, _ = need(tmp_path, "fish", apt="#!/bin/sh\necho no network\nexit 100\n")
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert done.stderr.splitlines()[-1] == "could not install: fish"


def test_a_wrong_sudo_password_is_asked_for_once(tmp_path: Path) -> None:
    """One sudo does all of it; after it fails, the command for a user with permission is shown."""
    refuses = '#!/bin/sh\necho sudo >>"$LOG"\nexit 1\n'
    done, told = need(tmp_path, "fish", sudo=refuses, uid=1000)
    assert (done.returncode, told) == (1, ["sudo"])
    assert "apt-get install" in done.stderr.splitlines()[-1]


def test_without_sudo_the_command_is_printed(tmp_path: Path) -> None:
    """Root can run it as printed."""
    done, told = need(tmp_path, "zsh", sudo="", uid=1000)
    assert (done.returncode, told) == (1, [])
    line = done.stderr.splitlines()[-1].strip()
    env = {"PATH": f"{tmp_path}/bin", "BIN": f"{tmp_path}/bin", "LOG": f"{tmp_path}/log"}
    subprocess.run(["sh", "-c", line], env=env, check=True)
    assert (tmp_path / "bin" / "zsh").exists()


def test_an_interrupted_install_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C: dash would not run an EXIT trap, and a file in /tmp would remain."""
    done, _ = need(tmp_path, "fish", apt="#!/bin/sh\nkill -INT 0\nsleep 9\n")
    assert done.returncode in (130, -2)


# `make install` as root.


def test_the_lock_file_is_complete() -> None:
    """The lock file has each requirement of the project at an accepted version, and theirs."""
    text = (TOP / "scripts" / "requirements.txt").read_text()
    locked = dict(re.findall(r"^(\S+)==(\S+) --hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE))
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    todo = [
        Requirement(one)
        for one in (*project["project"]["dependencies"], *project["build-system"]["requires"])
    ]
    seen: set[str] = set()
    while todo:
        wanted = todo.pop()
        assert wanted.specifier.contains(locked[wanted.name.lower()]), wanted
        if wanted.name not in seen and wanted.name != "setuptools":
            seen.add(wanted.name)
            more = map(Requirement, metadata.requires(wanted.name) or [])
            todo += [one for one in more if not one.marker or one.marker.evaluate({"extra": ""})]


def test_a_wheel_that_differs_from_the_lock_file_is_refused(world: World, tmp_path: Path) -> None:
    """A package index that serves another file with the same name and version is refused."""
    lock = world.sources / "scripts" / "requirements.txt"
    right = lock.read_text()
    lock.write_text(re.sub(r"(?m)^(six==.*sha256:).{64}$", rf"\g<1>{'0' * 64}", right))
    try:
        done = world.make("install", f"PREFIX={tmp_path}/usr", EXTENSION_DIR=f"{tmp_path}/ext")
    finally:
        lock.write_text(right)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert paths(tmp_path) == set()


def test_a_missing_permission_is_reported_first(world: World, tmp_path: Path) -> None:
    """A user without permission to write there is told first, not after a minute of packages."""
    (tmp_path / "usr").write_text("no folder")
    done = world.make("install", f"PREFIX={tmp_path}/usr", PYTHON="/proc/nonexistent")
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.splitlines()[0].startswith(
        f"cannot write to {tmp_path}/usr/lib: run sudo make install"
    )


@pytest.mark.parametrize("prefix", ["", "usr"])
@pytest.mark.parametrize("target", ["install", "uninstall"])
def test_a_prefix_that_is_not_absolute_is_refused(target: str, prefix: str, world: World) -> None:
    """Nothing is installed into the checkout."""
    done = world.make(target, f"PREFIX={prefix}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("PREFIX must be an absolute path")


def test_a_file_of_another_program_is_reported_first(world: World, tmp_path: Path) -> None:
    """Not after a minute, when the Python environment is made."""
    extensions = tmp_path / "extensions"
    extensions.mkdir()
    (extensions / "aws.bash").write_text("somebody's")
    done = world.make("install", f"PREFIX={tmp_path}/usr", f"EXTENSION_DIR={extensions}")
    assert done.returncode != 0
    assert done.stdout == ""
    assert f"not installed by pass aws: {extensions}/aws.bash" in done.stderr
    assert sorted(path.name for path in (tmp_path / "usr" / "lib").iterdir()) == []


def test_make_help_lists_every_target() -> None:
    """All targets are listed, and nothing else."""
    text = (TOP / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())
    done = subprocess.run(["make", "-s"], cwd=TOP, capture_output=True, text=True, check=True)
    assert {line.split()[0] for line in done.stdout.splitlines()} == phony
