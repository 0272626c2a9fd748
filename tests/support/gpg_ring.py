"""A separate GNUPGHOME, with a pinentry that follows instructions."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from conftest import gpg

from pass_aws.gpg import gpg as door

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"a secret\n\0\xff"
PINENTRY = """#!/bin/bash
echo OK
while read -r line; do
    case $line in
    GETPIN*) case $(cat {mode}) in
        right) echo "D sesame"; echo OK ;;
        wrong) echo "D nope"; echo OK ;;
        note) echo >{mode}.asked; echo "ERR 83886179 Operation cancelled <Pinentry>" ;;
        *) echo "ERR 83886179 Operation cancelled <Pinentry>" ;;
        esac ;;
    "GETINFO flavor"*) echo "D gtk2"; echo OK ;;
    BYE*) echo OK; exit ;;
    *) echo OK ;;
    esac
done
"""


class Ring:
    """A GNUPGHOME with an open and a locked key, and a pinentry that follows instructions."""

    def __init__(self, home: Path, files: Path) -> None:
        self.home, self.files = home, files
        self.env = {"PATH": os.environ["PATH"], "GNUPGHOME": str(home), "HOME": str(files)}
        self.pinentry = files / "pinentry"
        self.mode = files / "mode"

    def answers(self, mode: str, program: str = "") -> None:
        """A new agent without any passphrases."""
        self.mode.write_text(mode)
        (self.home / "gpg-agent.conf").write_text(
            f"pinentry-program {program or self.pinentry}\ns2k-count 65536\n"
        )
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=self.env, check=True)

    def door(self, **env: str) -> door.Gpg:
        return door.Gpg({**self.env, **env})

    def encrypted(self, *names: str, plain: bytes = SECRET) -> str:
        path = self.files / f"{'-'.join(names)}-{len(plain)}.gpg"
        who = [word for name in names for word in ("-r", f"{name}@example.invalid")]
        gpg(self.home, "--yes", "-e", *who, "-o", str(path), stdin=plain)
        return str(path)
