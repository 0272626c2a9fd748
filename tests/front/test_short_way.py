"""Both forms of the front refuse every planted ticket, each because of the check against it.

Each attack must fail against the real program, and succeed against a copy without its check: otherwise
its test proves nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from attacks import ATTACKS, BY_ROOT, FRONT, Planted
from conftest import TOP, end_agent, end_gpg_home, gpg_home, new_key
from world import SECRET, SIDES, Answer, World

if TYPE_CHECKING:
    from pathlib import Path

    from attacks import Hole

CASES = [
    pytest.param(name, side, marks=[pytest.mark.root] if name in BY_ROOT else [])
    for name, attack in ATTACKS.items()
    for side in attack.sides
]
OURS = ("_PASS_AWS_STORE", "_PASS_AWS_UMASK", "_PASS_AWS_TICKET", "_PASS_AWS_FRONT")
BASHS = ("_", "SHLVL", "PWD", "OLDPWD", "PASSWORD_STORE_ENABLE_EXTENSIONS", "PASSWORD_STORE_EXTENSIONS_DIR")


def without(top: Path, holes: tuple[Hole, ...]) -> Path:
    """A copy of the front without these checks."""
    shutil.copytree(TOP / "extensions", top / "extensions")
    for hole in holes:
        text = (top / FRONT).read_text()
        assert text.count(hole.old) == 1, f"{FRONT} has changed: {hole.old}"
        (top / FRONT).write_text(text.replace(hole.old, hole.new))
    return top


def tried(world: World, planted: Planted, top: Path) -> Answer | None:
    """The result, or None if it did not end."""
    try:
        return world.ask(planted.argv, top=top, env=dict(planted.env), runner=planted.runner)
    except subprocess.TimeoutExpired:
        for path in (*world.cache.rglob("*.gpg"), world.state / "seal"):
            if path.is_fifo():
                os.close(os.open(path, os.O_RDWR))  # releases the reader: gpg outlives the stopped shell
        return None


@pytest.fixture
def world(tmp_path: Path, keyring: Path, fingerprint: str, side: str) -> World:
    return World(tmp_path, keyring, fingerprint, side)


@pytest.mark.parametrize(("name", "side"), CASES)
def test_refused(world: World, name: str) -> None:
    """The front starts the full program in an unchanged environment, and prints and does nothing."""
    planted = ATTACKS[name].plant(world) or Planted()
    answer = tried(world, planted, TOP)
    assert answer is not None, "hung"
    assert not (world.folder / "cwd" / "x").exists()
    if planted.harmless:
        assert answer.env["AWS_SECRET_ACCESS_KEY"] == SECRET
        assert answer.err == ""
        return
    assert answer.full
    assert SECRET not in answer.err
    assert answer.err == "" or planted.runner
    assert {name: value for name, value in answer.env.items() if name not in (*OURS, *BASHS)} == {
        **world.env, **dict(planted.env)
    }  # fmt: skip


@pytest.mark.parametrize(("name", "side"), CASES)
def test_would_succeed_without_the_check(world: World, name: str) -> None:
    """Without the check, the secret is printed, code has run, or the program does not end."""
    planted = ATTACKS[name].plant(world) or Planted()
    answer = tried(world, planted, without(world.folder / "top", ATTACKS[name].holes))
    redeemed = answer is not None and answer.env.get("AWS_SECRET_ACCESS_KEY") == SECRET
    done = (world.folder / "cwd" / "x").exists() or (answer is not None and SECRET in answer.err)
    assert done or (not planted.harmless and (answer is None or redeemed))


@pytest.mark.parametrize("side", SIDES)
def test_accepted(world: World) -> None:
    """A valid ticket is used: the attacks above fail for their own reasons."""
    world.plant()
    answer = world.ask()
    assert not answer.full
    assert answer.env["AWS_SECRET_ACCESS_KEY"] == SECRET
    assert answer.err == ""


@pytest.mark.parametrize("side", SIDES)
def test_accepted_with_a_passphrase_file(tmp_path: Path, side: str) -> None:
    """gpg.conf may name a passphrase file: gpg prefers it to our empty passphrase for planted tickets."""
    keyring = gpg_home()
    try:
        world = World(tmp_path, keyring, new_key(keyring, "alice", passphrase="sesame"), side)
        world.plant()
        (tmp_path / "file").write_text("sesame\n")
        (keyring / "gpg.conf").write_text(f"pinentry-mode loopback\npassphrase-file {tmp_path}/file\n")
        end_agent(keyring)
        answer = world.ask()
    finally:
        end_gpg_home(keyring)
    assert not answer.full
    assert answer.env["AWS_SECRET_ACCESS_KEY"] == SECRET


def test_the_readme_lists_every_attack() -> None:
    """extensions/README.md names every attack, so that no check is removed for speed."""
    page = (TOP / "extensions/README.md").read_text()
    missing = [name for name in ATTACKS if f"`{name.partition('=')[0]}" not in page]
    assert missing == []
