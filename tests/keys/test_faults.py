"""No key is ever lost: each command that writes is killed, and made to fail, at every externally visible point.

After each run a working key is in a complete entry, other files are unchanged, git is clean or the error says why not; and
the same command, run again, finishes. `make test` uses a sample of the points, `make test-faults` all of them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import fault_points
import pytest
from conftest import KEPT, end_agent, gpg
from fakeaws import FakeAWS, faults

from pass_aws.errors import MUST_ASK
from pass_aws.keys import journal
from pass_aws.store import entry
from pass_aws.system import atomic_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fakeaws import AccessKey, MfaDevice, User
    from fakeaws.wire import Response
    from fault_points import Ended, Point

ALL = os.environ.get("FAULTS") == "all"
PARTS = 8 if ALL else 1
SAMPLE = {"rotate": 5}
"""The number of a command's points in `make test`, if not two."""
HURRIED = Path(__file__).resolve().parent.parent / "support" / "hurried.py"
ALICE = {f"GIT_{who}_{what}": "alice" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Place:
    """A user, Alice, with a store of two keys: hers as `dev`, and `other`.

    Args:
        folder: the directory of everything.
        keyring: her GNUPGHOME.
        fingerprint: of her key.
        fake: her AWS, only for this world.
    """

    def __init__(self, folder: Path, keyring: Path, fingerprint: str, fake: FakeAWS) -> None:
        self.folder, self.keyring, self.fake = folder, keyring, fake
        self.store, self.home = folder / "store", folder / "home"
        self.alice: User = fake.user("alice")
        self.key: AccessKey = self.alice.key()
        self.new: AccessKey = fake.user("newcomer").key()
        for path in (self.store / "aws-vault", self.home / ".aws"):
            path.mkdir(parents=True, mode=0o700)
        (self.store / ".gpg-id").write_text(f"{fingerprint}\n")
        (self.home / ".aws" / "config").write_text("[profile dev]\n[profile new]\n[profile moved]\n")
        self.put("dev", self.key.id, self.key.secret)
        self.put("other", "AKIAIOSFODNN7EXAMPLE", "x" * 40)
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
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "keys"]):
            self.git(*words)
        self.others = self._others()

    def put(self, name: str, key_id: str, secret: str) -> None:
        path = self.store / "aws-vault" / f"{name}.gpg"
        text = entry.render(name, key_id, secret)
        gpg(self.keyring, "-r", "alice@example.invalid", "-o", str(path), "-e", stdin=text)

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.store), *words]
        return subprocess.check_output(command, env=self.env, text=True)

    def found(self, name: str) -> entry.Entry | None:
        """The entry of this name, which must be complete if it exists."""
        path = self.store / "aws-vault" / f"{name}.gpg"
        return entry.parse(gpg(self.keyring, "-d", str(path)).encode(), name) if path.exists() else None

    def works(self, name: str) -> bool:
        """Whether AWS accepts the key in an entry."""
        if (found := self.found(name)) is None:
            return False
        key = self.fake.world.key(found.credentials.access_key_id)
        return bool(key and key.status == "Active" and key.secret == found.credentials.secret_access_key)

    def has(self, name: str, key: AccessKey) -> bool:
        """Whether an entry has this key."""
        found = self.found(name)
        return bool(found and found.credentials.secret_access_key == key.secret)

    def write_plain_text(self) -> None:
        """Writes the new key into the AWS credentials file."""
        text = f"[new]\naws_access_key_id = {self.new.id}\naws_secret_access_key = {self.new.secret}\n"
        (self.home / ".aws" / "credentials").write_text(text)

    def in_plain_text(self) -> bool:
        """Whether the AWS credentials file contains the complete new key."""
        text = (self.home / ".aws" / "credentials").read_text()
        return self.new.id in text and self.new.secret in text

    def _device(self) -> MfaDevice | None:
        return next(iter(self.fake.world.devices.values()), None)

    def enrolled(self) -> bool:
        """Whether Alice has the device, and the entry says so."""
        device = self._device()
        return bool(device and device.user and b"state: active" in self._seed())

    def seed_is_safe(self) -> bool:
        """Whether the seed of an active device is in a complete entry."""
        device = self._device()
        return not (device and device.user) or device.seed.encode() in self._seed()

    def _seed(self) -> bytes:
        path = self.store / "aws-mfa" / "111111111111" / "phone.gpg"
        return gpg(self.keyring, "-d", str(path)).encode() if path.exists() else b""

    def clean(self) -> bool:
        """Whether everything is committed, and no temporary file is left."""
        return not self.git("status", "--porcelain") and not list(
            self.store.rglob(f"{atomic_files.LEFTOVER}*")
        )

    def check(self) -> None:
        """Only our own entries have changed; there are no other new files, except our hidden ones."""
        assert self._others() == self.others
        names = {path.name for path in (self.store / "aws-vault").iterdir()} if self._there() else set()
        known = {f"{name}.gpg" for name in ("dev", "other", "new", "moved", "phone")}
        assert all(name in known or name.startswith(atomic_files.LEFTOVER) for name in names)
        changed = [line[3:] for line in self.git("status", "--porcelain").splitlines()]
        assert all(Path(path).name in known or atomic_files.LEFTOVER in path for path in changed), changed

    def _there(self) -> bool:
        return (self.store / "aws-vault").is_dir()

    def _others(self) -> dict[str, bytes]:
        paths = (
            self.store / ".gpg-id",
            self.store / "aws-vault" / "other.gpg",
            self.home / ".aws" / "config",
        )
        return {path.name: path.read_bytes() for path in paths}


class Case(NamedTuple):
    """A command, the conditions after each run, and the conditions when it has finished."""

    words: str
    holds: Callable[[Place], bool]
    finished: Callable[[Place], bool]
    program: Path = HURRIED

    def argv(self, words: str = "") -> list[str]:
        return [sys.executable, str(self.program), *(words or self.words).split()]


def rotated(place: Place) -> bool:
    """One key is left at AWS, a new one; the entry has it, and no journal."""
    found = place.found("dev")
    return bool(
        found
        and [key.id for key in place.alice.keys] == [found.credentials.access_key_id]
        and found.credentials.access_key_id != place.key.id
        and journal.FIELD not in found.others
    )


CASES = {
    "rotate": Case("rotate dev", lambda place: place.works("dev"), rotated),
    "rotate --abort": Case(
        "rotate dev --abort",
        lambda place: place.works("dev"),
        lambda place: place.has("dev", place.key) and list(place.alice.keys) == [place.key],
    ),
    "add": Case(
        "add new --env",
        lambda place: place.works("new") or place.found("new") is None,
        lambda place: place.works("new"),
    ),
    "import": Case(
        "import new --scrub --yes",
        lambda place: place.works("new") or place.in_plain_text(),
        lambda place: place.works("new") and not place.in_plain_text(),
    ),
    "mfa enroll": Case(
        "mfa enroll dev --name phone --no-try",
        lambda place: place.seed_is_safe(),
        lambda place: place.enrolled() and place.seed_is_safe(),
    ),
    "add --force": Case(
        "add dev --env --force",
        lambda place: place.works("dev"),
        lambda place: place.has("dev", place.new),
    ),
    "move": Case(
        "move dev moved",
        lambda place: place.works("dev") or place.works("moved"),
        lambda place: place.works("moved") and place.found("dev") is None,
    ),
    "remove": Case(
        "remove dev -f",
        lambda place: place.works("dev") or place.found("dev") is None,
        lambda place: place.found("dev") is None,
    ),
}
BEFORE = {"rotate --abort": "rotate dev --keep-inactive"}
"""The command to run first, to its end."""


@pytest.fixture
def new_place(tmp_path: Path, keyring: Path, fingerprint: str) -> Iterator[Callable[[str], Place]]:
    """Creates worlds, and ends the last one before it creates the next."""
    made: list[Place] = []

    def end() -> None:
        while made:
            place = made.pop()
            place.fake.stop()
            shutil.rmtree(place.folder)

    def new(name: str) -> Place:
        end()
        made.append(Place(tmp_path / "place", keyring, fingerprint, FakeAWS().start()))
        if name in BEFORE:
            assert fault_points.run(CASES[name].argv(BEFORE[name]), made[0].env).status == 0
            made[0].others = made[0]._others()
        if name == "import":
            made[0].write_plain_text()
        made[0].fake.clear_calls()
        return made[0]

    yield new
    end()


def some(name: str, found: list[Point], part: int) -> list[Point]:
    """All points of this part, or a sample."""
    if ALL:
        return found[part::PARTS]
    number = SAMPLE.get(name, 2)
    return [found[len(found) * (2 * at + 1) // (2 * number)] for at in range(number)]


def check(case: Case, place: Place, ended: Ended, what: object) -> None:
    """The conditions after any run; then the same command, or the one in its hint, finishes."""
    about = (case.words, str(what), ended.err)
    assert "Traceback" not in ended.err, about
    assert case.holds(place), about
    place.check()
    if case.finished(place) and place.clean():
        return
    again = fault_points.run(case.argv(), place.env)
    if again.status == MUST_ASK:  # it asks before it replaces a key, or deletes one whose secret is lost
        hint = again.err.splitlines()[-1].partition("run pass aws ")[2]
        assert hint, (about, again.err)
        again = fault_points.run(case.argv(hint), place.env)
    assert case.holds(place), (about, again.err)
    assert case.finished(place), (about, again.err)
    place.check()
    assert place.clean(), (about, again.err)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", CASES)
def test_killed(name: str, part: int, new_place: Callable[[str], Place]) -> None:
    """SIGKILL before each externally visible call, and so after each one."""
    case = CASES[name]
    place = new_place(name)
    found, ended = fault_points.points(case.argv(), place.env, place.folder, place.folder)
    assert ended.status == 0, ended.err
    assert case.finished(place)
    chosen, struck = some(name, found, part), 0
    for point in chosen:
        place = new_place(name)
        ended = fault_points.killed(point, case.argv(), place.env)
        struck += ended.status == -signal.SIGKILL
        check(case, place, ended, f"killed before {point}")
    print(f"{name}: {len(found)} points; killed at {struck} of {len(chosen)} tried")
    assert struck == len(chosen)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", CASES if ALL else ["rotate"])
def test_no_space_left(name: str, part: int, new_place: Callable[[str], Place]) -> None:
    """Each call that changes a file fails once, as on a full disk."""
    case = CASES[name]
    place = new_place(name)
    found, _ = fault_points.points(case.argv(), place.env, place.folder, place.folder)
    chosen = some(name, [point for point in found if point.call in fault_points.FAILING], part)
    for point in chosen:
        place = new_place(name)
        ended = fault_points.failing(point, "ENOSPC", case.argv(), place.env)
        check(case, place, ended, f"no space in {point}")
    print(f"{name}: failed at {len(chosen)} points")


def test_a_planted_defect_is_found(new_place: Callable[[str], Place]) -> None:
    """A rotation that deletes the old key before it stores the new one loses both, and the harness reports it."""
    case = CASES["rotate"]._replace(program=HURRIED.with_name("planted_defect.py"))
    place = new_place("rotate")
    found, ended = fault_points.points(case.argv(), place.env, place.folder, place.folder)
    assert ended.status == 0, ended.err
    deleted = next(at for at, point in enumerate(found) if "Action=DeleteAccessKey" in point.text)
    place = new_place("rotate")
    ended = fault_points.killed(found[deleted + 1], case.argv(), place.env)
    with pytest.raises(AssertionError, match="killed"):
        check(case, place, ended, "killed")


def calls_of(name: str, new_place: Callable[[str], Place]) -> int:
    """The number of a command's calls to AWS."""
    place = new_place(name)
    assert fault_points.run(CASES[name].argv(), place.env).status == 0
    return len(place.fake.calls)


CALLING = ["rotate", "rotate --abort", "mfa enroll"] if ALL else ["rotate"]


@pytest.mark.parametrize("name", CALLING)
def test_the_network_is_cut(name: str, new_place: Callable[[str], Place]) -> None:
    """A request is lost before it arrives, or its answer is lost: each of them, also repeated ones."""
    case = CASES[name]
    number = calls_of(name, new_place)
    chosen = range(1, number + 1) if ALL else (3, 8)
    for at in chosen:
        for fault in (faults.lost(), faults.lost()._replace(work=False)):
            place = new_place(name)
            place.fake.fault("*", fault, at=at, times=3)
            ended = fault_points.run(case.argv(), place.env)
            place.fake.clear_faults()
            check(case, place, ended, f"call {at}: {fault}")
    print(f"{name}: the network is cut at {len(chosen)} of {number} calls, on the way there and back")


def no_recipient(place: Place) -> Callable[[], object]:
    """A recipient's key is missing from now on."""
    path = place.store / ".gpg-id"
    before = path.read_text()
    path.write_text(f"{before}nobody\n")
    return lambda: path.write_text(before)


def no_git(place: Place) -> Callable[[], object]:
    """git refuses commits from now on."""
    hook = place.store / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    return hook.unlink


def no_agent(place: Place) -> Callable[[], object]:
    """The agent is stopped, once."""
    end_agent(place.keyring)
    return lambda: None


def befalling(
    what: Callable[[Place], Callable[[], object]], place: Place, mending: list[Callable[[], object]]
) -> faults.Fault:
    """An event after AWS has done its work, before its answer arrives; the repair is stored."""

    def change(response: Response) -> Response:
        mending.append(what(place))
        return response

    return faults.Fault("befalls", change=change)


@pytest.mark.parametrize("what", [no_recipient, no_git, no_agent])
@pytest.mark.parametrize("name", CALLING)
def test_the_store_fails(
    name: str, what: Callable[[Place], Callable[[], object]], new_place: Callable[[str], Place]
) -> None:
    """After one of the calls, encryption or commits fail; or the agent is stopped."""
    case = CASES[name]
    number = calls_of(name, new_place)
    chosen = range(1, number + 1) if ALL else (3,)
    for at in chosen:
        place = new_place(name)
        mended: list[Callable[[], object]] = []
        place.fake.fault("*", befalling(what, place, mended), at=at)
        ended = fault_points.run(case.argv(), place.env)
        assert case.holds(place), (at, ended.err)
        mended[0]()
        check(case, place, ended, f"{what.__name__} from call {at} on")
    print(f"{name}: {what.__name__} from {len(chosen)} of {number} calls on")
