"""The lock on a session: equal requests wait for one prompt and one call, and never for an ended process."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from conftest import TOP

from pass_aws.cache.locks import Lock, Locks
from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Waiter:
    """Another process that wants the lock; `waiting` is set when it has reported that it waits.

    Its clock advances a second with each attempt, so that it reports at once what it normally reports after a second.
    """

    def __init__(self, state: Path, *, quiet: bool = False, **env: str) -> None:
        self.said: list[str] = []
        self.waiting = threading.Event()
        seconds = itertools.count()
        make = partial(Locks, str(state), env, lambda: float(next(seconds)), self.say)
        self.locks = make(quiet=True) if quiet else make()

    def say(self, text: str) -> None:
        self.said.append(text)
        self.waiting.set()

    def take(self, work: Callable[[Lock], object] = lambda _: "done", *, alike: bool = True) -> object:
        with self.locks.hold("key", alike=alike) as lock:
            return work(lock)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(70) as made:
        yield made


HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
from pass_aws.cache.locks import Locks
with Locks(sys.argv[2], {"GPG_TTY": sys.argv[4]}, lambda: 0.0, print).hold("key") as lock:
    if sys.argv[3] == "asking":
        lock.asking()
    elif sys.argv[3] == "child":
        import os
        os.posix_spawnp("cat", ["cat"], os.environ)
    print("held", flush=True)
    sys.stdin.read()
"""


TERMINAL = os.ttyname(os.openpty()[1])


@contextmanager
def holder(state: Path, doing: str = "calling") -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock until its stdin ends."""
    argv = [sys.executable, "-c", HOLDER, str(TOP), str(state), doing, TERMINAL]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


def waiting(pool: ThreadPoolExecutor, *waiters: Waiter) -> list[Future[object]]:
    """Starts these waiters, and returns when all of them wait."""
    started = [pool.submit(waiter.take) for waiter in waiters]
    for waiter in waiters:
        assert waiter.waiting.wait(20)
    return started


def code_of(future: Future[object]) -> int:
    error = future.exception(20)
    assert isinstance(error, UserError)
    return error.code


def test_one_process_holds_the_lock_at_a_time(state: Path, pool: ThreadPoolExecutor) -> None:
    """Sixty-four processes get one lock in turn, never two at the same time."""
    inside: list[int] = []
    most: list[int] = []

    def work(_: Lock) -> None:
        inside.append(1)
        most.append(len(inside))
        inside.pop()

    for done in [pool.submit(Waiter(state).take, work) for _ in range(64)]:
        done.result(60)
    assert max(most) == 1
    assert len(most) == 64


def test_different_keys_do_not_wait(state: Path) -> None:
    """A lock excludes only processes that need the same key."""
    locks = Waiter(state).locks
    with locks.hold("one"), locks.hold("other"):
        assert len(os.listdir(state / "locks")) == 2


def test_lock_files_are_removed(state: Path, pool: ThreadPoolExecutor) -> None:
    """Ten thousand sessions do not leave ten thousand lock files, and no file name contains a key."""
    with holder(state) as process:
        assert all(len(name) == 64 for name in os.listdir(state / "locks"))
        futures = waiting(pool, *(Waiter(state) for _ in range(5)))
        process.communicate()
        assert [future.result(20) for future in futures] == ["done"] * 5
    assert os.listdir(state / "locks") == []
    assert state.stat().st_mode & 0o777 == (state / "locks").stat().st_mode & 0o777 == 0o700


def test_a_lock_works_on_any_descriptor_number(state: Path) -> None:
    """If stdin is closed, the lock file gets descriptor 0; it is released and removed like any other."""
    text = HOLDER.replace("import sys\n", "import os, sys\nos.close(0)\n", 1).replace("sys.stdin.read()", "")
    done = subprocess.run(
        [sys.executable, "-c", text, str(TOP), str(state), "asking", TERMINAL],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "held\n", "")
    assert os.listdir(state / "locks") == []


@pytest.mark.parametrize("doing", ["calling", "asking", "child"])
def test_a_killed_holder_releases_the_lock(state: Path, pool: ThreadPoolExecutor, doing: str) -> None:
    """SIGKILL releases the lock, even while programs that it started still run."""
    with holder(state, doing) as process:
        (future,) = waiting(pool, Waiter(state))
        process.kill()
        process.wait()
        assert future.result(20) == "done"
        assert process.stdin
        process.stdin.close()


def test_a_waiting_process_reports_the_holder(state: Path, pool: ThreadPoolExecutor) -> None:
    """After a second, a waiting process reports the holder once: process, terminal, and what it does."""
    with holder(state, "asking") as process:
        one = Waiter(state)
        (future,) = waiting(pool, one)
        process.communicate()
        future.result(20)
    assert one.said == [f"waiting for process {process.pid} on {TERMINAL}, which is asking"]


def test_a_short_wait_is_not_reported(state: Path, pool: ThreadPoolExecutor) -> None:
    """A wait of less than a second is not reported."""
    said: list[str] = []
    looks = iter(range(1_000_000))
    looked = threading.Event()

    def clock() -> float:
        if next(looks) == 3:
            looked.set()
        return 0.0

    with holder(state) as process:
        future = pool.submit(Locks(str(state), {}, clock, said.append).hold("key").__enter__)
        assert looked.wait(20)
        process.communicate()
        future.result(20)
    assert said == []


def test_a_stopped_holder_is_reported_as_stopped(state: Path, pool: ThreadPoolExecutor) -> None:
    """Ctrl-Z at a prompt is reported; without that it would look like a hang."""
    with holder(state, "asking") as process:
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        one = Waiter(state)
        (future,) = waiting(pool, one)
        assert "stopped" in one.said[0]
        assert f"kill {process.pid}" in one.said[0]
        process.kill()
        future.result(20)


def test_no_input_does_not_wait_for_a_prompt(state: Path) -> None:
    """With --no-input, a process exits with 4 at once and names the terminal that shows the prompt."""
    with holder(state, "asking"), pytest.raises(UserError, match=TERMINAL) as caught:
        Waiter(state, quiet=True).take()
    assert caught.value.code == MUST_ASK


def test_no_input_waits_for_a_call(state: Path, pool: ThreadPoolExecutor) -> None:
    """A call ends without user input, so --no-input waits for it; if it leads to a prompt, the wait ends."""
    with Waiter(state).locks.hold("key"):
        (future,) = waiting(pool, Waiter(state, quiet=True))
    assert future.result(20) == "done"
    with Waiter(state).locks.hold("key") as lock:
        (future,) = waiting(pool, Waiter(state, quiet=True))
        lock.asking()
        assert code_of(future) == MUST_ASK


def ended(
    state: Path, pool: ThreadPoolExecutor, error: BaseException, *, asked: bool, alike: bool = True
) -> list[Future[object]]:
    """The results of three processes that waited for a holder that ended with this error."""
    futures: list[Future[object]] = []

    def fail(lock: Lock) -> None:
        if asked:
            lock.asking()
        futures.extend(waiting(pool, *(Waiter(state) for _ in range(3))))
        raise error

    with pytest.raises(type(error)):
        Waiter(state).take(fail, alike=alike)
    return futures


@pytest.mark.parametrize("error", [KeyboardInterrupt(), UserError("cancelled", code=INTERRUPTED)])
def test_a_cancelled_prompt_ends_all_waiting_processes(
    state: Path, pool: ThreadPoolExecutor, error: BaseException
) -> None:
    """A process that waited for the prompt does not ask again; a later one does."""
    assert [code_of(future) for future in ended(state, pool, error, asked=True)] == [INTERRUPTED] * 3
    assert Waiter(state).take() == "done"


def test_a_failed_call_ends_all_waiting_processes(state: Path, pool: ThreadPoolExecutor) -> None:
    """Waiting processes share a failed call.

    Sixty-four equal timeouts in turn would take a quarter of an hour.
    """
    futures = ended(state, pool, UserError("no answer", hint="look at the network"), asked=False)
    for future in futures:
        error = future.exception(20)
        assert isinstance(error, UserError)
        assert (str(error), error.hint, error.code) == ("no answer", "look at the network", 1)
    assert Waiter(state).take() == "done"


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (UserError("wrong code"), True),
        (UserError("may not ask", code=MUST_ASK), False),
        (ValueError("a bug"), False),
    ],
)
def test_other_failures_are_not_shared(
    state: Path, pool: ThreadPoolExecutor, error: Exception, asked: bool
) -> None:
    """After a mistyped answer, a holder that must not prompt, or a bug, the next process tries itself."""
    assert [future.result(20) for future in ended(state, pool, error, asked=asked)] == ["done"] * 3


def test_a_failure_is_not_shared_with_different_calls(state: Path, pool: ThreadPoolExecutor) -> None:
    """If different calls wait for one lock, the failure of one does not end the others."""
    (future,) = ended(state, pool, UserError("this entry is broken"), asked=False, alike=False)[:1]
    assert future.result(20) == "done"


def test_a_lock_tells_whether_it_waited(state: Path, pool: ThreadPoolExecutor) -> None:
    """A process that waited knows it: the previous holder may have stored the answer."""
    second = Waiter(state)
    with Waiter(state).locks.hold("key") as lock:
        assert not lock.waited
        future = pool.submit(second.take, lambda lock: lock.waited)
        assert second.waiting.wait(20)
    assert future.result(20) is True


def test_a_waiting_process_reports_only_once(state: Path, pool: ThreadPoolExecutor) -> None:
    """Each of twenty waiting processes prints one line, however many others go first."""
    others = [Waiter(state) for _ in range(20)]
    with Waiter(state).locks.hold("key"):
        futures = waiting(pool, *others)
    for future in futures:
        future.result(20)
    assert [len(other.said) for other in others] == [1] * 20


def test_an_unusable_lock_directory_stops_no_process(state: Path) -> None:
    """A state directory that is open to other users costs one warning, and the command continues."""
    state.mkdir(mode=0o777)
    state.chmod(0o777)
    one = Waiter(state)
    assert one.take() == "done"
    assert len(one.said) == 1
    assert f"{state} is open to other users" in one.said[0]


def test_a_planted_symlink_is_not_followed(state: Path, tmp_path: Path) -> None:
    """If the name of a lock is a symlink, its target is not written."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    with Waiter(state).locks.hold("key"):
        (name,) = os.listdir(state / "locks")
    (state / "locks" / name).symlink_to(victim)
    one = Waiter(state)
    assert one.take() == "done"
    assert victim.read_text() == "precious"
    assert len(one.said) == 1
