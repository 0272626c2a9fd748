"""A throw-away home for the bench: key, store, config and cache of any size, and a local AWS."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pass_aws.cache import session, ticket
from pass_aws.installation import install_targets

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).resolve().parent.parent
BROWSER = (
    "#!{python} -IS\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[1], timeout=60).read()\n"
)
TEAM = """\
[sso-session team]
sso_start_url = {url}
sso_region = us-east-1
[profile team]
region = eu-west-1
sso_session = team
sso_account_id = 222222222222
sso_role_name = ReadOnly
"""
ROLES = """\
[profile dev]
region = eu-west-1
[profile ro]
source_profile = dev
region = eu-west-1
role_arn = {ROLE_ARN}
[profile second]
source_profile = ro
region = eu-west-1
role_arn = {SECOND_ROLE_ARN}
[profile me]
region = eu-west-1
mfa_serial = {MFA_SERIAL}
[profile admin]
source_profile = me
region = eu-west-1
role_arn = {MFA_ROLE_ARN}
mfa_serial = {MFA_SERIAL}
"""
MANY = """\
[profile r{number:02}]
source_profile = dev
region = eu-west-1
role_arn = {role}
role_session_name = r{number:02}
"""
CROWD = 64


class World:
    """A home with profiles of every kind, and `size` more profiles, entries and sessions.

    `dev` is a key, `ro` its role, `second` a role of `ro`, `admin` a role of `me`, which has MFA, `team` a
    role of Identity Center; `r00` to `r63` are sessions of `ro`'s role, each with another name.

    Args:
        folder: contains everything; its path must be short, since agents' sockets have long names.
        aws: the announcement of the fake AWS.
        algorithm: of the gpg key.
        size: how many profiles, entries and cached sessions there are.
    """

    def __init__(self, folder: Path, aws: dict[str, str], algorithm: str, size: int) -> None:
        self.folder, self.aws, self.size = folder, aws, size
        self.home, self.store, self.keyring = folder / "home", folder / "store", folder / "gnupg"
        self.extensions, self.bin = folder / "extensions", folder / "bin"
        for path in (self.home / ".aws", self.store / "aws-vault", self.keyring, self.extensions, self.bin):
            path.mkdir(parents=True, mode=0o700)
        self.cache = self.home / ".cache/pass-aws"
        self.env = {
            "HOME": str(self.home),
            "GNUPGHOME": str(self.keyring),
            "PASSWORD_STORE_DIR": str(self.store),
            "PASSWORD_STORE_ENABLE_EXTENSIONS": "true",
            "PASSWORD_STORE_EXTENSIONS_DIR": str(self.extensions),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": aws["URL"],
            "AWS_VAULT_BACKEND": "pass",
            "AWS_VAULT_PASS_PREFIX": "aws-vault",
        }
        self.fingerprint = self._key(algorithm)
        self._install()
        self._fill()

    def run(self, *argv: str, stdin: bytes = b"") -> str:
        """Runs a command in this home and returns its stdout."""
        done = subprocess.run(argv, env=self.env, input=stdin, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"{argv}: {done.stderr.decode()}")
        return done.stdout.decode()

    def _key(self, algorithm: str) -> str:
        unprotected = ("--batch", "--quiet", "--passphrase", "")
        self.run("gpg", *unprotected, "--quick-generate-key", "bench", algorithm, "default", "never")
        listing = self.run("gpg", "--with-colons", "--list-keys")
        fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))
        if "\nsub:" not in listing:  # only gpg's default also creates a subkey for encryption
            self.run("gpg", *unprotected, "--quick-add-key", fingerprint, algorithm, "encr", "never")
        return fingerprint

    def _install(self) -> None:
        """The front as `make install` writes it, twice, and the floor of the extension."""
        core = install_targets.Core(sys.executable, str(TOP / "pass_aws/__main__.py"))
        front = install_targets.baked((TOP / install_targets.EXTENSION).read_text(), core)
        floor = (TOP / "bench/floor.bash").read_text()
        for path, text in (
            (self.bin / "pass-aws", front),
            (self.extensions / "aws.bash", front),
            (self.extensions / "floor.bash", floor),
        ):
            path.write_text(text)
            path.chmod(0o755)

    def _fill(self) -> None:
        (self.store / ".gpg-id").write_text(self.fingerprint + "\n")
        many = "".join(
            f"[profile p{i}]\nsource_profile = dev\nregion = eu-west-1\n" for i in range(self.size)
        )
        (self.home / ".aws/config").write_text(
            many
            + ROLES.format(**self.aws)
            + "".join(MANY.format(number=number, role=self.aws["ROLE_ARN"]) for number in range(CROWD))
            + TEAM.format(url=self.aws["START_URL"])
        )
        keys = f"{self.aws['KEY_ID']}\n{self.aws['SECRET']}\n".encode()
        for name in ("dev", "me"):
            self.run("pass-aws", "add", name, "--stdin", "--no-verify", stdin=keys)
        for i in range(self.size):
            shutil.copy(self.entry, self.store / f"aws-vault/e{i}.gpg")
        browser = self.bin / "browser"
        browser.write_text(BROWSER.format(python=sys.executable))
        browser.chmod(0o755)
        self.run("env", f"BROWSER={browser}", "pass-aws", "sso", "login", "team")
        self.fill_cache()

    def empty_cache(self) -> None:
        """Deletes every session, and the sign-in of Identity Center."""
        shutil.rmtree(self.cache, ignore_errors=True)

    def forget_codes(self) -> None:
        """Deletes the record of used codes, so that a code can be used again."""
        shutil.rmtree(self.home / ".local/state/pass-aws/steps", ignore_errors=True)

    def have_session(self) -> None:
        """Makes the session of `ro`, if there is none."""
        self.run("pass-aws", "exec", "ro", "--", "true")

    def fill_cache(self) -> None:
        """Makes the sessions of `dev`, `ro` and `team`, and copies of them."""
        for profile in ("dev", "ro", "team"):
            self.run("pass-aws", "exec", profile, "--", "true")
        example = next(iter((self.cache / "sessions").iterdir()))
        for i in range(self.size):
            name = session.file_name(f"{i:064x}", int(time.time()) + 30000 + i)
            shutil.copy(example, self.cache / "sessions" / f"{name}.gpg")
            mark = self.cache / "used" / ticket.folder(f"p{i}") / name
            mark.parent.mkdir(mode=0o700, exist_ok=True)
            mark.write_text(f"dev\np{i}\n")

    @property
    def entry(self) -> Path:
        """The file of the key."""
        return self.store / "aws-vault/dev.gpg"

    @property
    def ticket(self) -> Path:
        """The file of the role's ticket."""
        return next(iter((self.cache / "tickets/ro").iterdir()))


@contextmanager
def world(aws: dict[str, str], algorithm: str, size: int) -> Iterator[World]:
    """A temporary world; at the end, it and its gpg-agent are removed."""
    folder = Path(tempfile.mkdtemp(prefix="pab-", dir="/tmp"))
    made = None
    try:
        made = World(folder, aws, algorithm, size)
        yield made
    finally:
        env = {"PATH": os.environ["PATH"], "GNUPGHOME": str(folder / "gnupg")}
        subprocess.run(["gpgconf", "--kill", "all"], env=env, check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def local_aws() -> Iterator[dict[str, str]]:
    """Starts the strict fake of the tests in a separate process; gives its announcement."""
    with tempfile.TemporaryDirectory() as folder:
        port = Path(folder, "port")
        argv = [sys.executable, str(TOP / "bench/fake_aws.py"), str(port)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout  # noqa: S101 - it is a pipe
            process.stdout.readline()
            try:
                yield dict(line.split("=", 1) for line in port.read_text().splitlines())
            finally:
                process.terminate()
