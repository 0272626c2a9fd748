"""A kill -9 in a refresh, a sign-in or a sync leaves a complete old or new file, and the next run continues."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import fault_points
import pytest
import sso_world
from conftest import MAIN, gpg, run
from sso_world import SsoWorld

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

ALL = os.environ.get("FAULTS") == "all"
DIRECT = [sys.executable, "-I", "-S", str(MAIN)]


@pytest.fixture
def world(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> SsoWorld:
    made = sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)
    fake.center.access_seconds = 600  # so that every run refreshes
    made.signed_in()
    return made


def around(points: list[fault_points.Point], folder: str) -> list[fault_points.Point]:
    """The calls from the fsync of a new file to the fsync of its directory; optionally all earlier calls, too.

    strace truncates paths, except those of open files, so the rename is the call between these two.
    """
    syncs = [at for at, point in enumerate(points) if point.call == "fsync" and folder in point.text]
    found = points[syncs[0] : syncs[1] + 1]
    assert any(point.call.startswith("rename") for point in found)
    return points[: syncs[1] + 2] if ALL else found


def test_a_killed_refresh(world: SsoWorld, keyring: Path) -> None:
    """The token is complete, and while the old one is valid the next run does not prompt; the new one is used if it exists."""
    argv, env = [*DIRECT, "env", "dev", "--fresh"], dict(os.environ)
    points, ended = fault_points.points(argv, env, world.folder, world.folder)
    assert ended.status == 0
    visits = len(world.visits)
    for point in around(points, "/tokens"):
        assert fault_points.killed(point, argv, env).status == -9, point
        (path,) = world.tokens
        assert gpg(keyring, "-d", str(path)).endswith("end\n"), point
        done = run("env", "dev", "--fresh")
        assert done.returncode == 0, (point, done.stderr)
        assert len(world.visits) == visits, point
        run("sso", "login", "dev")  # a refresh token that was used before it was stored is lost
        visits = len(world.visits)


def test_a_killed_sync_leaves_the_old_file_or_the_new_one(world: SsoWorld, aws_config: Path) -> None:
    """The old or the new config file is complete, and the next run finishes."""
    world.fake.center.account("333333333333", "Prod", "Admin", "ReadOnly")
    argv, env, old = [*DIRECT, "sso", "sync", "--yes"], dict(os.environ), aws_config.read_bytes()
    points, ended = fault_points.points(argv, env, world.folder, aws_config.parent)
    assert ended.status == 0
    new = aws_config.read_bytes()
    assert new.count(b"[profile Prod/") == 2
    for point in around(points, "/.aws"):
        aws_config.write_bytes(old)
        assert fault_points.killed(point, argv, env).status == -9, point
        assert aws_config.read_bytes() in (old, new), point
        assert run("sso", "sync", "--yes").returncode == 0
        assert aws_config.read_bytes() == new
