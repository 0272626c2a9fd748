"""A Store as the commands build it, from the test's environment; and the real pass."""

from __future__ import annotations

import os
import subprocess

from pass_aws.gpg import gpg
from pass_aws.store import location, store


class Said(list[str]):
    """The store's warnings."""


def opened(**more: str) -> tuple[store.Store, Said]:
    """The store of the environment, with additional variables."""
    env, said = {**os.environ, **more}, Said()
    door = gpg.Gpg(env, quiet=bool(more.get("quiet")))
    return store.Store(location.root(env), location.prefix(env), door, env, said.append), said


def real_pass(*args: str, stdin: bytes = b"", **more: str) -> bytes:
    """The output of the real pass."""
    env = {**os.environ, **more}
    done = subprocess.run(["pass", *args], input=stdin, env=env, capture_output=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


def write(name: str = "dev", text: bytes = b"text", **more: str) -> store.Store:
    """Writes an entry with the message that `pass insert` would use."""
    found, _ = opened(**more)
    found.write(name, text, f"Add given password for {found.label(name)} to store.")
    return found
