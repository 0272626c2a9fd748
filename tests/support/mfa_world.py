"""Shared by the tests of one-time codes: a clock that advances during waits, runs, replacement programs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pexpect

from pass_aws.config import profiles, settings
from pass_aws.config.precedence import Options
from pass_aws.config.settings import Settings
from pass_aws.context import Context
from pass_aws.mfa import token_code
from pass_aws.system.terminal import Tty

TOP = Path(__file__).resolve().parents[2]
ARN = "arn:aws:iam::123456789012:mfa/alice"
TOKEN = "GAHT12345678"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
START = 1_700_000_010
"""The first second of a time step."""


class Hours:
    """A clock that advances during waits."""

    def __init__(self, now: float = START) -> None:
        self.now = now
        self.waited: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


class Run(NamedTuple):
    """A run of our program, with its clock."""

    context: Context
    hours: Hours
    settings: Settings
    calls: dict[str, token_code.Codes]

    def code(self, serial: str = TOKEN, *, again: bool = False) -> token_code.Code:
        """Gets a code and notes that it is sent; `again` for the call whose last one was refused."""
        if not again:
            self.calls[serial] = token_code.Codes(serial, self.settings, self.context)
        found = self.calls[serial].ask()
        self.calls[serial].spend(found)
        return found


def new_run(
    lines: str = "", options: Options | None = None, hours: Hours | None = None, tty: str = "", **env: str
) -> Run:
    """A run without prompts, wherever the tests run, unless a terminal is given."""
    hours = hours or Hours()
    asked = options or Options()
    args = argparse.Namespace(debug=False, no_input=asked.no_input)
    context = Context({**os.environ, **env}, args, lambda _: asked, hours)
    context.tty = Tty(context.env, path=tty or "/proc/nonexistent/tty", pause=hours.pause)
    files = (
        profiles.profiles(f"[profile dev]\n{lines}\n", "config"),
        profiles.profiles("", "x", credentials=True),
    )
    found = settings.look_up(*files, "dev", context.env, context.options, target=True, stored=True)
    return Run(context, hours, found, {})


def insert(store: Path, name: str, text: str) -> None:
    subprocess.run(
        ["pass", "insert", "-m", name],
        input=text.encode(),
        env={**os.environ, "PASSWORD_STORE_DIR": str(store)},
        check=True,
        capture_output=True,
    )


class Stub:
    """A program on PATH that records its arguments."""

    def __init__(self, folder: Path, name: str, script: str) -> None:
        self.record = folder / f"{name}.record"
        path = folder / name
        path.write_text(f'#!/bin/sh\nfor word; do printf "%s\\n" "$word"; done >>{self.record}\n{script}\n')
        path.chmod(0o755)

    def words(self) -> list[str]:
        return self.record.read_text().splitlines()


ON_A_TERMINAL = f"""
import os, sys
sys.path[:0] = [{str(TOP)!r}, {str(TOP / "tests")!r}, {str(TOP / "tests/support")!r}]
from pass_aws.errors import UserError
from pass_aws.config.precedence import Options
import mfa_world
from mfa_world import ARN, TOKEN
def new_run(*args, **more): return mfa_world.new_run(*args, tty="/dev/tty", **more)
def answer(run, **more):
    try: print("got", *run.code(**more)[:2])
    except UserError as error: print("refused:", error, error.code)
    except KeyboardInterrupt: print("interrupted")
"""


def started(code: str, **env: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-c", ON_A_TERMINAL + textwrap.dedent(code)],
        encoding="utf-8",
        timeout=30,
        env={**os.environ, "TERM": "xterm", **env},
    )
