"""`make demo`: the whole way once, in a throw-away folder, against a local AWS; nothing is left behind.

Runs in the checkout's .venv, which has moto and the AWS CLI; pass aws itself is installed below that folder
by `scripts/install`, as `make install` does it.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import pexpect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

TOP = Path(__file__).resolve().parent.parent
ROLE = "arn:aws:iam::123456789012:role/reader"
CONFIG = f"""\
[profile ro]
role_arn = {ROLE}
source_profile = dev
region = eu-central-1
"""
TRUST = '{"Version": "2012-10-17", "Statement": []}'


class Key(NamedTuple):
    """What IAM hands out once."""

    key_id: str
    secret: str


class World:
    """The throw-away folder, and what a shell in it has in its environment.

    Args:
        folder: its path is short, for gpg's sockets.
        endpoint: where the local AWS listens.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder = folder
        (folder / "gnupg").mkdir(mode=0o700)
        (folder / ".aws").mkdir()
        self.env = {
            "PATH": f"{folder}/usr/bin:{os.environ['PATH']}:{TOP}/.venv/bin",
            "HOME": str(folder),
            "GNUPGHOME": str(folder / "gnupg"),
            "TERM": os.environ.get("TERM", "dumb"),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_PAGER": "",
            "PASSWORD_STORE_ENABLE_EXTENSIONS": "true",
            "PASSWORD_STORE_EXTENSIONS_DIR": str(folder / "extensions"),
        }

    def install(self) -> None:
        """Installs this checkout below the folder, with the machine's own settings for pip."""
        here = {"PREFIX": f"{self.folder}/usr", "EXTENSION_DIR": f"{self.folder}/extensions"}
        here |= {name: value for name, value in self.env.items() if name.startswith("PASSWORD_STORE_")}
        script, env = TOP / "scripts" / "install", {**os.environ, **here}
        pipe = subprocess.PIPE
        with subprocess.Popen([script], env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True) as child:
            try:
                text = child.communicate()[0]
            except BaseException:
                child.terminate()  # and wait: it removes what it has made so far
                raise
        if child.returncode:
            sys.exit(f"{text}the install failed")

    def type(self, command: str, answers: dict[str, str] | None = None) -> str:
        """Shows a command as a person would type it, runs it in bash on a terminal, answers its questions.

        Returns:
            What it printed.
        """
        say(f"$ {command}")
        argv, home = ["-c", command], str(self.folder)
        child = pexpect.spawn("bash", argv, env=self.env, cwd=home, timeout=60, encoding="utf-8")
        child.logfile_read = sys.stdout
        try:
            _go_on()
            for question, answer in (answers or {}).items():
                child.expect_exact(question)
                child.sendline(answer)
            child.expect(pexpect.EOF)
        finally:
            child.close(force=True)
        if child.exitstatus:
            sys.exit(f"`{command}` ended with status {child.exitstatus}")
        return str(child.before)

    def end(self) -> None:
        """Stops gpg's agent and removes the folder."""
        subprocess.run(["gpgconf", "--kill", "all"], env=self.env, check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


ENDED: list[int] = []
"""Signals that came: what they raise gets lost if they come while a program is being started."""


def _end(number: int, _: FrameType | None) -> NoReturn:
    ENDED.append(number)
    sys.exit(128 + number)


def _go_on() -> None:
    if ENDED:
        sys.exit(128 + ENDED[0])


def say(line: str) -> None:
    """Prints a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def local_aws() -> Iterator[tuple[str, Key]]:
    """An AWS on this machine with the user alice, her key and the role; gives its address and the key."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        session = boto3.Session("test", "test", region_name="eu-central-1")
        iam = session.client("iam", endpoint_url=endpoint)
        iam.create_user(UserName="alice")
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        iam.create_role(RoleName="reader", AssumeRolePolicyDocument=TRUST)
        yield endpoint, Key(key["AccessKeyId"], key["SecretAccessKey"])
    finally:
        server.stop()


@contextmanager
def throw_away(endpoint: str) -> Iterator[World]:
    """A world that is gone afterwards, whatever happens."""
    world = World(Path(tempfile.mkdtemp(prefix="pa-demo-", dir="/tmp")), endpoint)
    try:
        yield world
    finally:
        world.end()


def story(world: World, key: Key) -> None:
    """The commands, in the order in which a new user would type them."""
    say("\n# a gpg key and a password store, as you have them already")
    algorithm = "future-default default never"
    world.type(f"gpg -q --batch --passphrase '' --quick-generate-key alice@example.com {algorithm}")
    world.type("pass init alice@example.com")
    (world.folder / ".aws" / "config").write_text(CONFIG)
    say("\n# a role in the AWS config file, which takes its credentials from the profile dev")
    world.type("cat ~/.aws/config")
    say("\n# the access key goes into the store")
    answers = {"Access key id": key.key_id, "Secret access key": key.secret}
    world.type("pass aws add dev --region eu-central-1", answers)
    say("\n# and is used from there")
    told = world.type("pass aws exec ro -- aws sts get-caller-identity")
    world.type("pass aws list")
    arn = next((word.strip('",') for word in told.split() if ":assumed-role/reader/" in word), "")
    if not arn:
        sys.exit("the role was not assumed")
    say(f"\nassumed role: {arn}")


def main() -> None:
    """Tells the story once; ends the same way on Ctrl-C, SIGTERM and SIGHUP."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    say("# starting a local AWS (moto) on 127.0.0.1")
    with local_aws() as (endpoint, key), throw_away(endpoint) as world:
        say(f"# installing pass aws into {world.folder}, to be removed at the end (half a minute)")
        world.install()
        story(world, key)
    say("everything is removed again; .venv stays until make clean")


if __name__ == "__main__":
    main()
