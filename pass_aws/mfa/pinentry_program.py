"""Finds the pinentry that gpg-agent would start."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.mfa import assuan
from pass_aws.system import programs

if TYPE_CHECKING:
    from collections.abc import Mapping


def configured(env: Mapping[str, str]) -> str:
    """The pinentry in gpg-agent.conf, or an empty text."""
    home = env.get("GNUPGHOME") or f"{env.get('HOME', '')}/.gnupg"
    found = ""
    try:
        with open(f"{home}/gpg-agent.conf", encoding="utf-8", errors="surrogateescape") as conf:
            for line in conf:
                name, _, value = line.strip().replace("\t", " ").partition(" ")
                if name.removeprefix("--") == "pinentry-program":
                    found = value.strip()
    except OSError:
        return ""
    return found


def installed(env: Mapping[str, str]) -> str:
    """The built-in default pinentry of gpg, else the one on PATH, or an empty text."""
    found = _of_gpgconf(env)
    return found if os.access(found, os.X_OK) else shutil.which("pinentry", path=env.get("PATH")) or ""


def _of_gpgconf(env: Mapping[str, str]) -> str:
    """The percent-escaped path in gpgconf's line `pinentry:Passphrase Entry:/usr/bin/pinentry`."""
    try:
        with open(os.devnull, "wb") as nowhere:
            out = programs.run(["gpgconf", "--list-components"], env, stderr=nowhere).out
    except UserError:
        return ""
    lines = (line.split(b":") for line in out.splitlines())
    return next((os.fsdecode(assuan.unescape(line[2])) for line in lines if line[0] == b"pinentry"), "")
