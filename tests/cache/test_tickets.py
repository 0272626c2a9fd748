"""The cache returns what was stored in it, only to its user, and its failures stop no command."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import TOP, end_agent, end_gpg_home, gpg, gpg_home, new_key

from pass_aws.cache import sealed_files, session, ticket
from pass_aws.cache.freshness import Times
from pass_aws.cache.index import Live
from pass_aws.cache.ticket import Ticket
from pass_aws.cache.tickets import Tickets
from pass_aws.errors import MUST_ASK, CancelledError, UserError
from pass_aws.gpg.gpg import Gpg
from pass_aws.model import Credentials
from pass_aws.system import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = 1_800_000_000
EDITED = 1_799_999_999_123_456_788
TIMES = Times(EDITED, EDITED + 1, EDITED + 2)
"""Times of the AWS files and the entry, in nanoseconds."""
DIGEST, OTHER = "d1" * 32, "d2" * 32
GIVEN = "/store\t/config\t/credentials"


def made(left: int = 3600, key_id: str = "ASIAEXAMPLE") -> Credentials:
    return Credentials(key_id, "secret/+", "token==", NOW + left, "123456789012")


class Cache:
    """A cache of alice, with a stopped clock and a list of the messages."""

    def __init__(self, folder: Path, env: dict[str, str], fingerprint: str) -> None:
        self.path, self.state, self.env, self.fingerprint = (
            folder / "cache",
            folder / "state",
            env,
            fingerprint,
        )
        self.now = float(NOW)
        self.said: list[str] = []

    def door(self, **env: str) -> Tickets:
        """The cache as one run of the program sees it."""
        whole = {**self.env, **env}
        gpg = Gpg(whole, quiet=bool(env.get("quiet")))
        return Tickets(str(self.path), str(self.state), gpg, whole, lambda: self.now, self.said.append)

    def put(
        self,
        digest: str = DIGEST,
        left: int = 3600,
        life: int = 3600,
        profile: str = "ro",
        entry: str = "dev",
    ) -> None:
        self.door().put_session(
            digest, made(left), life=life, profile=profile, entry=entry, recipients=[self.fingerprint]
        )

    def get(self, digest: str = DIGEST, left: int = 300, life: int = 0) -> Credentials | None:
        return self.door().session(digest, left=left, life=life)

    def put_ticket(
        self,
        left: int = 3600,
        profile: str = "ro",
        times: Times = TIMES,
        epoch: str | None = None,
        key_id: str = "ASIAEXAMPLE",
    ) -> None:
        credentials, door = made(left, key_id), self.door()
        exports = child_environment.exports(credentials, profile=profile, region="eu-west-1")
        door.put_ticket(
            Ticket(profile, NOW + left, GIVEN, "/store/aws-vault/dev.gpg", exports),
            times,
            door.epoch() if epoch is None else epoch,
            [self.fingerprint],
        )

    def noted(self, profile: str = "ro") -> dict[str, int]:
        """The files that make a ticket valid, and their times."""
        return {
            path.name: path.stat().st_mtime_ns for path in (self.state / "tickets" / profile).glob("[a-z]*")
        }

    def says(self, profile: str = "ro") -> str:
        """The text of the profile's only ticket."""
        (path,) = self.tickets(profile)
        return gpg(Path(self.env["GNUPGHOME"]), "-d", str(path))

    def counts(self, profile: str = "ro") -> bool:
        """Whether the front would accept the profile's ticket."""
        if not self.noted(profile):
            return False
        expires, nonce, _ = (self.state / "tickets" / profile / "entry").read_text().split()
        return f"\nnonce: {nonce}\nprofile: {profile}\nexpires: {expires}\n" in self.says(profile)

    def tickets(self, profile: str = "ro") -> list[Path]:
        return sorted((self.path / "tickets" / profile).glob("*"))

    def files(self) -> list[Path]:
        return [path for path in self.path.rglob("*") if path.is_file()]


@pytest.fixture
def cache(tmp_path: Path, keyring: Path, fingerprint: str) -> Cache:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GNUPGHOME": str(keyring)}
    return Cache(tmp_path, env, fingerprint)


# Sessions.


def test_a_session_is_read_back(cache: Cache) -> None:
    """A session is returned with all fields, for its own digest and for no other."""
    cache.put()
    assert cache.get() == made()
    assert cache.get(OTHER) is None
    assert cache.said == []


def test_no_secret_is_readable(cache: Cache) -> None:
    """No file or name contains a secret, key id or token, and other users can read nothing."""
    cache.put()
    cache.put_ticket()
    for path in (*cache.path.rglob("*"), cache.path, cache.state, cache.state / "seal"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        text = path.read_bytes() if path.is_file() else str(path).encode()
        assert not any(word in text for word in (b"secret/+", b"token==", b"ASIAEXAMPLE"))


def test_the_umask_does_not_matter(cache: Cache) -> None:
    """Modes are the same with a loose and with a strict umask."""
    before = os.umask(0)
    try:
        cache.put()
        os.umask(0o077)
        cache.put_ticket()
    finally:
        os.umask(before)
    test_no_secret_is_readable(cache)


@pytest.mark.parametrize(
    ("left", "life", "wanted", "served"),
    [
        (300, 3600, 300, True), (299, 3600, 300, False), (450, 900, 900, True), (449, 900, 900, False),
        (0, 900, 0, False), (1801, 3600, 9999, True), (-5, 3600, 0, False),
    ],
)  # fmt: skip
def test_the_required_remaining_lifetime(
    cache: Cache, left: int, life: int, wanted: int, served: bool
) -> None:
    """A session is served if it lives as long as requested, or half of its whole lifetime.

    It is never served if it has expired.
    """
    cache.put(left=left, life=life)
    assert (cache.get(left=wanted) is not None) is served


def test_the_newest_session_is_used(cache: Cache) -> None:
    """Of several sessions with one digest, the newest is used."""
    for left in (1000, 3000, 2000):
        cache.put(left=left)
    assert cache.get() == made(3000)


def test_an_explicit_duration_needs_a_session_of_that_length(cache: Cache) -> None:
    """An explicit `-d 8h` is not answered by a session made for one hour, but longer sessions serve shorter requests."""
    cache.put(left=3000, life=3600)
    assert cache.get(life=8 * 3600) is None
    cache.put(left=2000, life=8 * 3600)
    assert cache.get(life=8 * 3600) == made(2000)
    assert cache.get(life=900) == made(3000)


def test_a_long_lived_key_is_not_cached(cache: Cache) -> None:
    """A long-lived key stays only in the store."""
    key = Credentials("AKIAEXAMPLE", "secret/+")
    cache.door().put_session(DIGEST, key, life=0, profile="dev", entry="dev", recipients=[cache.fingerprint])
    assert not cache.path.exists()


@pytest.mark.parametrize("order", ["alone", "behind a key"])
def test_a_passphrase_is_never_asked_for_a_planted_file(cache: Cache, order: str, tmp_path: Path) -> None:
    """A file that is encrypted with a passphrase is removed before gpg reads it; no pinentry starts, no run is cancelled."""
    asked = tmp_path / "asked"
    pinentry = tmp_path / "pinentry"
    pinentry.write_text(f"#!/bin/sh\necho >>{asked}\necho ERR 83886179 cancelled\n")
    pinentry.chmod(0o755)
    home = Path(cache.env["GNUPGHOME"])
    (home / "gpg-agent.conf").write_text(f"pinentry-program {pinentry}\n")
    end_agent(home)
    try:
        cache.put()
        path = cache.path / "sessions" / f"{DIGEST}-{NOW + 9999}.gpg"
        key = ("-e", "-r", cache.fingerprint) if order == "behind a key" else ()
        word = ("--pinentry-mode", "loopback", "--passphrase", "word")
        gpg(home, *word, "-c", *key, "-o", str(path), stdin=b"x")
        end_agent(home)  # the agent remembers that passphrase
        assert cache.get() == made()
        assert not path.exists()
        assert not asked.exists()
    finally:
        (home / "gpg-agent.conf").unlink()
        end_agent(home)


@pytest.mark.parametrize(
    "how", ["renamed", "other digest", "forged", "plain", "cut", "garbage", "fifo", "symlink", "empty"]
)
def test_a_planted_session_is_a_miss(cache: Cache, how: str, tmp_path: Path) -> None:
    """A file that the cache did not write for exactly this request is ignored and replaced."""
    cache.put()
    (path,) = (cache.path / "sessions").iterdir()
    if how == "renamed":
        path = path.rename(path.with_name(f"{DIGEST}-{NOW + 9999}.gpg"))
    elif how == "other digest":
        path = path.rename(path.with_name(f"{OTHER}-{NOW + 3600}.gpg"))
    elif how == "symlink":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    elif how == "fifo":
        path.unlink()
        os.mkfifo(path)
    elif how == "forged":
        text = session.render(made(), "0" * 64, DIGEST, 3600).encode()
        gpg(Path(cache.env["GNUPGHOME"]), "--yes", "-o", str(path), "-e", "-r", cache.fingerprint, stdin=text)
    else:
        text = session.render(made(), (cache.state / "seal").read_text().strip(), DIGEST, 3600).encode()
        literal = b"t\0" + bytes(4) + text
        content = {
            "plain": b"\xcb\xff" + len(literal).to_bytes(4, "big") + literal,
            "cut": path.read_bytes()[:-1],
            "garbage": b"garbage",
            "empty": b"",
        }
        path.write_bytes(content[how])
    digest = OTHER if how == "other digest" else DIGEST
    assert cache.get(digest) is None
    assert cache.said == []
    cache.put(digest)
    assert cache.get(digest) == made()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Cache]:
    """A cache whose key has an unknown passphrase: every prompt is cancelled."""
    home = gpg_home()
    fingerprint = new_key(home, "locked", passphrase="secret")
    (home / "pinentry").write_text(
        "#!/bin/sh\necho OK\nwhile read -r word rest; do\n"
        'case $word in GETPIN) echo "ERR 83886179 cancelled" ;; *) echo OK ;; esac\ndone\n'
    )
    (home / "pinentry").chmod(0o755)
    (home / "gpg-agent.conf").write_text(f"pinentry-program {home}/pinentry\n")
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GNUPGHOME": str(home), "GPG_TTY": "/dev/null"}
    yield Cache(tmp_path, env, fingerprint)
    end_gpg_home(home)


@pytest.fixture
def own_home(tmp_path: Path) -> Iterator[Cache]:
    """A cache with a GNUPGHOME that only this test uses."""
    home = gpg_home()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GNUPGHOME": str(home)}
    yield Cache(tmp_path, env, new_key(home, "carol"))
    end_gpg_home(home)


def test_a_cancelled_pinentry_is_not_a_miss(locked: Cache) -> None:
    """A cancelled pinentry ends the run; as a miss, it would lead to a second prompt."""
    locked.put()
    with pytest.raises(CancelledError):
        locked.get()
    with pytest.raises(UserError) as caught:
        locked.door(quiet="yes").session(DIGEST, left=300)
    assert caught.value.code == MUST_ASK


def test_a_cancelled_pinentry_keeps_the_ticket(locked: Cache) -> None:
    """A ticket that was not unlocked may be valid, so it is kept."""
    locked.put_ticket()
    before = locked.tickets()[0].read_bytes()
    locked.put_ticket(times=Times(EDITED + 7, EDITED, EDITED))
    assert locked.tickets()[0].read_bytes() == before
    assert locked.said == []


# Tickets.


def test_a_ticket_is_valid_by_its_records(cache: Cache) -> None:
    """The state records a ticket's expiry, its nonce, and the times of its sources to the nanosecond."""
    cache.put_ticket()
    (path,) = cache.tickets()
    assert path.name == f"{NOW + 3600}.gpg"
    assert cache.noted() == {"config": EDITED, "credentials": EDITED + 1, "entry": EDITED + 2}
    assert cache.counts()


def test_a_missing_source_is_not_recorded(cache: Cache) -> None:
    """If a source file does not exist, no time is recorded, and an earlier record is removed."""
    cache.put_ticket()
    cache.put_ticket(times=Times(EDITED, 0, EDITED))
    assert cache.noted() == {"config": EDITED, "entry": EDITED}


def test_each_ticket_has_its_own_nonce(cache: Cache) -> None:
    """An older ticket, restored with its time, is not valid. Nor is one of another profile."""
    cache.put_ticket()
    old = cache.tickets()[0].read_bytes()
    cache.put_ticket(key_id="ASIAOTHER")
    assert cache.counts()
    cache.tickets()[0].write_bytes(old)
    assert not cache.counts()
    cache.put_ticket(profile="rw")
    nonces = {line for name in ("ro", "rw") for line in cache.says(name).split("\n") if "nonce" in line}
    assert len(nonces) == 2


@pytest.mark.parametrize(
    "drop",
    [
        lambda cache: cache.door().drop("ro"),
        lambda cache: cache.door().drop_entry("dev"),
        lambda cache: cache.door().drop_all(),
        lambda cache: cache.door().distrust("ro"),
    ],
    ids=["drop", "drop_entry", "drop_all", "distrust"],
)
def test_a_dropped_ticket_is_not_valid(cache: Cache, drop: Callable[[Cache], object]) -> None:
    """A dropped ticket stays invalid if it is restored.

    So does one made from a session that is now deleted.
    """
    cache.put_ticket()
    text, epoch = cache.tickets()[0].read_bytes(), cache.door().epoch()
    drop(cache)
    assert cache.noted() == {}
    cache.put_ticket(epoch=epoch)
    assert cache.noted() == {}
    cache.tickets()[0].write_bytes(text)
    assert not cache.counts()
    cache.put_ticket()
    assert cache.counts()


def test_a_ticket_waits_for_an_invalidation(cache: Cache) -> None:
    """A run that invalidates tickets holds a lock; a ticket that is written at that moment is not valid."""
    cache.put_ticket()
    before = cache.door().epoch()
    with ThreadPoolExecutor(1) as pool, (cache.state / "tickets/.epoch").open("r+") as epoch:
        fcntl.flock(epoch, fcntl.LOCK_EX)
        writer = pool.submit(cache.put_ticket, left=2000, epoch=before)
        while cache.tickets()[0].name != f"{NOW + 2000}.gpg" and not writer.done():
            time.sleep(0.01)
        time.sleep(0.1)  # a writer that does not wait records its ticket now
        assert not writer.done()
        epoch.write("changed")
    assert not cache.counts()


def test_dropping_a_profile_without_records(cache: Cache) -> None:
    """A run in progress leaves no ticket, and no state directory is created."""
    cache.door().drop_all()
    assert not cache.state.exists()
    cache.put()
    epoch = cache.door().epoch()
    cache.door().drop_all()
    cache.put_ticket(epoch=epoch)
    assert cache.noted() == {}


def test_a_ticket_that_cannot_be_dropped_is_an_error(cache: Cache) -> None:
    """If a ticket cannot be invalidated, the user gets an error."""
    cache.put_ticket()
    (cache.state / "tickets/.epoch").unlink()
    (cache.state / "tickets/.epoch").symlink_to("/nowhere")
    with pytest.raises(UserError, match="cannot invalidate tickets"):
        cache.door().drop_all()


def test_a_profile_has_one_ticket(cache: Cache) -> None:
    """A profile has one ticket, the newest, since the newest run read the files last."""
    cache.put_ticket(left=3600)
    cache.put_ticket(left=2000)
    assert [path.name for path in cache.tickets()] == [f"{NOW + 2000}.gpg"]
    assert cache.counts()


def test_after_an_unrelated_edit_only_the_times_are_recorded(cache: Cache) -> None:
    """The ticket is not encrypted again, which would cost more than the run itself."""
    cache.put_ticket()
    before = cache.tickets()[0].read_bytes()
    cache.put_ticket(times=Times(EDITED + 9, EDITED + 8, EDITED + 7))
    assert cache.tickets()[0].read_bytes() == before
    assert cache.noted() == {"config": EDITED + 9, "credentials": EDITED + 8, "entry": EDITED + 7}
    assert cache.counts()


# Keyrings.


def ring(cache: Cache) -> Path:
    """The recorded keyring of the profile's ticket."""
    name = (cache.state / "tickets" / "ro" / "entry").read_text().split()[2]
    return cache.state / "keyrings" / name


def test_a_ticket_is_readable_with_its_keyring(cache: Cache) -> None:
    """The keyring that is recorded for a ticket decrypts it, and is private."""
    cache.put_ticket()
    path = ring(cache)
    words = ("--no-default-keyring", "--keyring", f"gnupg-ring:{path}", "-d", str(cache.tickets()[0]))
    assert gpg(Path(cache.env["GNUPGHOME"]), *words) == cache.says()
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path)] == [0o700, 0o600]
    assert cache.said == []


def test_a_keyring_is_made_once(cache: Cache) -> None:
    """All tickets for the same keys use one keyring, which is not written again."""
    cache.put_ticket()
    before = ring(cache).stat()
    cache.put_ticket(profile="rw")
    cache.put_ticket(left=2000)
    assert os.path.samestat(ring(cache).stat(), before)
    assert os.listdir(cache.state / "keyrings") == [ring(cache).name]


@pytest.mark.parametrize("how", ["gone", "directory gone", "empty"])
def test_a_missing_keyring_is_made_again(cache: Cache, how: str) -> None:
    """The next run that writes or verifies a ticket makes it; gpg leaves an empty file where it misses one."""
    cache.put_ticket()
    path, before = ring(cache), ring(cache).read_bytes()
    if how == "directory gone":
        shutil.rmtree(path.parent)
    elif how == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
    cache.put_ticket()
    assert ring(cache).read_bytes() == before


def test_another_subkey_gets_another_keyring(own_home: Cache) -> None:
    """gpg encrypts for the newest subkey; the ticket's keyring has it."""
    cache, home = own_home, Path(own_home.env["GNUPGHOME"])
    cache.put_ticket()
    before = ring(cache)
    later = (
        "--faked-system-time",
        f"{int(time.time()) + 2}",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "",
    )
    gpg(home, *later, "--quick-add-key", cache.fingerprint, "cv25519", "encr")
    while ring(cache) == before:  # gpg does not use a key of the future
        time.sleep(0.5)
        cache.put_ticket(left=int(time.time()) % 1000 + 1000)
    words = ("--no-default-keyring", "--keyring", f"gnupg-ring:{ring(cache)}", "-d", str(cache.tickets()[0]))
    assert gpg(home, *words) == cache.says()


def test_without_a_keyring_a_ticket_is_valid(cache: Cache, tmp_path: Path) -> None:
    """If gpg makes no keyring, the record names none, and the front uses the user's own."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gpg"
    program.write_text(
        f'#!/bin/sh\nfor word; do [ "$word" != --import ] || exit 0; done\nexec {shutil.which("gpg")} "$@"\n'
    )
    program.chmod(0o755)
    cache.env["PATH"] = f"{program.parent}:{cache.env['PATH']}"
    cache.put_ticket()
    expires, nonce = (cache.state / "tickets/ro/entry").read_text().split()
    assert f"\nnonce: {nonce}\nprofile: ro\nexpires: {expires}\n" in cache.says()
    assert not (cache.state / "keyrings").exists()
    assert cache.said == []


def test_a_ticket_for_many_keys_has_no_keyring(cache: Cache) -> None:
    """The ids of sixteen keys are too long for a file's name."""
    cache.put_ticket()
    files = sealed_files.SealedFiles(str(cache.path), str(cache.state), Gpg(cache.env))
    for count, made in ((15, True), (16, False)):
        name = "-".join([ring(cache).name] * count)
        assert files.keyring(name) == (name if made else "")


def test_dropping_everything_removes_the_keyrings(cache: Cache) -> None:
    """A damaged keyring does not outlive `pass aws clear`."""
    cache.put_ticket()
    cache.door().drop_all()
    assert not (cache.state / "keyrings").exists()


def test_a_ticket_of_another_process_is_recognised(cache: Cache) -> None:
    """A process does not make a ticket that another process has just made."""
    since = time.time() - 5
    cache.put_ticket()
    left = cache.door().left
    assert left("ro", NOW + 3600, times=TIMES, since=since)
    assert not left("ro", NOW + 3600, times=TIMES, since=since + 100)
    assert not left("ro", NOW + 3599, times=TIMES, since=since)
    assert not left("ro", NOW + 3600, times=TIMES._replace(entry=EDITED), since=since)
    cache.tickets()[0].unlink()
    assert not left("ro", NOW + 3600, times=TIMES, since=since)


def test_an_unreadable_ticket_is_replaced(cache: Cache) -> None:
    """The run that finds an unreadable ticket replaces it."""
    cache.put_ticket()
    path = cache.tickets()[0]
    for content in (b"garbage", b""):
        path.write_bytes(content)
        cache.put_ticket()
        assert cache.counts()
    assert cache.said == []


@pytest.mark.parametrize("kind", ["tickets", "sessions"])
def test_a_directory_with_the_name_of_a_file_is_replaced(cache: Cache, kind: str) -> None:
    """A directory with the exact name of a ticket or a session is replaced."""
    cache.put()
    cache.put_ticket()
    (path,) = (path for path in (cache.path / kind).rglob("*.gpg"))
    path.unlink()
    (path / "junk").mkdir(parents=True)
    cache.put()
    cache.put_ticket()
    assert cache.get() == made()
    assert cache.counts()
    assert cache.said == []


def test_requests_without_a_ticket(cache: Cache) -> None:
    """Unusual names, expired sessions, missing files or files without times get no ticket."""
    cache.put_ticket(profile="a b")
    cache.put_ticket(left=299)
    for times in (
        Times(0, 0, 0),
        Times(10**9, 10**9, EDITED),
        Times(EDITED, 0, 0),
        Times(EDITED, 10**9, EDITED),
    ):
        cache.put_ticket(times=times)
    assert not (cache.path / "tickets").exists()
    assert cache.noted() == {}


# Failures of the cache.


def fails_softly(cache: Cache, *words: str) -> None:
    """Everything continues without a cache, with one warning."""
    door = cache.door()
    assert door.session(DIGEST, left=300) is None
    for digest in (DIGEST, OTHER):
        door.put_session(digest, made(), life=3600, profile="ro", entry="dev", recipients=[cache.fingerprint])
        assert door.session(digest, left=300) is None
    assert len(cache.said) == 1
    assert all(word in cache.said[0] for word in words)


def test_a_cache_open_to_other_users_is_not_used(cache: Cache) -> None:
    """A directory that others may read or write is neither used nor changed."""
    cache.path.mkdir()
    cache.path.chmod(0o755)
    fails_softly(cache, "open to other users", f"{cache.path}")
    assert cache.files() == []


def test_a_cache_open_to_other_users_is_not_read(cache: Cache) -> None:
    """Other users could have put sessions there, or seen them."""
    cache.put()
    cache.path.chmod(0o750)
    assert cache.get() is None
    assert len(cache.said) == 1
    cache.path.chmod(0o700)
    assert cache.get() == made()


def test_a_file_instead_of_the_cache_directory(cache: Cache) -> None:
    """A file with the name of the cache directory costs one warning."""
    cache.path.write_text("")
    fails_softly(cache, str(cache.path))


def test_a_state_directory_open_to_other_users(cache: Cache) -> None:
    """A state directory that others can read is not used: they would know the seal."""
    cache.state.mkdir()
    cache.state.chmod(0o755)
    fails_softly(cache, "open to other users", str(cache.state))


@pytest.mark.parametrize("inside", [".", "state", "link"])
def test_a_state_directory_in_the_cache(cache: Cache, inside: str) -> None:
    """A process that can write to the cache could choose the seal; the same holds for a symlink to it."""
    cache.state = cache.path / inside
    if inside == "link":
        cache.path.mkdir(mode=0o700)
        (cache.path.parent / "link").symlink_to(cache.path)
        cache.state = cache.path.parent / "link" / "state"
    fails_softly(cache, "inside the cache", "XDG_STATE_HOME")
    assert not (cache.state / "seal").exists()


def test_a_full_disk(cache: Cache) -> None:
    """If the disk or a quota is full, the file cannot be written, and no partial file is left."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    cache.put(OTHER)
    (cache.path / "sessions" / f"{OTHER}-{NOW + 3600}.gpg").unlink()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        fails_softly(cache, "sessions are not cached")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((cache.path / "sessions").iterdir()) == []


def test_an_unusable_recipient(cache: Cache) -> None:
    """A recipient that gpg cannot encrypt to, for example an expired key, costs one warning."""
    cache.fingerprint = "0" * 40
    fails_softly(cache, "sessions are not cached")


def test_without_recipients_nothing_is_cached(cache: Cache) -> None:
    """Without a recipient nothing is cached, least of all in plain text; the caller has reported why."""
    cache.door().put_session(DIGEST, made(), life=3600, profile="ro", entry="dev", recipients=[])
    assert cache.said == []
    assert not cache.path.exists()


@pytest.mark.root  # only root can create a directory of another user
def test_a_cache_of_another_user_is_not_used(cache: Cache) -> None:
    """A cache directory of another user, as with `sudo -E`, costs one warning."""
    cache.path.mkdir(mode=0o700)
    os.chown(cache.path, 65534, 65534)
    fails_softly(cache, "another user")


@pytest.mark.root  # only root can create a directory of another user
def test_a_session_in_a_cache_of_another_user_is_ignored(cache: Cache) -> None:
    """The other user could have put any file there, so no session is read from it."""
    cache.put()
    os.chown(cache.path, 65534, 65534)
    assert cache.get() is None
    assert len(cache.said) == 1


@pytest.mark.root  # only root can create a directory of another user
def test_root_creates_nothing_in_the_home_of_another_user(cache: Cache) -> None:
    """Root creates no directory there, which that user could not remove."""
    home = cache.path.parent / "theirs"
    home.mkdir()
    os.chown(home, 65534, 65534)
    cache.path = home / "cache" / "pass-aws"
    fails_softly(cache, "another user", str(home))
    assert list(home.iterdir()) == []


def test_session_cache_none(cache: Cache) -> None:
    """PASS_AWS_SESSION_CACHE=none: nothing is written, and existing files are not read."""
    cache.put()
    before = cache.files()
    door = cache.door(PASS_AWS_SESSION_CACHE="none")
    assert door.session(DIGEST, left=300) is None
    door.put_session(OTHER, made(), life=1, profile="ro", entry="dev", recipients=[cache.fingerprint])
    assert cache.files() == before
    assert cache.said == []


# The seal.

MAKE_SEAL = """
import sys
sys.path.insert(0, sys.argv[1])
from pass_aws.cache import sealed_files
print(sealed_files.read_or_make_seal(sys.argv[2]))
"""


def test_simultaneous_first_runs_share_one_seal(cache: Cache) -> None:
    """Of many simultaneous first runs, none reads a partial seal or makes its own."""
    argv = [sys.executable, "-I", "-c", MAKE_SEAL, str(TOP), str(cache.state)]
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(subprocess.check_output, argv, text=True) for _ in range(16)]
        seals = {run.result() for run in runs}
    assert seals == {(cache.state / "seal").read_text()}
    assert [path.name for path in cache.state.iterdir()] == ["seal"]


def test_a_seal_that_cannot_be_made(cache: Cache) -> None:
    """Without a seal nothing is cached, and the warning names its file."""
    (cache.state / "seal").mkdir(parents=True)
    cache.state.chmod(0o700)
    fails_softly(cache, f"{cache.state}/seal")
    assert cache.files() == []


@pytest.mark.parametrize("how", ["short", "open", "symlink", "upper", "two lines"])
def test_a_bad_seal_is_replaced(cache: Cache, how: str) -> None:
    """A seal that is truncated, open to others, linked, or not made by us is replaced."""
    first = sealed_files.read_or_make_seal(str(cache.state))
    path = cache.state / "seal"
    if how == "open":
        path.chmod(0o644)
    elif how == "symlink":
        path.rename(cache.state / "other")
        path.symlink_to(cache.state / "other")
    else:
        path.write_text({"short": "5e\n", "upper": f"{first.upper()}\n", "two lines": f"{first}\nx\n"}[how])
    second = sealed_files.read_or_make_seal(str(cache.state))
    assert second != first
    assert len(second) == 64
    assert sealed_files.read_or_make_seal(str(cache.state)) == second
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# Listing and removal.


def test_listing_needs_no_gpg(cache: Cache) -> None:
    """Live sessions are listed from file names without gpg; a mark without its session is ignored."""
    cache.put(profile="prod/eu", left=500)
    cache.put(OTHER, profile="a b")
    (cache.path / "used" / ticket.folder("ro")).mkdir()
    (cache.path / "used" / ticket.folder("ro") / session.file_name(DIGEST, NOW + 77)).write_text("dev\nro\n")
    cache.env["PATH"] = "/proc/nonexistent"
    assert cache.door().live() == [Live("a b", OTHER, NOW + 3600), Live("prod/eu", DIGEST, NOW + 500)]
    cache.now += 1000
    assert cache.door().live() == [Live("a b", OTHER, NOW + 3600)]


def test_dropping_a_profile(cache: Cache) -> None:
    """Dropping a profile removes its sessions and its ticket, and no others."""
    cache.put()
    cache.put(OTHER, profile="rw")
    cache.put_ticket()
    cache.put_ticket(profile="rw")
    assert cache.door().drop("ro") == 1
    assert cache.get() is None
    assert cache.get(OTHER) == made()
    assert (cache.tickets(), len(cache.tickets("rw"))) == ([], 1)
    assert cache.door().drop("ro") == cache.door().drop("nobody") == 0


def test_dropping_a_profile_that_shares_a_session(cache: Cache) -> None:
    """A session that another profile has made is removed with each profile that uses it."""
    cache.put(profile="ro")
    cache.door().share(DIGEST, NOW + 3600, profile="rw", entry="dev")
    assert cache.door().drop("rw") == 1
    assert cache.get() is None


def test_dropping_an_entry(cache: Cache) -> None:
    """Dropping an entry removes the sessions marked for it or not marked at all, and all tickets."""
    cache.put()
    cache.put(OTHER, profile="rw", entry="another")
    cache.put("d3" * 32, profile="x", entry="another")
    (cache.path / "used/x" / session.file_name("d3" * 32, NOW + 3600)).unlink()
    cache.put_ticket(profile="rw")
    assert cache.door().drop_entry("dev") == 2
    assert [live.digest for live in cache.door().live()] == [OTHER]
    assert cache.get(OTHER) == made()
    assert cache.tickets("rw") == []


def test_dropping_everything(cache: Cache) -> None:
    """Dropping everything also removes files without a mark, and keeps the seal."""
    cache.put()
    cache.put_ticket()
    (cache.path / "used" / "ro" / session.file_name(DIGEST, NOW + 3600)).unlink()
    assert cache.door().drop_all() == 1
    assert cache.files() == [cache.path / "swept"]
    assert (cache.state / "seal").exists()


def test_forged_marks_are_harmless(cache: Cache, tmp_path: Path) -> None:
    """A forged mark can cause a loss of sessions, and nothing else."""
    cache.put()
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious").write_text("")
    (cache.path / "used" / "ro" / "..%..%x").write_text("dev\nro\n")
    (cache.path / "used" / "evil").symlink_to(victim)
    (cache.path / "tickets").mkdir()
    (cache.path / "tickets" / "evil").symlink_to(victim)
    for drop in (cache.door().drop, cache.door().drop_entry):
        drop("evil")
    assert len(cache.door().live()) == 1
    cache.door().drop_all()
    assert [path.name for path in victim.iterdir()] == ["precious"]


def sweep(cache: Cache) -> None:
    """Makes the next write sweep the cache, an hour later."""
    if (cache.path / "swept").exists():
        os.utime(cache.path / "swept", (NOW, NOW))
    cache.now += 5000
    cache.put(OTHER, left=9000, profile="rw")


@pytest.mark.parametrize(
    "act",
    [
        Cache.put,
        Cache.put_ticket,
        sweep,
        lambda cache: cache.door().drop("ro"),
        lambda cache: cache.door().drop_entry("dev"),
        lambda cache: cache.door().drop_all(),
    ],
    ids=["put", "put_ticket", "sweep", "drop", "drop_entry", "drop_all"],
)
@pytest.mark.parametrize("where", ["tickets/ro", "used/ro", "sessions", "tickets", "used"])
def test_a_planted_symlink_is_not_followed(
    cache: Cache, tmp_path: Path, act: Callable[[Cache], object], where: str
) -> None:
    """If a directory of the cache is a symlink to the user's keys, nothing there is removed or written."""
    cache.put()
    cache.put_ticket()
    victim = tmp_path / "keys"
    (victim / "ro").mkdir(parents=True, mode=0o700)
    victim.chmod(0o700)
    for name in ("dev.gpg", "id", "ro/dev.gpg", "ro/id"):
        (victim / name).write_text("precious")
    (cache.path / "used" / "ro" / "dev").write_text("dev\nro\n")
    shutil.rmtree(cache.path / where)
    (cache.path / where).symlink_to(victim)
    before = sorted(victim.rglob("*"))
    with suppress(UserError):  # a user who removes sessions gets an error if they still exist
        act(cache)
    assert sorted(victim.rglob("*")) == before


def test_a_symlinked_cache_works(cache: Cache, tmp_path: Path) -> None:
    """A user may move the cache elsewhere, for example to a memory disk, with a symlink."""
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    cache.path.symlink_to(tmp_path / "elsewhere")
    cache.put()
    cache.put_ticket()
    assert cache.get() == made()
    assert (cache.door().drop("ro"), cache.tickets(), cache.said) == (1, [], [])


@pytest.mark.parametrize("how", ["fifo", "symlink", "folder", "missing"])
def test_a_damaged_mark(cache: Cache, how: str) -> None:
    """A damaged mark does not block, and its session is dropped with any key."""
    cache.put(entry="another", profile="a b")
    (mark,) = (cache.path / "used").glob("*/*")
    mark.unlink()
    if how == "fifo":
        os.mkfifo(mark)
    elif how == "symlink":
        mark.symlink_to("/dev/zero")
    elif how == "folder":
        mark.mkdir()
    assert [live.profile for live in cache.door().live()] == ([] if how == "missing" else [""])
    assert cache.door().drop_entry("dev") == 1


def test_expired_files_are_swept(cache: Cache) -> None:
    """A run that writes removes expired files once an hour, and keeps the files of a live run."""
    cache.put(left=1000)
    cache.put_ticket(left=1000)
    young, old = (cache.path / "sessions" / f".pass-aws-{name}.tmp" for name in ("young", "old"))
    for path, age in ((young, 10), (old, 9999)):
        path.write_text("")
        os.utime(path, (NOW + 5000 - age, NOW + 5000 - age))
    writing = young.open("rb")
    fcntl.flock(writing, fcntl.LOCK_EX)  # as atomic_files locks the file that it writes
    os.utime(cache.path / "swept", (NOW, NOW))
    cache.now += 5000
    cache.put(OTHER, left=9000, profile="rw")
    assert sorted(path.name for path in cache.files()) == sorted(
        [
            "swept",
            young.name,
            session.file_name(OTHER, NOW + 9000),
            f"{session.file_name(OTHER, NOW + 9000)}.gpg",
        ]
    )
    writing.close()
    assert [path.name for path in (cache.path / "used").iterdir()] == ["rw"]


def test_records_of_expired_tickets_are_swept(cache: Cache) -> None:
    """The records of expired tickets are removed with the tickets."""
    cache.put_ticket(left=1000)
    cache.put_ticket(profile="rw", left=9000)
    sweep(cache)
    assert (cache.noted("ro"), len(cache.noted("rw"))) == ({}, 3)


def test_a_sweep_time_in_the_future_is_ignored(cache: Cache) -> None:
    """A `swept` file of the year 2099 does not prevent the next sweep."""
    cache.put(left=10)
    os.utime(cache.path / "swept", (4_080_000_000, 4_080_000_000))
    cache.now += 5000
    cache.put(OTHER, left=9000)
    assert len(list((cache.path / "sessions").iterdir())) == 1


@pytest.mark.parametrize(("seconds", "left"), [(3599, 2), (3600, 1)])
def test_the_cache_is_swept_at_most_once_an_hour(cache: Cache, seconds: int, left: int) -> None:
    """Sweeping ten thousand sessions in each run would be slow."""
    cache.put(left=10)
    os.utime(cache.path / "swept", (NOW, NOW))
    cache.now += seconds
    cache.put(OTHER, left=9000)
    assert len(list((cache.path / "sessions").iterdir())) == left
