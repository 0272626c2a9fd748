"""The wheel and the source archive: complete, and sufficient for a user's installation."""

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


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the source archive, and the wheel that is made from it."""
    folder = tmp_path_factory.mktemp("built")
    world: World = make_world(folder)
    ask = "import sys; from setuptools import build_meta as b; print(b.build_sdist(sys.argv[1]))"
    builder = folder / "builder"
    venv.create(builder, with_pip=False)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        f"{builder}/bin/python",
        "install",
        "-qq",
        "setuptools>=77",
    ]
    subprocess.run(pip, env=MACHINE, check=True)
    make = [f"{builder}/bin/python", "-c", ask, str(folder / "dist")]
    subprocess.run(make, cwd=world.sources, env=MACHINE, check=True, capture_output=True)
    archive = next((folder / "dist").glob("*.tar.gz"))
    wheel = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-qq",
        "--no-deps",
        "-w",
        str(folder / "dist"),
        str(archive),
    ]
    subprocess.run(wheel, env=MACHINE, check=True)
    return folder / "dist"


def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


def test_the_wheel_has_the_whole_package(built: Path) -> None:
    """Every module, the extension, the completions and the man page; no test, no cache, no script."""
    modules = {str(path.relative_to(TOP)) for path in (TOP / "pass_aws").rglob("*.py")}
    with zipfile.ZipFile(wheel(built)) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        (script,) = (name for name in names if ".data/" in name)
        assert script.endswith(".data/scripts/pass-aws")
        assert archive.read(script) == (TOP / "extensions/aws.bash").read_bytes()
        assert names - {script} == modules | {f"pass_aws/{name}" for name in SHIPPED}
        for name in SHIPPED:
            assert archive.read(f"pass_aws/{name}") == (TOP / name).read_bytes()


def test_the_wheel_says_what_it_is(built: Path) -> None:
    """Name, version, licence with its text, the oldest Python."""
    with zipfile.ZipFile(wheel(built)) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" in name]
        about = {Path(name).name: archive.read(name).decode() for name in names}
    wanted = {f"Version: {VERSION}", "License-Expression: GPL-3.0-or-later", "Requires-Python: >=3.11"}
    assert wanted <= set(about["METADATA"].splitlines())
    assert about["LICENSE"] == (TOP / "LICENSE").read_text()


def test_the_source_archive_has_what_a_packager_needs(built: Path) -> None:
    """All sources of the Makefile, the tests and the documents."""
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
