"""No key is ever lost: each writing command is killed or fails at every point that can be seen from outside.

After each run a working key is in a complete entry, other files are unchanged, git is clean or the error says why
not, and the same command, run again, finishes. `make test` uses a sample of the points, `make test-faults` all of
them. Each command's place is prepared once and copied for each point. Runs that are not killed are in this process.
"""

from __future__ import annotations

import os
import shutil
import signal
from itertools import pairwise
from typing import TYPE_CHECKING

import fault_points
import pytest
from conftest import end_agent
from fakeaws import FakeAWS, faults
from fault_cases import CASES, HURRIED, Case, Place
from fault_points import Ended
from in_process import Runner

from pass_aws.errors import FAILED, MUST_ASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from fakeaws.wire import Response
    from fault_points import Point

ALL = os.environ.get("FAULTS") == "all"
PARTS = 8 if ALL else 1
CALLING = (
    [name for name in CASES if name.startswith(("rotate", "mfa", "remove --at-aws"))] if ALL else ["rotate"]
)
"""Commands that change something at AWS."""
VARIANTS = {
    "rotate --delete-other": 0,
    "rotate --keep-inactive": 0,
    "rotate --keep-inactive, --resume": -1,
    "rotate behind MFA": -1,
}
"""The variants of `rotate`, and after which of their changes at AWS `make test` kills them."""
IN_STORE = ("/store/aws-vault", "/store/aws-mfa", "/store/cloud")
ACTIONS = ("Action=Create", "Action=Update", "Action=Delete", "Action=Enable", "Action=Deactivate")

pytestmark = pytest.mark.timeout(3600) if ALL else pytest.mark.xdist_group("faults")


class World:
    """One AWS, one directory, and the points that were found for each command.

    Args:
        folder: for the places of all commands.
        keyring: the keyring of alice.
        fingerprint: the fingerprint of her key.
    """

    def __init__(self, folder: Path, keyring: Path, fingerprint: str) -> None:
        self._folder, self._keyring, self._fingerprint = folder, keyring, fingerprint
        self.fake = FakeAWS().start()
        self._saved: dict[object, tuple[Place, Path, tuple[Any, ...]]] = {}
        self._points: dict[object, list[Point]] = {}
        self._calls: dict[str, list[str]] = {}

    def place(self, name: str, runner: Runner) -> Place:
        """The place of a command as it is before the command: made once for all that begin there, then copied."""
        runner.waited = 0.0  # the fake's clock, or it would refuse our signatures
        here, case = self._folder / "place", CASES[name]
        if here.exists():
            shutil.rmtree(here)
        if case.begins in self._saved:
            place, kept, saved = self._saved[case.begins]
            self.fake.restore(saved)
            shutil.copytree(kept, here, symlinks=True)
            return place
        self.fake.restore(({}, {}, {}, {}))
        place = Place(here, self._keyring, self._fingerprint, self.fake)
        case.before(place)
        if case.earlier:
            assert again(case.earlier, place, runner).status == 0
        place.begin()
        kept = self._folder / f"before {name}"
        shutil.copytree(here, kept, symlinks=True)
        self._saved[case.begins] = place, kept, self.fake.snapshot()
        return place

    def points(self, case: Case, place: Place) -> list[Point]:
        """The points of a command that can be seen from outside, from one undisturbed run."""
        run = (*case.argv(), *case.begins)
        if run not in self._points:
            found, ended = fault_points.points(case.argv(), place.env, self._folder, place.folder)
            assert ended.status == 0, ended.err
            assert case.finished(place)
            assert place.clean()
            self._points[run] = found
        return self._points[run]

    def calls(self, name: str, runner: Runner) -> list[str]:
        """The calls to AWS of one undisturbed run of a command."""
        if name not in self._calls:
            place = self.place(name, runner)
            assert again(CASES[name].words, place, runner).status == 0
            self._calls[name] = self.fake.actions()
        return self._calls[name]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, keyring: Path) -> Iterator[World]:
    from conftest import FINGERPRINTS

    made = World(tmp_path_factory.mktemp("faults"), keyring, FINGERPRINTS["alice"])
    yield made
    made.fake.stop()


@pytest.fixture
def runner(world: World, capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(world.fake, capsys)


@pytest.fixture
def new_place(world: World, runner: Runner) -> Callable[[str], Place]:
    """Makes a new place for a command, and removes the previous one."""
    return lambda name: world.place(name, runner)


def again(words: str, place: Place, runner: Runner) -> Ended:
    """Runs a command in this process, where waiting takes no time."""
    done = runner(*words.split(), **place.env)
    return Ended(done.status, done.err)


def some(name: str, found: list[Point], part: int) -> list[Point]:
    """All points of this part, or a sample."""
    return found[part::PARTS] if ALL else sample(name, found)


def sample(name: str, found: list[Point]) -> list[Point]:
    """The most important points: directly after a change at AWS, directly before a change of the store."""
    told = [after for point, after in pairwise(found) if _is_change(point)]
    stored = [point for point in found if point.call.startswith(("rename", "unlink")) and _is_entry(point)]
    if name in VARIANTS:
        return [told[VARIANTS[name]]]
    return list(dict.fromkeys([*told, stored[len(stored) // 2]]))


def _is_change(point: Point) -> bool:
    return any(action in point.text for action in ACTIONS)


def _is_entry(point: Point) -> bool:
    return any(place in point.text for place in IN_STORE)  # its path, or the path of its descriptor


def check(case: Case, place: Place, ended: Ended, what: object, runner: Runner) -> None:
    """What must be true after any run; then the same command, or its hint, finishes."""
    about = (case.words, str(what), ended.err)
    assert "Traceback" not in ended.err, about
    assert case.holds(place), about
    place.check()
    if case.finished(place) and place.clean():
        return
    then = again(case.then or case.words, place, runner)
    if case.then and "there is no unfinished rotation" in then.err:  # it was stopped before it began
        then = again(case.words, place, runner)
    if then.status == MUST_ASK:  # it asks before it replaces a key, or deletes one whose secret is lost
        hint = then.err.splitlines()[-1].partition("run pass aws ")[2]
        assert hint, (about, then.err)
        then = again(hint, place, runner)
    assert case.holds(place), (about, then.err)
    assert case.finished(place), (about, then.err)
    place.check()
    assert place.clean(), (about, then.err)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", CASES)
def test_killed_before_each_call(
    name: str, part: int, world: World, new_place: Callable[[str], Place], runner: Runner
) -> None:
    """SIGKILL before each call that can be seen from outside, and so after each one."""
    case = CASES[name]
    found = world.points(case, new_place(name))
    chosen, struck = some(name, found, part), 0
    for point in chosen:
        place = new_place(name)
        ended = fault_points.killed(point, case.argv(), place.env)
        struck += ended.status == -signal.SIGKILL
        check(case, place, ended, f"killed before {point}", runner)
    print(f"{name}: {len(found)} points; killed at {struck} of {len(chosen)} tried")
    assert struck == len(chosen)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", CASES if ALL else ["rotate"])
def test_no_space_left(
    name: str, part: int, world: World, new_place: Callable[[str], Place], runner: Runner
) -> None:
    """Each call that changes a file fails once, as on a full disk."""
    case = CASES[name]
    found = world.points(case, new_place(name))
    chosen = [point for point in found if point.call in fault_points.FAILING]
    if ALL:
        chosen = chosen[part::PARTS]
    else:
        kinds = {point.call: point for point in chosen if _is_entry(point)}
        assert {"openat", "write", "fsync"} <= kinds.keys()
        chosen = [kinds[call] for call in sorted(kinds) if call in ("openat", "fsync") or "rename" in call]
    for point in chosen:
        place = new_place(name)
        ended = fault_points.failing(point, "ENOSPC", case.argv(), place.env)
        check(case, place, ended, f"no space in {point}", runner)
    print(f"{name}: failed at {len(chosen)} points")


def test_a_planted_defect_is_found(world: World, new_place: Callable[[str], Place], runner: Runner) -> None:
    """The sample detects a rotation that deletes the old key before it has stored the new one."""
    case = CASES["rotate"]._replace(program=HURRIED.with_name("planted_defect.py"))
    found = world.points(case, new_place("rotate"))
    deleted = next(at for at, point in enumerate(found) if "Action=DeleteAccessKey" in point.text)
    assert found[deleted + 1] in sample("rotate", found)
    place = new_place("rotate")
    ended = fault_points.killed(found[deleted + 1], case.argv(), place.env)
    with pytest.raises(AssertionError, match="killed"):
        check(case, place, ended, "killed", runner)


@pytest.mark.parametrize("name", CALLING)
def test_a_lost_request_or_answer(
    name: str, world: World, new_place: Callable[[str], Place], runner: Runner
) -> None:
    """Each request to AWS, first or repeated, is lost before it arrives, or its answer is lost."""
    case = CASES[name]
    calls = world.calls(name, runner)
    chosen = range(1, len(calls) + 1) if ALL else [calls.index("CreateAccessKey") + 1]
    for at in chosen:
        for fault in (faults.lost(), faults.lost()._replace(work=False)):
            place = new_place(name)
            place.fake.fault("*", fault, at=at, times=3)
            ended = again(case.words, place, runner)
            place.fake.clear_faults()
            check(case, place, ended, f"call {at}: {fault}", runner)
    print(f"{name}: the network is cut at {len(chosen)} of {len(calls)} calls, on the way there and back")


def no_recipient(place: Place) -> Callable[[], object]:
    """From now on, a recipient's key is missing."""
    path = place.store / ".gpg-id"
    before = path.read_text()
    path.write_text(f"{before}nobody\n")
    return lambda: path.write_text(before)


def no_git(place: Place) -> Callable[[], object]:
    """From now on, git commits nothing."""
    hook = place.store / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    return hook.unlink


def no_agent(place: Place) -> Callable[[], object]:
    """Stops the agent, once."""
    end_agent(place.keyring)
    return lambda: None


def conflict(place: Place) -> Callable[[], object]:
    """Leaves git in the middle of a merge, as `pass git pull` does after a conflict."""
    path = place.store / ".git" / "MERGE_HEAD"
    path.write_text(place.git("rev-parse", "HEAD"))
    return path.unlink


def failure_during_call(
    what: Callable[[Place], Callable[[], object]], place: Place, mending: list[Callable[[], object]]
) -> faults.Fault:
    """Causes a failure between AWS's work and its answer, and keeps the way to mend it."""

    def change(response: Response) -> Response:
        mending.append(what(place))
        return response

    return faults.Fault("failure during the call", change=change)


@pytest.mark.parametrize("what", [no_recipient, no_git, no_agent, conflict])
@pytest.mark.parametrize("name", CALLING)
def test_the_store_fails_after_a_call(
    name: str,
    what: Callable[[Place], Callable[[], object]],
    world: World,
    new_place: Callable[[str], Place],
    runner: Runner,
) -> None:
    """From a call to AWS on, nothing can be encrypted or committed, or the agent is stopped."""
    case = CASES[name]
    calls = world.calls(name, runner)
    chosen = range(1, len(calls) + 1) if ALL else [calls.index("CreateAccessKey") + 1]
    for at in chosen:
        place = new_place(name)
        mended: list[Callable[[], object]] = []
        place.fake.fault("*", failure_during_call(what, place, mended), at=at)
        ended = again(case.words, place, runner)
        assert case.holds(place), (at, ended.err)
        mended[0]()
        check(case, place, ended, f"{what.__name__} from call {at} on", runner)
    print(f"{name}: {what.__name__} from {len(chosen)} of {len(calls)} calls on")


@pytest.mark.parametrize("what", [no_recipient, conflict])
@pytest.mark.parametrize("name", CASES if ALL else CALLING)
def test_an_unusable_store_is_refused_first(
    name: str,
    what: Callable[[Place], Callable[[], object]],
    new_place: Callable[[str], Place],
    runner: Runner,
) -> None:
    """Nothing is changed at AWS or in the store; after the repair, the same command finishes."""
    case, place = CASES[name], new_place(name)
    before, keys = place.files(), place.keys()
    mend = what(place)
    ended = again(case.words, place, runner)
    if ended.status:
        assert ended.status == FAILED
        assert (place.files(), place.keys()) == (before, keys), ended.err
        assert [call.action for call in place.fake.calls if f"Action={call.action}".startswith(ACTIONS)] == []
    else:  # removing an entry needs no recipient's key
        assert name.startswith(("remove", "mfa remove"))
        assert what is no_recipient
    mend()
    check(case, place, ended, what.__name__, runner)
