"""What a person runs in a checkout: the Makefile's targets, from a copy of the sources alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import TOP

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
        sources: what git would clone.
        system: a PREFIX, and a stock `pass` that looks for extensions below it.
        env: what a shell on that system has.
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
    """Every file and link below a folder."""
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


def test_pass_aws_answers_after_make_install(world: World) -> None:
    """Both names start the installed program, which lies where the installed pass looks."""
    assert answer(world, "pass", "aws", "version") == answer(world, "pass-aws", "version")
    assert VERSION in answer(world, "pass-aws", "version")
    assert (world.extensions / "aws.bash").stat().st_mode & 0o777 == 0o755


def test_the_program_runs_isolated(world: World, tmp_path: Path) -> None:
    """Neither the current folder nor a PYTHON… variable can slip in a module of its own."""
    (tmp_path / "pass_aws").mkdir()
    (tmp_path / "pass_aws" / "__init__.py").write_text("raise SystemExit('hijacked')")
    (tmp_path / "argparse.py").write_text("raise SystemExit('hijacked')")
    env = {**world.env, "PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path), "PYTHONSTARTUP": "x"}
    for argv in (["pass-aws", "help"], ["pass", "aws", "help"]):
        done = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_everything_is_compiled(world: World) -> None:
    """Users cannot write there, so each of them would compile it again at each start."""
    package = next(world.prefix.glob("lib/pass-aws/lib/python3*/site-packages/pass_aws"))
    sources = {path.relative_to(package) for path in package.rglob("*.py")}
    assert sources == {
        path.parent.parent.relative_to(package) / f"{path.name.split('.')[0]}.py"
        for path in package.rglob("*.pyc")
    }


def test_the_venv_has_nothing_to_run_but_python(world: World) -> None:
    """Pip and other programs in it would be a second way to change it."""
    names = {
        path.name.rstrip("0123456789.") for path in (world.prefix / "lib" / "pass-aws" / "bin").iterdir()
    }
    assert names == {"python"}


def test_the_checkout_is_left_clean(world: World) -> None:
    """`sudo make install` leaves no build folder of root's in it."""
    sources = {name for name in before(world) if name.startswith("sources/")}
    assert {f"sources/{name}" for name in paths(world.sources)} == sources


def test_everybody_can_read_it(world: World) -> None:
    """A umask of 077, root's on many machines, does not make it root's own."""
    closed = [
        path
        for path in (*world.prefix.rglob("*"), *world.extensions.rglob("*"))
        if not path.is_symlink() and not path.stat().st_mode & (0o005 if path.is_dir() else 0o004)
    ]
    assert closed == []


def test_a_second_install_changes_nothing(world: World) -> None:
    """The same files, the same list, and it answers."""
    listed, manifest = paths(world.system), world.prefix / "share" / "pass-aws" / "installed"
    text = manifest.read_text()
    done = world.make("install", f"PREFIX={world.prefix}")
    assert done.returncode == 0, done.stderr
    assert (paths(world.system), manifest.read_text()) == (listed, text)
    assert VERSION in answer(world, "pass", "aws", "version")


def test_an_install_that_fails_leaves_the_old_one(world: World) -> None:
    """The new one is made beside it and takes its place when it is whole."""
    listed = paths(world.system)
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/nonexistent", "PIP_EXTRA_INDEX_URL": ""}
    done = world.make("install", f"PREFIX={world.prefix}", **nowhere)
    assert done.returncode != 0
    assert paths(world.system) == listed
    assert VERSION in answer(world, "pass", "aws", "version")


def test_packagers_get_a_tree_to_move(world: World, tmp_path: Path) -> None:
    """DESTDIR is written to, and nothing else; no file knows its name; moved into place, it works."""
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


def test_make_uninstall_removes_exactly_that(world: World) -> None:
    """Every file is gone, and none that was there before."""
    done = world.make("uninstall", f"PREFIX={world.prefix}")
    assert (done.returncode, done.stderr) == (0, "")
    assert paths(world.system.parent) == before(world)
    assert not world.prefix.exists(), "it was made for it"


# What `make demo` and `make test` do first.

APT = """#!/bin/sh
echo "$*" >>"$LOG"
[ "$1" != install ] || for word; do [ "$word" != zsh ] || /bin/ln -s /bin/true "$BIN/zsh"; done
"""


def need(folder: Path, *tools: str, apt: str = APT) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Runs scripts/need where little is there besides this Python; returns it, and what apt-get was told."""
    programs = folder / "bin"
    programs.mkdir()
    for name in ("id", "env", "sh", "gpg", "mktemp", "cat", "rm"):
        (programs / name).symlink_to(shutil.which(name) or name)
    for name, text in (("apt-get", apt), ("sudo", '#!/bin/sh\n[ "$1" != -n ] || shift\nexec "$@"\n')):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    env = {"PATH": str(programs), "PYTHON": sys.executable, "BIN": str(programs), "LOG": f"{folder}/log"}
    done = subprocess.run(
        [TOP / "scripts" / "need", *tools],
        env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    log = folder / "log"
    return done, log.read_text().splitlines() if log.exists() else []


def test_nothing_is_installed_that_is_there(tmp_path: Path) -> None:
    """Quick, and without a word."""
    done, told = need(tmp_path, "gpg", "venv")
    assert (done.returncode, done.stdout, done.stderr, told) == (0, "", "", [])


def test_what_is_missing_is_named_before_it_is_installed(tmp_path: Path) -> None:
    """The package manager is asked for that and no more."""
    done, told = need(tmp_path, "gpg", "zsh")
    assert done.returncode == 0
    assert done.stderr.splitlines() == ["missing: zsh", "installing with apt-get: zsh"]
    assert [line.split()[0] for line in told] == ["update", "install"]
    assert told[1].split()[-1] == "zsh"
    assert "gnupg" not in told[1]


def test_what_cannot_be_installed_stops_it(tmp_path: Path) -> None:
    """An install that failed, or that did not bring the tool, is no silent success."""
    done, _ = need(tmp_path, "fish")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "still missing after the install: fish")


def test_a_failing_package_manager_stops_it(tmp_path: Path) -> None:
    """Its own words stay readable, ours say what was wanted."""
    done, _ = need(tmp_path, "fish", apt="#!/bin/sh\necho no network\nexit 100\n")
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert done.stderr.splitlines()[-1] == "could not install: fish"


def test_make_help_lists_every_target() -> None:
    """What can be made is said, and nothing else."""
    text = (TOP / "Makefile").read_text()
    phony = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())
    done = subprocess.run(["make", "-s"], cwd=TOP, capture_output=True, text=True, check=True)
    assert {line.split()[0] for line in done.stdout.splitlines()} == phony
