"""A process without a ticket waits for the process that is making it, before the full program is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from conftest import TOP, put

from pass_aws.cache import waiting
from pass_aws.cache.locks import Locks
from pass_aws.errors import CancelledError, UserError
from pass_aws.handover import TicketLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from fakeaws import FakeAWS


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment with only HOME."""
    return {"HOME": str(tmp_path)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The directory of the locks."""
    return tmp_path / ".local/state/pass-aws/locks"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


def locks(env: dict[str, str], lock: TicketLock | None) -> Locks:
    """The full program's locks, with the lock of the ticket that this process got."""
    return Locks(f"{env['HOME']}/.local/state/pass-aws", env, lambda: 0.0, print, None, lock)


def taken(env: dict[str, str]) -> TicketLock:
    """The lock, which must be free."""
    lock, again = waiting.take("t", env)
    assert lock
    assert not again
    return TicketLock(*lock)


def waiters(
    pool: ThreadPoolExecutor, env: dict[str, str], count: int
) -> list[Future[tuple[tuple[int, str] | None, bool]]]:
    """Starts this many waiting processes, and returns when each of them waits for the file."""
    before = standing()
    started = [pool.submit(waiting.take, "t", env) for _ in range(count)]
    while standing() < before + count:
        assert not any(one.done() for one in started)
        time.sleep(0.01)
    return started


def standing() -> int:
    """How many times this process has the lock file open."""
    count = 0
    for fd in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            count += os.readlink(f"/proc/self/fd/{fd}").endswith("/locks/t")
    return count


def crowd(
    pool: ThreadPoolExecutor, bare: dict[str, str], error: Exception | None
) -> list[tuple[tuple[int, str] | None, bool]]:
    """The outcomes of three processes that wait for one that ends in this way."""
    first = taken(bare)
    started: list[Future[tuple[tuple[int, str] | None, bool]]] = []
    with suppress(UserError), locks(bare, first).ticket():
        started = waiters(pool, bare, 3)
        if error:
            raise error
    return [one.result(20) for one in started]


def test_waiting_processes_continue_together(
    pool: ThreadPoolExecutor, bare: dict[str, str], folder: Path
) -> None:
    """When the ticket is there, all continue at once, no file is left, and the next process gets the lock."""
    assert crowd(pool, bare, None) == [(None, True)] * 3
    assert list(folder.iterdir()) == []
    os.close(taken(bare).number)


AGAIN = "run the command again"


@pytest.mark.parametrize(
    "error",
    [CancelledError("no", hint=AGAIN), UserError("access denied", hint="ask for it")],
    ids=["cancel", "refusal"],
)
def test_waiting_processes_share_a_failure(
    pool: ThreadPoolExecutor, bare: dict[str, str], error: UserError
) -> None:
    """A failure causes no second prompt and no second call; the next process tries."""
    for lock, again in crowd(pool, bare, error):
        assert not again
        with pytest.raises(UserError) as caught, locks(bare, TicketLock(*lock) if lock else None).ticket():
            pytest.fail("the call would be repeated")
        assert caught.value.code == error.code
        assert caught.value.hint == error.hint
    with locks(bare, taken(bare)).ticket():
        pass


def test_a_wrong_answer_is_not_shared(pool: ThreadPoolExecutor, bare: dict[str, str]) -> None:
    """After a prompt with a wrong answer, the waiting processes ask again."""
    mine = locks(bare, taken(bare))
    started: list[Future[tuple[tuple[int, str] | None, bool]]] = []
    with suppress(UserError), mine.ticket():
        started = waiters(pool, bare, 1)
        with mine.hold("device") as lock:
            lock.asking()
            raise UserError("wrong code")
    assert [one.result(20) for one in started] == [(None, True)]


def test_a_lock_file_that_was_removed_is_not_held(folder: Path) -> None:
    """A process that opens the file when its holder is done has waited, but does not hold the lock."""
    folder.mkdir(parents=True)
    fd = os.open(folder / "t", os.O_RDWR | os.O_CREAT)
    (folder / "t").unlink()
    assert waiting.take_open(fd, str(folder / "t")) == (None, True)


def test_a_lock_is_released_once(bare: dict[str, str], tmp_path: Path) -> None:
    """The descriptor is closed once, since the number may then belong to another file."""
    lock = taken(bare)
    ours = locks(bare, lock)
    with ours.ticket():
        pass
    with (tmp_path / "another").open("w+") as another:
        another.write("kept")
        another.flush()
        assert lock.number == another.fileno()
        with ours.ticket():
            pass
        assert (tmp_path / "another").read_text() == "kept"
        os.fstat(another.fileno())


HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
from pass_aws.cache import waiting
from pass_aws.cache.locks import Locks
from pass_aws.handover import TicketLock
env = {"HOME": sys.argv[2]}
lock, _ = waiting.take("t", env)
with Locks(sys.argv[2], env, lambda: 0.0, print, None, TicketLock(*lock)).ticket():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_holder_releases_the_lock(pool: ThreadPoolExecutor, bare: dict[str, str]) -> None:
    """After SIGKILL of the holder, a waiting process gets the lock."""
    argv = [sys.executable, "-c", HOLDER, str(TOP), bare["HOME"]]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        (future,) = waiters(pool, bare, 1)
        process.kill()
        assert future.result(20) == (None, True)


WAITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pass_aws.cache import waiting
print(waiting.take("t", {"HOME": sys.argv[2]})[1])
"""


def test_a_waiting_process_reports_the_holder(bare: dict[str, str]) -> None:
    """After a second, a waiting process reports once which process it waits for."""
    argv = [sys.executable, "-c", WAITER, str(TOP), bare["HOME"]]
    with locks(bare, taken(bare)).ticket():
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stderr
        assert process.stderr.readline().startswith(b"pass aws: waiting for process %d" % os.getpid())
    assert process.communicate(timeout=60) == (b"True\n", b"")


@pytest.mark.parametrize("kind", ["fifo", "link", "open", "file"])
def test_an_unusable_lock_directory(bare: dict[str, str], folder: Path, kind: str) -> None:
    """No process waits, and the full program reports the problem."""
    folder.parent.mkdir(parents=True, mode=0o700)
    if kind == "open":
        folder.parent.chmod(0o755)
    elif kind == "file":
        folder.touch()
    else:
        folder.mkdir(mode=0o700)
        (folder / "t").symlink_to("elsewhere") if kind == "link" else os.mkfifo(folder / "t")
    assert waiting.take("t", bare) == (None, False)
    assert not (folder / "elsewhere").exists()


REQUESTS = (
    ["exec", "dev", "--", "true"],
    ["env", "dev"],
    ["credential-process", "dev"],
)


def test_requests_for_one_ticket_share_a_lock(bare: dict[str, str]) -> None:
    """Requests for one ticket wait for each other, whatever their output is used for."""
    assert {waiting.lock_name(words, bare) for words in REQUESTS} == {waiting.lock_name(REQUESTS[0], bare)}
    assert waiting.lock_name(REQUESTS[0], bare).startswith("dev ")


@pytest.mark.parametrize("variable", ["AWS_REGION", "PASSWORD_STORE_DIR", "AWS_CONFIG_FILE", "AWS_ROLE_ARN"])
def test_requests_with_other_variables_have_another_lock(bare: dict[str, str], variable: str) -> None:
    """With other variables, a request does not share the result or the failure."""
    assert waiting.lock_name(["env", "dev"], bare) != waiting.lock_name(
        ["env", "dev"], {**bare, variable: "/x"}
    )


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (["env", "dev", "--fresh"], {}),
        (["env", "dev", "--no-input"], {}),
        (["list"], {}),
        (["env", "a b"], {}),
        (["env", "dev"], {"PASS_AWS_NO_INPUT": "1"}),
        (["env", "dev", "--format", "json"], {}),
        (["env", "dev"], {"PASS_AWS_DEPTH": "1"}),
    ],
)
def test_requests_without_a_ticket_do_not_wait(
    bare: dict[str, str], words: list[str], variables: dict[str, str]
) -> None:
    """No process waits for a ticket that no process makes, nor for its own caller."""
    assert waiting.lock_name(words, {**bare, **variables}) == ""


@pytest.fixture
def dev(store: Path, fake: FakeAWS, aws_config: Path) -> FakeAWS:
    """A key and its profile."""
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    return fake


@pytest.mark.usefixtures("dev")
def test_the_command_does_not_inherit_the_lock(front: str) -> None:
    """When the command starts, the lock file is closed and removed, and no variable names it."""
    state = f"{os.environ['HOME']}/.local/state/pass-aws"
    script = (
        f'ls "{state}/locks"; env | grep -F "{state}"; ls -ln /proc/self/fd | grep -F "{state}"; echo ran'
    )
    words = [front, "exec", "dev", "--", "sh", "-c", script]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    assert done.stdout == "ran\n", done.stderr


@pytest.mark.usefixtures("dev")
def test_requests_with_closed_streams_do_not_wait(front: str) -> None:
    """A lock file must not get the number of a standard stream, since it would be written to."""
    locked = f"{os.environ['HOME']}/.local/state/pass-aws/locks"
    os.makedirs(locked, 0o700)
    done = subprocess.run(["sh", "-c", '"$0" env dev <&- 2>&-', front], capture_output=True, check=True)
    assert b"AWS_SESSION_TOKEN" in done.stdout
