"""`make demo`: runs everyday commands in a throw-away directory, against a local AWS; leaves nothing behind.

It needs no library: any Python that pass aws supports can run it. AWS is the strict fake of the tests.
`scripts/install` installs pass aws, as `make install` does; the AWS CLI is installed in a venv next to it.
"""

from __future__ import annotations

import base64
import hmac
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    Answers = Sequence[tuple[str, Callable[[], str]]]  # a question, and a function that returns its answer

TOP = Path(__file__).resolve().parent.parent
AWS_CLI = "awscli>=1.35"
VENV_WITH = 'umask 022; "$1" -I -m venv "$2"; exec "$2/bin/python" -I -m pip install -qq "$3"'
COLUMNS, PATIENCE = 100, 60
"""The width of the terminal, and the seconds for which a command may print nothing."""
CONFIG = """\
[profile ro]
role_arn = {ROLE_ARN}
source_profile = dev
mfa_serial = {MFA_SERIAL}
region = eu-central-1
"""


class World:
    """The throw-away directory, and the environment of a shell in it.

    Args:
        folder: has a short path, for gpg's sockets.
        facts: the address of the local AWS, and the names that it knows.
    """

    def __init__(self, folder: Path, facts: dict[str, str]) -> None:
        self.folder, self.facts = folder, facts
        (folder / "gnupg").mkdir(mode=0o700)
        (folder / ".aws").mkdir()
        self.env = {
            "PATH": f"{folder}/usr/bin:{folder}/aws-cli/bin:{os.environ['PATH']}",
            "HOME": str(folder),
            "GNUPGHOME": str(folder / "gnupg"),
            "TERM": os.environ.get("TERM", "dumb"),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "AWS_ENDPOINT_URL": facts["URL"],
            "AWS_PAGER": "",
            "PASSWORD_STORE_ENABLE_EXTENSIONS": "true",
            "PASSWORD_STORE_EXTENSIONS_DIR": str(folder / "extensions"),
        }

    def install(self) -> None:
        """Installs this checkout and the AWS CLI at the same time, with the machine's settings for pip."""
        here = {"PREFIX": f"{self.folder}/usr", "EXTENSION_DIR": f"{self.folder}/extensions"}
        here["TMPDIR"] = str(self.folder)  # an interrupted pip leaves its temporary files
        here |= {name: value for name, value in self.env.items() if name.startswith("PASSWORD_STORE_")}
        venv = ["sh", "-euc", VENV_WITH, "sh", sys.executable, f"{self.folder}/aws-cli", AWS_CLI]
        jobs: list[subprocess.Popen[bytes]] = []
        with (self.folder / "log").open("wb") as log:
            try:
                for argv in ([str(TOP / "scripts" / "install")], venv):
                    env = {**os.environ, **here}
                    with starting():
                        jobs.append(subprocess.Popen(argv, env=env, stdout=log, stderr=log, process_group=0))
                    _go_on()
                failed = [job for job in jobs if job.wait()]
            finally:
                for job in jobs:
                    _end_group(job)  # and wait: the installer removes its unfinished files
        if failed:
            sys.exit(f"{(self.folder / 'log').read_text()}the installation failed")

    def type(self, command: str, answers: Answers = ()) -> str:
        """Shows a command as a user would type it, runs it in bash on a terminal, and answers its questions.

        Returns:
            Its output.
        """
        say(f"$ {command}")
        with starting():
            pid, terminal = pty.fork()
            if not pid:
                self._become(["bash", "-c", command])
        text, asked, status = "", list(answers), None
        try:
            _go_on()
            while said := _read(terminal):
                text += said
                if asked and asked[0][0] in text:
                    os.write(terminal, f"{asked.pop(0)[1]()}\n".encode())
            status = os.waitpid(pid, 0)[1]
        finally:
            os.close(terminal)
            if status is None:
                os.killpg(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if status or asked:
            sys.exit(f"`{command}` ended with status {os.waitstatus_to_exitcode(status)}")
        return text

    def _become(self, argv: list[str]) -> NoReturn:
        try:
            termios.tcsetwinsize(0, (24, COLUMNS))
            os.chdir(self.folder)
            os.execvpe(argv[0], argv, self.env)  # noqa: S606 - the shell is in argv
        finally:
            os._exit(127)

    def end(self) -> None:
        """Stops gpg's agent and removes the directory."""
        subprocess.run(["gpgconf", "--kill", "all"], env=self.env, check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _read(terminal: int) -> str:
    """The next output of a program, which is also shown here; empty when it has ended."""
    if not select.select([terminal], [], [], PATIENCE)[0]:
        sys.exit(f"no answer for {PATIENCE} s")
    try:
        text = os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # Linux: no program has the terminal open
        return ""
    sys.stdout.write(text.replace("\r\n", "\n"))
    sys.stdout.flush()
    return text


def _end_group(job: subprocess.Popen[bytes]) -> None:
    if job.poll() is None:
        os.killpg(job.pid, signal.SIGTERM)
        job.wait()


ENDED: list[int] = []
"""The signals that have arrived."""
HELD: list[None] = []
"""Not empty while a program is being started, when an exception would lose its process."""


def _end(number: int, _: FrameType | None) -> None:
    ENDED.append(number)
    if not HELD:
        sys.exit(128 + number)


def _go_on() -> None:
    if ENDED:
        sys.exit(128 + ENDED[0])


@contextmanager
def starting() -> Iterator[None]:
    """Delays signals; `_go_on` handles them when it is known what must be cleaned up."""
    HELD.append(None)
    try:
        yield
    finally:
        HELD.pop()


def say(line: str) -> None:
    """Prints a line immediately."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def local_aws(folder: Path) -> Iterator[dict[str, str]]:
    """Starts the fake AWS, which ends with this process; returns its address and the names that it knows.

    Args:
        folder: the directory in which the fake writes these.
    """
    argv = [sys.executable, "-B", str(TOP / "tests" / "fakeaws"), str(folder / "aws")]
    pipe = subprocess.PIPE
    with starting():
        server = subprocess.Popen(argv, stdin=pipe, stdout=pipe, process_group=0)
    with server:
        try:
            _go_on()
            if not (server.stdout and server.stdout.readline()):
                sys.exit("the local AWS did not start")
            lines = (folder / "aws").read_text().splitlines()
            yield dict(line.split("=", 1) for line in lines)
        finally:
            server.terminate()


@contextmanager
def throw_away() -> Iterator[Path]:
    """A directory that is always removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pa-demo-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def one_time_code(otpauth: str) -> str:
    """The current code of alice's device (RFC 6238)."""
    seed = parse_qs(urlsplit(otpauth).query)["secret"][0]
    seed += "=" * (-len(seed) % 8)
    mac = hmac.digest(base64.b32decode(seed), struct.pack(">Q", int(time.time()) // 30), "sha1")
    offset = mac[-1] & 15
    return f"{(int.from_bytes(mac[offset : offset + 4]) & 0x7FFFFFFF) % 10**6:06d}"


def story(world: World) -> None:
    """Runs the commands in the order in which a new user would type them."""
    say("\n# a gpg key and a password store, as you have them already")
    algorithm = "future-default default never"
    world.type(f"gpg -q --batch --passphrase '' --quick-generate-key alice@example.com {algorithm}")
    world.type("pass init alice@example.com")
    say("\n# a role in the AWS config file, which takes its credentials from the profile dev")
    (world.folder / ".aws" / "config").write_text(CONFIG.format(**world.facts))
    world.type("cat ~/.aws/config")
    say("\n# store an access key: checked at AWS, then encrypted")
    facts = world.facts
    answers = {"Access key id": facts["KEY_ID"], "Secret access key": facts["SECRET"], "[y/N]": "y"}
    typed = [(question, partial(str, answer)) for question, answer in answers.items()]
    world.type("pass aws add dev", typed)
    say("\n# run one command with a role's credentials")
    code = partial(one_time_code, facts["OTPAUTH"])
    told = world.type("pass aws exec ro -- aws sts get-caller-identity", [("MFA code", code)])
    if ":assumed-role/ReadOnly/" not in told:
        sys.exit("the role was not assumed")
    say("\n# use them in this shell")
    world.type('eval "$(pass aws env ro)"; aws sts get-caller-identity --query Arn --output text')
    say("\n# list profiles, keys and live sessions")
    world.type("pass aws list")
    say("\n# what is cached, encrypted: two sessions, and the ticket that answers the next `exec ro`")
    world.type("cd ~/.cache/pass-aws; ls -1 sessions tickets/ro")


def main() -> None:
    """Runs the demo once; cleans up on Ctrl-C, SIGTERM and SIGHUP, too."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    say("# starting a local AWS on 127.0.0.1")
    with throw_away() as folder, local_aws(folder) as facts:
        world = World(folder, facts)
        try:
            say(f"# installing pass aws and the AWS CLI into {folder}, removed at the end (half a minute)")
            world.install()
            story(world)
        finally:
            world.end()
    say("\neverything was removed; only pip's cache has grown")


if __name__ == "__main__":
    main()
