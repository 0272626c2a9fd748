"""A home with a live ticket, and the two forms of the front that may use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from conftest import TOP, gpg

from pass_aws.cache import ticket
from pass_aws.gpg import packets
from pass_aws.gpg.gpg import Gpg
from pass_aws.model import Credentials
from pass_aws.system import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PLAIN = ("exec", "ro", "--", "env", "-0")
"""The request that the front answers."""
SEAL = "5e" * 32
NONCE = "0c" * 16
SECRET = "CANARY/secret+access/key"

CORE = "#!/bin/sh\nprintf 'FULL\\0'\nexec env -0\n"
"""Replaces the full program: reports its start and its environment."""

SIDES = ("sourced", "executed")
"""The two forms of the front: pass reads its text for `pass aws`, and it is the program `pass-aws`."""
CORE_LINE = "pass_aws_core=() # make install writes the paths here"


class Answer(NamedTuple):
    """What a form of the front has started (the full program or the command), and its environment."""

    full: bool
    env: dict[str, str]
    err: str
    out: str


@cache
def small_keyring(home: str, ids: tuple[str, ...]) -> bytes:
    """The keyring for a ticket that is encrypted for these keys of a GNUPGHOME."""
    return Gpg({"PATH": os.environ["PATH"], "GNUPGHOME": home}).keyring(ids) if ids else b""


class World:
    """A throw-away home, store and cache of alice.

    Args:
        folder: the directory of everything.
        keyring: alice's GNUPGHOME.
        fingerprint: the fingerprint of her key.
        side: the form of the front that answers.
    """

    def __init__(self, folder: Path, keyring: Path, fingerprint: str, side: str = "sourced") -> None:
        self.side = side
        self.folder, self.keyring, self.fingerprint = folder, keyring, fingerprint
        self.home, self.store, self.bin = (folder / name for name in ("home", "store", "bin"))
        self.config, self.credentials = self.home / ".aws/config", self.home / ".aws/credentials"
        self.cache, self.state = self.home / ".cache/pass-aws", self.home / ".local/state/pass-aws"
        self.entry = self.store / "aws-vault/dev.gpg"
        for path in (self.entry.parent, self.config.parent, self.cache, self.state, self.bin):
            path.mkdir(parents=True, mode=0o700)
        self.encrypt(self.entry, b"{}")
        self.config.write_text("[profile ro]\n")
        (self.state / "seal").write_text(SEAL + "\n")
        (self.bin / "pass-aws").write_text(CORE)
        (self.bin / "pass-aws").chmod(0o755)
        self.env = {
            "HOME": str(self.home),
            "GNUPGHOME": str(keyring),
            "PASSWORD_STORE_DIR": str(self.store),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
        }

    def encrypt(self, path: Path, text: bytes) -> None:
        gpg(
            self.keyring,
            "--yes",
            "--compress-algo=none",
            "-o",
            str(path),
            "-e",
            "-r",
            self.fingerprint,
            stdin=text,
        )

    def made(
        self, profile: str = "ro", *, left: int = 3600, env: Mapping[str, str] | None = None
    ) -> ticket.Ticket:
        """A ticket that is valid now, for `env`."""
        expires = int(time.time()) + left
        session = Credentials("ASIAEXAMPLE", SECRET, "token==", expires, "123456789012")
        given = ticket.given(
            self.env if env is None else env, str(self.store), str(self.config), str(self.credentials)
        )
        exports = child_environment.exports(session, profile=profile, region="eu-west-1")
        return ticket.Ticket(profile, expires, given or "", str(self.entry), exports)

    def plant(
        self,
        made: ticket.Ticket | None = None,
        *,
        name: str = "",
        folder: str = "",
        change: Callable[[str], str] = str,
        seal: str = SEAL,
        nonce: str = NONCE,
    ) -> Path:
        """Puts a ticket into the cache: sealed, encrypted, and recorded as valid.

        Args:
            made: its content.
            name: the file name, if it is not the expiry.
            folder: the file's directory, if it is not the profile's.
            change: changes the text before encryption.
            seal: 64 hex digits.
            nonce: 32 hex digits; a different one is recorded.
        """
        made = made or self.made()
        path = self.path(folder or ticket.folder(made.profile), name or f"{made.expires}.gpg")
        self.encrypt(path, os.fsencode(change(ticket.render(made, seal, nonce))))
        self.fresh(path)
        return path

    def path(self, folder: str, name: str) -> Path:
        """The path of a ticket, in an existing directory."""
        path = self.cache / "tickets" / folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def here(self, name: str) -> Path:
        """A path in the directory of the requests."""
        (self.folder / "cwd").mkdir(exist_ok=True)
        return self.folder / "cwd" / name

    def fresh(self, path: Path) -> None:
        """Records a ticket as valid, with its keyring and the current times of the files."""
        noted = self.noted(path)
        noted.mkdir(parents=True, exist_ok=True, mode=0o700)
        words = f"{path.stem} {NONCE} {self.keyring_for(path)}\n"
        for name in ("config", "credentials", "entry"):
            original = getattr(self, name)
            (noted / name).unlink(missing_ok=True)
            if original.exists():
                (noted / name).write_text(words if name == "entry" else "")
                at = original.stat().st_mtime_ns
                os.utime(noted / name, ns=(at, at))

    def keyring_for(self, path: Path) -> str:
        """The name of the keyring for a ticket, which exists then; empty if it is not encrypted for our keys."""
        ids = packets.recipients(path.read_bytes() if path.is_file() else b"")
        content, name = small_keyring(str(self.keyring), ids), "-".join(ids)
        if not content:
            return ""
        (self.state / "keyrings").mkdir(exist_ok=True, mode=0o700)
        (self.state / "keyrings" / name).write_bytes(content)
        return name

    def noted(self, path: Path) -> Path:
        """The directory of the files that make a ticket valid."""
        return self.state / "tickets" / path.parent.relative_to(self.cache / "tickets")

    def front(self, top: Path = TOP) -> Path:
        """The program `pass-aws`, as an installation writes it."""
        program = self.folder / "front" / "pass-aws"
        program.parent.mkdir(exist_ok=True)
        text = (top / "extensions/aws.bash").read_text()
        assert text.count(CORE_LINE) == 1
        program.unlink(missing_ok=True)
        program.write_text(text.replace(CORE_LINE, f"pass_aws_core=({self.bin}/pass-aws)"))
        program.chmod(0o755)
        return program

    def ask(
        self,
        argv: Sequence[str] = PLAIN,
        *,
        top: Path = TOP,
        env: Mapping[str, str] | None = None,
        runner: Sequence[str] = (),
    ) -> Answer:
        """Makes a request to this world's side.

        Args:
            argv: its words.
            top: the directory of `extensions` and `pass_aws`.
            env: additional variables.
            runner: runs the front; by default it starts itself.
        """
        words, variables = self.words(argv, top)
        return self.run([*runner, *words], {**variables, **(env or {})})

    def words(self, argv: Sequence[str], top: Path = TOP) -> tuple[list[str], dict[str, str]]:
        """The command line and the environment of a request."""
        if self.side == "executed":
            return [str(self.front(top)), *argv], self.env
        folder = self.folder / "extensions"
        folder.unlink(missing_ok=True)
        folder.symlink_to(top / "extensions")
        enabled = {"PASSWORD_STORE_ENABLE_EXTENSIONS": "true", "PASSWORD_STORE_EXTENSIONS_DIR": str(folder)}
        program = shutil.which("pass")
        assert program
        return [program, "aws", *argv], {**self.env, **enabled}

    def run(self, argv: Sequence[str], env: Mapping[str, str]) -> Answer:
        """Runs it in a separate directory; the command should be `env -0`."""
        (self.folder / "cwd").mkdir(exist_ok=True)
        done = subprocess.run(
            argv, env=dict(env), cwd=self.folder / "cwd", capture_output=True, check=False, timeout=10,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        items = [item.decode("utf-8", "surrogateescape") for item in done.stdout.split(b"\0") if item]
        pairs = (item.partition("=") for item in items if item != "FULL")
        env = {name: value for name, _, value in pairs}
        return Answer(items[:1] == ["FULL"], env, done.stderr.decode(), os.fsdecode(done.stdout))
