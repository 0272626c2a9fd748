"""The writing commands that the fault harness stops, and the user whose keys they change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from conftest import KEPT, gpg

from pass_aws.keys import journal
from pass_aws.store import entry
from pass_aws.system import atomic_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakeaws import AccessKey, FakeAWS, MfaDevice, User

HURRIED = Path(__file__).resolve().parent / "hurried.py"
ALICE = {f"GIT_{who}_{what}": "alice" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
CONFIG = "[profile dev]\n[profile new]\n[profile moved]\n"
ACCOUNT = "111111111111"


class Place:
    """User alice with a store of two keys: hers as `dev`, and `other`.

    Args:
        folder: the directory of everything.
        keyring: her GNUPGHOME.
        fingerprint: the fingerprint of her key.
        fake: her AWS.
    """

    def __init__(self, folder: Path, keyring: Path, fingerprint: str, fake: FakeAWS) -> None:
        self.folder, self.keyring, self.fake = folder, keyring, fake
        self.store, self.home = folder / "store", folder / "home"
        self.key: AccessKey = fake.user("alice").key()
        self.new: AccessKey = fake.user("newcomer").key()
        for path in (self.store / "aws-vault", self.home / ".aws"):
            path.mkdir(parents=True, mode=0o700)
        (self.store / ".gpg-id").write_text(f"{fingerprint}\n")
        (self.home / ".aws" / "config").write_text(CONFIG)
        self.put("aws-vault/dev", entry.render("dev", self.key.id, self.key.secret))
        self.put("aws-vault/other", entry.render("other", "AKIAIOSFODNN7EXAMPLE", "x" * 40))
        self.env = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            **ALICE,
            "HOME": str(self.home),
            "GNUPGHOME": str(keyring),
            "PASSWORD_STORE_DIR": str(self.store),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PASS_AWS_NO_INPUT": "1",
            "AWS_ENDPOINT_URL": fake.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": self.new.id,
            "AWS_SECRET_ACCESS_KEY": self.new.secret,
        }
        self.git("init", "-q", "--template=")
        self.git("config", "maintenance.auto", "false")
        self.commit()

    @property
    def alice(self) -> User:
        """Her user at AWS, which is another object after the fake was restored from a snapshot."""
        return self.fake.world.users[ACCOUNT, "alice"]

    def put(self, label: str, text: bytes) -> None:
        """Writes an entry."""
        path = self.store / f"{label}.gpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        gpg(self.keyring, "--yes", "-r", "alice@example.invalid", "-o", str(path), "-e", stdin=text)

    def commit(self) -> None:
        """Commits everything in the store."""
        self.git("add", ".")
        self.git("commit", "-q", "-m", "keys")

    def git(self, *words: str) -> str:
        """What git prints."""
        command = ["git", "-C", str(self.store), *words]
        return subprocess.check_output(command, env=self.env, text=True)

    # What is stored.

    def found(self, name: str) -> entry.Entry | None:
        """The entry of that name, which is complete if it exists."""
        text = self.text(f"aws-vault/{name}")
        return entry.parse(text, name) if text else None

    def text(self, label: str) -> bytes:
        """The text of an entry, or nothing if it does not exist."""
        path = self.store / f"{label}.gpg"
        return gpg(self.keyring, "-d", str(path)).encode() if path.exists() else b""

    def works(self, name: str) -> bool:
        """Whether AWS accepts the key of an entry."""
        if (found := self.found(name)) is None:
            return False
        key = self.fake.world.key(found.credentials.access_key_id)
        return bool(key and key.status == "Active" and key.secret == found.credentials.secret_access_key)

    def has(self, name: str, key: AccessKey) -> bool:
        """Whether an entry has this key."""
        found = self.found(name)
        return bool(found and found.credentials.secret_access_key == key.secret)

    # What is at AWS.

    def keys(self) -> dict[str, str]:
        """Alice's keys, and whether they are active."""
        return {key.id: key.status for key in self.alice.keys}

    def rotated(self, *, kept: bool = False) -> bool:
        """Whether the entry has a new key; the old one is deleted, or kept inactive."""
        found = self.found("dev")
        if found is None or found.credentials.access_key_id == self.key.id:
            return False
        written, old = journal.read(found, "dev"), {self.key.id: "Inactive"} if kept else {}
        state = journal.INACTIVE if kept else ""
        here = self.keys() == {**old, found.credentials.access_key_id: "Active"}
        return here and (written.state if written else "") == state

    def has_old_key(self) -> bool:
        """Whether AWS still has the old key, active or not."""
        return self.key.id in set(self.keys())

    def _device(self) -> MfaDevice | None:
        return next(iter(self.fake.world.devices.values()), None)

    def enrolled(self) -> bool:
        """Whether Alice has the device, and the entry says so."""
        device = self._device()
        return bool(device and device.user and b"state: active" in self._seed())

    def seed_is_safe(self) -> bool:
        """Whether the seed of each device that AWS requires codes of is in a complete entry."""
        device = self._device()
        return not (device and device.user) or device.seed.encode() in self._seed()

    def without_device(self) -> bool:
        """Whether neither AWS has a device nor the store a seed."""
        return self._device() is None and not self._seed()

    def _seed(self) -> bytes:
        return self.text(f"aws-mfa/{ACCOUNT}/phone")

    # Preparations of a command.

    def write_plain_text(self) -> None:
        """Puts the new key into the AWS credentials file."""
        text = f"[new]\naws_access_key_id = {self.new.id}\naws_secret_access_key = {self.new.secret}\n"
        (self.home / ".aws" / "credentials").write_text(text)

    def in_plain_text(self) -> bool:
        """Whether the complete new key is in the AWS credentials file."""
        text = (self.home / ".aws" / "credentials").read_text()
        return self.new.id in text and self.new.secret in text

    def write_plain_entry(self) -> None:
        """Puts the new key into an ordinary entry of pass."""
        self.put("cloud/new", f"{self.new.secret}\naws_access_key_id: {self.new.id}\n".encode())
        self.commit()

    def guard(self) -> None:
        """Lets Alice's policy deny IAM without MFA; the seed of her device is in the store."""
        device = self.alice.mfa("phone")
        self.alice.deny_without_mfa = ("iam:*",)
        state = f"serial: {device.serial}\nuser: alice\nstate: active\n"
        self.put(f"aws-mfa/{ACCOUNT}/phone", f"{device.otpauth}\n{state}".encode())
        self.commit()
        line = f"[profile dev]\nmfa_serial = {device.serial}\n"
        (self.home / ".aws" / "config").write_text(CONFIG.replace("[profile dev]\n", line))

    def add_second_key(self) -> None:
        """Gives Alice another key, which is inactive."""
        self.alice.key().deactivate()

    def swap(self) -> None:
        """Renames an entry with pass mv."""
        (self.store / "aws-vault" / "dev.gpg").rename(self.store / "aws-vault" / "moved.gpg")
        self.commit()

    # What must not change.

    def begin(self) -> None:
        """Records what no command may change."""
        self.others = self._others()
        self.fake.clear_calls()

    def clean(self) -> bool:
        """Whether everything is committed, and no temporary file is left."""
        return not self.git("status", "--porcelain") and not list(
            self.store.rglob(f"{atomic_files.LEFTOVER}*")
        )

    def check(self) -> None:
        """Checks that only our own entries have changed, and no unexpected file is new."""
        assert self._others() == self.others
        folder = self.store / "aws-vault"
        names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        known = {f"{name}.gpg" for name in ("dev", "other", "new", "moved", "phone")}
        assert all(name in known or name.startswith(atomic_files.LEFTOVER) for name in names)
        changed = [line[3:] for line in self.git("status", "--porcelain", "-uall").splitlines()]
        assert all(Path(path).name in known or atomic_files.LEFTOVER in path for path in changed), changed

    def _others(self) -> dict[str, bytes]:
        paths = (
            self.store / ".gpg-id",
            self.store / "aws-vault" / "other.gpg",
            self.home / ".aws" / "config",
        )
        return {path.name: path.read_bytes() for path in paths}

    def files(self) -> dict[str, bytes]:
        """All entries, and git's last commit."""
        found = {str(path): path.read_bytes() for path in self.store.rglob("*.gpg")}
        return {**found, "HEAD": self.git("rev-parse", "HEAD").encode()}

    def remove(self) -> None:
        """Removes everything."""
        shutil.rmtree(self.folder)


class Case(NamedTuple):
    """A command that writes.

    Args:
        words: the command.
        holds: what must be true after each run, however it ended.
        finished: what is true when it has done its work.
        before: prepares the place.
        earlier: a command that has run before, to its end.
        program: the program that is started.
        then: the command that finishes after a fault; the same one if empty.
    """

    words: str
    holds: Callable[[Place], bool]
    finished: Callable[[Place], bool]
    before: Callable[[Place], object] = lambda _: None
    earlier: str = ""
    program: Path = HURRIED
    then: str = ""

    @property
    def begins(self) -> tuple[object, ...]:
        """What its place is made of: commands that begin alike share one."""
        return self.before, self.earlier

    def argv(self) -> list[str]:
        return [sys.executable, str(self.program), *self.words.split()]


def dev_works(place: Place) -> bool:
    """Whether AWS accepts the key of `dev`."""
    return place.works("dev")


CASES = {
    "rotate": Case("rotate dev", dev_works, Place.rotated),
    "rotate --abort": Case(
        "rotate dev --abort",
        dev_works,
        lambda place: place.has("dev", place.key) and list(place.keys()) == [place.key.id],
        earlier="rotate dev --keep-inactive",
    ),
    "rotate --keep-inactive": Case(
        "rotate dev --keep-inactive", dev_works, lambda place: place.rotated(kept=True)
    ),
    "rotate --keep-inactive, --resume": Case(
        "rotate dev --keep-inactive",
        lambda place: dev_works(place) and place.has_old_key(),
        lambda place: place.rotated(kept=True),
        then="rotate dev --resume",
    ),
    "rotate --finish": Case(
        "rotate dev --finish", dev_works, Place.rotated, earlier="rotate dev --keep-inactive"
    ),
    "rotate --delete-other": Case(
        "rotate dev --delete-other", dev_works, Place.rotated, Place.add_second_key
    ),
    "rotate behind MFA": Case(
        "rotate dev", dev_works, Place.rotated, Place.guard, earlier="env dev --format json"
    ),
    "add": Case(
        "add new --env",
        lambda place: place.works("new") or place.found("new") is None,
        lambda place: place.works("new"),
    ),
    "add --force": Case(
        "add dev --env --force",
        dev_works,
        lambda place: place.has("dev", place.new),
    ),
    "import": Case(
        "import new --scrub --yes",
        lambda place: place.works("new") or place.in_plain_text(),
        lambda place: place.works("new") and not place.in_plain_text(),
        Place.write_plain_text,
    ),
    "import --entry": Case(
        "import --entry cloud/new --scrub --yes",
        lambda place: place.works("new") or place.new.secret.encode() in place.text("cloud/new"),
        lambda place: place.works("new") and not place.text("cloud/new"),
        Place.write_plain_entry,
    ),
    "mfa enroll": Case(
        "mfa enroll dev --name phone --no-try",
        Place.seed_is_safe,
        lambda place: place.enrolled() and place.seed_is_safe(),
    ),
    "mfa remove": Case(
        "mfa remove dev -f", Place.seed_is_safe, Place.without_device, Place.guard, "env dev --format json"
    ),
    "move": Case(
        "move dev moved",
        lambda place: place.works("dev") or place.works("moved"),
        lambda place: place.works("moved") and place.found("dev") is None,
    ),
    "move --repair": Case(
        "move --repair moved --force",
        lambda place: place.key.secret.encode() in _inside(place.text("aws-vault/moved")),
        lambda place: b'"moved"' in place.text("aws-vault/moved") and place.works("moved"),
        Place.swap,
    ),
    "remove": Case(
        "remove dev -f",
        lambda place: place.works("dev") or place.found("dev") is None,
        lambda place: place.found("dev") is None,
    ),
    "remove --at-aws": Case(
        "remove dev --at-aws -f",
        lambda place: place.works("dev") or not place.keys(),
        lambda place: place.found("dev") is None and not place.keys(),
    ),
}


def _inside(text: bytes) -> bytes:
    """The secret of an entry, whatever name it was written for."""
    return entry.parse(text, entry.named(text, "moved")).credentials.secret_access_key.encode()
