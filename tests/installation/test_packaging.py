"""The wheel and the source archive are complete, and sufficient for a user's installation."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import TOP
from test_makefile import MACHINE, World, make_world

from pass_aws import VERSION

pytestmark = pytest.mark.xdist_group("install")

FOLDERS = ("completions", "man")
SHIPPED = {f"{folder}/{path.name}" for folder in FOLDERS for path in (TOP / folder).iterdir()} | {
    "extensions/aws.bash"
}


def pip(*words: str) -> None:
    """Runs pip with the machine's own settings."""
    subprocess.run([sys.executable, "-m", "pip", "-qq", *words], env=MACHINE, check=True)


def git(folder: Path, *words: str) -> None:
    """Runs git with a made-up author."""
    person = ("-c", "user.name=alice", "-c", "user.email=alice@example.invalid")
    subprocess.run(["git", "-C", str(folder), *person, *words], env=MACHINE, check=True)


def dist(sources: Path, target: Path, **env: str) -> list[bytes]:
    """Runs what `make dist` runs, and returns the source archive and the wheel."""
    words = [sys.executable, "scripts/dist.py", str(target)]
    subprocess.run(words, cwd=sources, env={**MACHINE, **env}, check=True, capture_output=True)
    return [path.read_bytes() for path in sorted(target.iterdir(), reverse=True)]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout with all changes committed."""
    world: World = make_world(tmp_path_factory.mktemp("world"))
    git(world.sources, "init", "-q")
    git(world.sources, "add", ".")
    git(world.sources, "commit", "-q", "-m", "all")
    return world.sources


@pytest.fixture(scope="module")
def built(sources: Path) -> Path:
    """A directory with the source archive, and the wheel that is made from it."""
    dist(sources, sources.parent / "dist")
    return sources.parent / "dist"


def test_both_are_reproducible(built: Path, sources: Path, tmp_path: Path) -> None:
    """Another directory, umask, time zone, locale, file time or uncommitted file gives the same bytes."""
    elsewhere = tmp_path / "a clone"
    git(tmp_path, "clone", "-q", str(sources), str(elsewhere))
    for path in (elsewhere / "pass_aws").rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700)
    (elsewhere / "README.md").write_text("changed, and not committed")
    (elsewhere / "pass_aws" / "new.py").write_text("")
    old = os.umask(0o077)
    try:
        again = dist(elsewhere, tmp_path / "dist", TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7")
    finally:
        os.umask(old)
    assert again == [path.read_bytes() for path in sorted(built.iterdir(), reverse=True)]
    assert len(again) == 2


def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


def test_the_wheel_is_complete(built: Path) -> None:
    """The wheel has every module, the extension, the completions and the man page, but no test or script."""
    modules = {str(path.relative_to(TOP)) for path in (TOP / "pass_aws").rglob("*.py")}
    with zipfile.ZipFile(wheel(built)) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        (script,) = (name for name in names if ".data/" in name)
        assert script.endswith(".data/scripts/pass-aws")
        assert archive.read(script) == (TOP / "extensions/aws.bash").read_bytes()
        assert names - {script} == modules | {f"pass_aws/{name}" for name in SHIPPED}
        for name in SHIPPED:
            assert archive.read(f"pass_aws/{name}") == (TOP / name).read_bytes()


def test_the_metadata_of_the_wheel(built: Path) -> None:
    """Name, version, licence with its text, and the oldest Python."""
    with zipfile.ZipFile(wheel(built)) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" in name]
        about = {Path(name).name: archive.read(name).decode() for name in names}
    wanted = {f"Version: {VERSION}", "License-Expression: GPL-3.0-or-later", "Requires-Python: >=3.11"}
    assert wanted <= set(about["METADATA"].splitlines())
    assert about["LICENSE"] == (TOP / "LICENSE").read_text()


def test_the_source_archive_is_complete(built: Path) -> None:
    """The archive has all sources of the Makefile, the tests and the documents."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Makefile", "LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", ".ci/run"}
    tests = {str(path.relative_to(TOP)) for path in (TOP / "tests").rglob("*.py")}
    assert wanted | SHIPPED | tests | {"extensions/pass-aws", "extensions/README.md"} <= names
    assert [name for name in names if name.endswith(".pyc") or name.startswith(".venv")] == []


def test_the_wheel_alone_makes_pass_aws_work(built: Path, home: Path, store: Path, tmp_path: Path) -> None:
    """As with pipx: the program in its own venv, then `pass-aws install --user`, then the real pass."""
    own = tmp_path / "own venv"
    venv.create(own, with_pip=False)
    pip("--python", f"{own}/bin/python", "install", "--no-deps", str(wheel(built)), "argcomplete")
    assert store.is_dir()
    programs = home / ".local" / "bin"
    programs.mkdir(parents=True)
    (programs / "pass-aws").symlink_to(own / "bin" / "pass-aws")  # pipx does that
    path = f"{programs}:{os.environ['PATH'].partition(':')[2]}"
    env = {**os.environ, "PATH": path}
    asked = ["pass-aws", "install", "--user"]
    done = subprocess.run(asked, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    folder = home / ".local" / "share" / "pass-aws" / "extensions"
    found = {"PASSWORD_STORE_ENABLE_EXTENSIONS": "true", "PASSWORD_STORE_EXTENSIONS_DIR": str(folder)}
    asked = ["pass", "aws", "version"]
    answer = subprocess.run(asked, env={**env, **found}, capture_output=True, text=True, check=True)
    assert VERSION in answer.stdout
    assert f"{own}/bin/python" in (folder / "aws.bash").read_text()
