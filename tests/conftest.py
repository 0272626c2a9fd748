"""A throw-away environment for every test: home, gpg key, store and AWS files, and nothing of the user's."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakeaws import FakeAWS
from hypothesis import HealthCheck, settings

import pass_aws
from pass_aws.installation import install_targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakeaws import AccessKey

TOP = Path(__file__).resolve().parent.parent
MAIN = Path(pass_aws.__file__).with_name("__main__.py")
"""Of the package that is tested: the checkout's, or an installed one (`.ci/run`)."""
KEPT = ("PATH", "LANG", "LC_ALL", "TERM", "TMPDIR", "SHELL", "COLUMNS", "PYTHONDONTWRITEBYTECODE")
FINGERPRINTS: dict[str, str] = {}
settings.register_profile(
    "busy machine", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")


def pytest_configure() -> None:
    """A shell ignores SIGINT and SIGQUIT for its background jobs; programs under test must not inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips tests that need root for other users; `.ci/run` runs them as root."""
    if os.geteuid() != 0:
        for item in items:
            if item.get_closest_marker("root"):
                item.add_marker(pytest.mark.skip("needs root"))


def gpg(home: Path, *args: str, stdin: bytes = b"") -> str:
    """Runs the real gpg in a throw-away home and returns its stdout."""
    env = {"PATH": os.environ["PATH"], "GNUPGHOME": str(home), "HOME": str(home)}
    done = subprocess.run(
        ["gpg", "--batch", "--quiet", *args], input=stdin, env=env, capture_output=True, check=True
    )
    return done.stdout.decode()


def new_key(home: Path, name: str, *, passphrase: str = "", algorithm: str = "future-default") -> str:
    """Creates a key and returns its fingerprint."""
    gpg(
        home, "--pinentry-mode", "loopback", "--passphrase", passphrase,
        "--quick-generate-key", f"{name} <{name}@example.invalid>", algorithm, "default", "never",
    )  # fmt: skip
    listing = gpg(home, "--with-colons", "--list-keys", f"{name}@example.invalid")
    fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))
    if algorithm != "future-default":  # only this creates a subkey for encryption
        loopback = ("--pinentry-mode", "loopback", "--passphrase", passphrase)
        gpg(home, *loopback, "--quick-add-key", fingerprint, algorithm, "encr", "never")
    return fingerprint


def new_named_key(home: Path, user_id: str) -> None:
    """Creates a key with exactly this user id, whatever the locale is."""
    unprotected = ("--pinentry-mode", "loopback", "--passphrase", "", "--utf8-strings")
    gpg(home, *unprotected, "--quick-generate-key", user_id, "future-default")


def gpg_home() -> Path:
    """A directory short enough for the agent's socket path (about 100 characters); tmp_path is too long."""
    home = Path(tempfile.mkdtemp(prefix="pa-", dir="/tmp"))
    home.chmod(0o700)
    return home


def end_agent(home: Path) -> None:
    """Stops the agent of this home, which forgets its passphrases."""
    env = {"PATH": os.environ["PATH"], "GNUPGHOME": str(home)}
    subprocess.run(["gpgconf", "--kill", "all"], env=env, check=False, capture_output=True)


def end_gpg_home(home: Path) -> None:
    """Stops the agent of this home and removes the directory."""
    env = {"PATH": os.environ["PATH"], "GNUPGHOME": str(home)}
    subprocess.run(["gpgconf", "--kill", "all"], env=env, check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def keyring() -> Iterator[Path]:
    """A GNUPGHOME with one unprotected key, `alice`; see `fingerprint`."""
    home = gpg_home()
    FINGERPRINTS["alice"] = new_key(home, "alice")
    yield home
    end_gpg_home(home)


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program `pass-aws` as an installation writes it, for this checkout."""
    path = tmp_path_factory.mktemp("front") / "pass-aws"
    core = install_targets.Core(sys.executable, str(MAIN))
    path.write_text(install_targets.baked((TOP / "extensions/aws.bash").read_text(), core))
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def fingerprint(keyring: Path) -> str:
    """The fingerprint of alice's key."""
    assert keyring.is_dir()
    return FINGERPRINTS["alice"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HOME; every AWS, pass, git, gpg and proxy variable of the caller is removed."""
    for name in list(os.environ):
        if name not in KEPT:
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("GNUPGHOME", "/proc/nonexistent/gnupg")
    monkeypatch.setenv("PASSWORD_STORE_DIR", "/proc/nonexistent/store")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return folder


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Restores what a command in this process resets before it becomes a program that cannot be executed.

    Otherwise the next write to a closed pipe ends the process of the tests.
    """
    yield
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


@pytest.fixture
def store(tmp_path: Path, keyring: Path, fingerprint: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An initialised password store for alice, without git."""
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    (folder / ".gpg-id").write_text(fingerprint + "\n")
    monkeypatch.setenv("GNUPGHOME", str(keyring))
    monkeypatch.setenv("PASSWORD_STORE_DIR", str(folder))
    return folder


def git_init(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the store a git repository, with an author of commits, since HOME has no git configuration.

    A new git runs its maintenance in the background after a commit, whose lock would come and go.
    """
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(name, "Alice")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "alice@example.invalid")
    for words in (["init", "-q"], ["config", "maintenance.auto", "false"]):
        subprocess.run(["git", "-C", os.environ["PASSWORD_STORE_DIR"], *words], check=True)
    subprocess.run(["pass", "git", "init", "-q"], check=True, capture_output=True)


@pytest.fixture
def git_store(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same store as a git repository, as `pass git init` creates it."""
    git_init(monkeypatch)
    return store


@pytest.fixture
def aws_config(home: Path) -> Path:
    """The path of ~/.aws/config, in an existing directory; tests write what they need."""
    (home / ".aws").mkdir(mode=0o700)
    return home / ".aws" / "config"


@pytest.fixture
def fake(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAWS]:
    """A strict AWS over HTTP, and an environment that points to it."""
    assert home.is_dir()
    with FakeAWS() as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        yield fake


@pytest.fixture(scope="session")
def aws_vault_keyring() -> Iterator[Path]:
    """A GNUPGHOME that reads the store written by the real aws-vault."""
    home = gpg_home()
    folder = TOP / "tests" / "fixtures" / "aws-vault-store"
    gpg(home, "--import", str(folder / "secret-key.gpg"))
    gpg(home, "--import-ownertrust", str(folder / "ownertrust.txt"))
    yield home
    end_gpg_home(home)


@pytest.fixture
def aws_vault_store(tmp_path: Path, aws_vault_keyring: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the store written by the real aws-vault; fixtures/README.md describes it."""
    folder = tmp_path / "aws-vault-store"
    shutil.copytree(TOP / "tests" / "fixtures" / "aws-vault-store" / "store", folder)
    monkeypatch.setenv("GNUPGHOME", str(aws_vault_keyring))
    monkeypatch.setenv("PASSWORD_STORE_DIR", str(folder))
    return folder


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in front of PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def run(*args: str, stdin: bytes | str = b"", **env: str) -> subprocess.CompletedProcess[str]:
    """Runs the full program as the front does, in the test's environment plus `env`, without a terminal."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(MAIN), *args],
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        env={**os.environ, **env},
        capture_output=True,
        check=False,
        timeout=60,
        start_new_session=True,
    )
    out, err = done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="surrogateescape")
    return subprocess.CompletedProcess(list(args), done.returncode, out, err)


def put(store: Path, name: str, key_id: str, secret: str, more: dict[str, object] | None = None) -> None:
    """Puts a key into the store as aws-vault does, with the real pass."""
    inner = json.dumps({"AccessKeyID": key_id, "SecretAccessKey": secret, "SessionToken": "", "Source": ""})
    item: dict[str, object] = {
        "Key": name,
        "Data": base64.b64encode(inner.encode()).decode(),
        "Label": f"aws-vault ({name})",
    }
    item |= more or {}
    env = {**os.environ, "PASSWORD_STORE_DIR": str(store)}
    subprocess.run(
        ["pass", "insert", "-m", "-f", f"aws-vault/{name}"],
        input=json.dumps(item).encode(), env=env, check=True, capture_output=True,
    )  # fmt: skip


def put_role(fake: FakeAWS, store: Path, config: Path, more: str = "") -> AccessKey:
    """Stores alice's key as `dev`, and writes the profiles `dev` and `ro`, a role of that key; returns the key.

    Args:
        fake: AWS.
        store: the password store.
        config: the config file.
        more: further lines of `ro`.
    """
    alice = fake.user("alice")
    key, role = alice.key(), fake.role("ro", trust=[alice.arn])
    put(store, "dev", key.id, key.secret)
    config.write_text(f"[profile dev]\n[profile ro]\nsource_profile = dev\nrole_arn = {role.arn}\n{more}")
    return key
