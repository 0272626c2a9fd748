"""Wrong usage, closed streams, invalid bytes, interrupts: one line, a hint, the exit status, no traceback."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import pexpect
import pytest
from conftest import MAIN, TOP, put, run
from fakeaws import faults
from hypothesis import example, given, settings
from hypothesis import strategies as st
from run_in_process import NOWHERE, Said, say

from pass_aws import cli
from pass_aws.command_line import splitting
from pass_aws.command_line.catalogue import COMMANDS, VERBS, Verb
from pass_aws.command_line.parser import parser_of
from pass_aws.errors import BUG, DONE, FAILED, INTERRUPTED, MUST_ASK, NOT_EXECUTABLE, NOT_FOUND, USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fakeaws import FakeAWS

DIRECT = [sys.executable, "-I", "-S", str(MAIN)]


# Wrong usage: the error names what is wrong, and the hint what is right.


@pytest.mark.parametrize(("words", "said"), [("dev -n", True), ("nope", False), ("dev -d 1s", False)])
def test_secrets_on_a_terminal_are_said(words: str, said: bool, store: Path) -> None:
    """`env` without eval shows secrets, and says so; but not if it shows none."""
    put(store, "dev", "AKIAIOSFODNN7EXAMPLE", "canary" * 7)
    child = pexpect.spawn(DIRECT[0], [*DIRECT[1:], "env", *words.split()], encoding="utf-8", timeout=60)
    text = child.read()
    assert ("secrets are being printed" in text) == said
    assert ("canary" in text) == said


@pytest.mark.parametrize("verb", COMMANDS, ids=[verb.name for verb in COMMANDS])
def test_help_of_every_command(verb: Verb, capsys: pytest.CaptureFixture[str]) -> None:
    """`CMD -h`, `help CMD`, `-h CMD` and the short name show the same page, on stdout, with status 0."""
    ways = [[verb.name, "-h"], ["help", verb.name], ["-h", verb.name], ["help", "--debug", verb.name]]
    ways += [[verb.alias, "-h"]] if verb.alias else []
    pages = {say(capsys, *way) for way in ways}
    assert len(pages) == 1
    page = pages.pop()
    assert (page.status, page.err) == (DONE, "")
    assert page.out.startswith(f"usage: pass aws {verb.name} ")
    assert verb.summary in page.out


@pytest.mark.parametrize("argv", [[], ["help"], ["-h"], ["--help"], ["--debug", "--help"]])
def test_the_list_of_commands(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without arguments, and with `help` or `-h`, every command is listed."""
    page = say(capsys, *argv)
    assert (page.status, page.err) == (DONE, "")
    assert {verb.name for verb in COMMANDS} <= set(page.out.replace(",", " ").split())


@pytest.mark.parametrize("argv", [["version"], ["--version"], ["-V"], ["-v"], ["--debug", "-V"]])
def test_version(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The version is printed to stdout for each option or command that users try."""
    answer = say(capsys, *argv)
    assert (answer.status, answer.err) == (DONE, "")
    assert answer.out.startswith("pass aws ")


@pytest.mark.parametrize(
    ("argv", "error", "hint"),
    [
        (["lst"], "unknown command lst", "did you mean list"),
        (["exce"], "unknown command exce", "did you mean exec"),
        (["credentials-process"], "unknown command credentials-process", "did you mean credential-process"),
        (["xyzzy"], "unknown command xyzzy", "run pass aws help; for other programs: pass aws exec PROFILE -- CMD"),
        (["help", "lst"], "unknown command lst", "did you mean list"),
        (["--debug", "help", "--debug", "lst"], "unknown command lst", "did you mean list"),
        ([""], "the command is empty", "run pass aws help"),
        (["--debug"], "no command given", "run pass aws help"),
        (["--"], "no command given", "run pass aws help"),
        (["list", "--profile"], "unknown option --profile", "did you mean --profiles"),
        (["exec", "--profile", "dev"], "unknown option --profile", "give the profile without an option: pass aws exec PROFILE"),
        (["env", "--profile=dev"], "unknown option --profile", "give the profile without an option: pass aws env PROFILE"),
        (["sso", "login", "--profile", "dev"], "unknown option --profile",
         "give the profile without an option: pass aws sso login PROFILE"),
        (["mfa", "code", "--profile=dev"], "unknown option --profile",
         "give the profile without an option: pass aws mfa code PROFILE"),
        (["--profile", "ro", "exec", "--", "true"], "--profile is before the command",
         "give the profile after it, without an option: pass aws exec PROFILE"),
        (["-d", "1h", "exec", "ro"], "-d is before the command", "run pass aws exec -h: options follow the command"),
        (["--debug", "--region", "eu-west-1", "env", "ro"], "--region is before the command",
         "run pass aws env -h: options follow the command"),
        (["--debug", "exce", "list"], "unknown command exce", "did you mean exec"),
        (["LIST"], "unknown command LIST", "did you mean list"),
        (["exec", "", "--", "true"], "the profile's name is empty", "give a profile, or omit the argument"),
        (["env", ""], "the profile's name is empty", "give a profile, or omit the argument"),
        (["ro"], "unknown command ro", "run pass aws help; for other programs: pass aws exec PROFILE -- CMD"),
        (["s3", "ls"], "unknown command s3", "run pass aws help; for other programs: pass aws exec PROFILE -- CMD"),
        (["credential-process", "ro", "--format", "x"], "unknown option --format", "run pass aws credential-process -h"),
        (["env", "dev", "--formt", "fish"], "unknown option --formt", "did you mean --format"),
        (["env", "dev", "--form"], "unknown option --form", "did you mean --format"),
        (["exec", "dev", "-x", "--", "true"], "unknown option -x", "run pass aws exec -h"),
        (["list", "--verbose"], "unknown option --verbose", "run pass aws list -h"),
        (["list", "--no-jsn"], "unknown option --no-jsn", "did you mean --json"),
        (["exec", "dev", "--fersh", "--", "true"], "unknown option --fersh", "did you mean --fresh"),
        (["list", "x", "y"], "too many arguments", "run pass aws list -h"),
        (["move", "a", "b", "c"], "too many arguments", "run pass aws move -h"),
        (["add"], "the following arguments are required: PROFILE", "run pass aws add -h"),
        (["env", "x", "-d"], "argument -d/--duration: expected one argument", "run pass aws env -h"),
        (["env", "x", "-d", "soon"], "--duration: soon is not a duration (3600, 90m, 1h30m)",
         "run pass aws env -h"),
        (["env", "x", "-t", "12"], "-t: a code is six digits", "run pass aws env -h"),
        (["each", "x", "-j", "0", "--", "true"], "-j takes a number from 1 to 999", "run pass aws each -h"),
        (["install"], "one of the arguments --user --prefix is required", "run pass aws install -h"),
        (["list", "--json", "--sessions"], "argument --sessions: not allowed with argument --json",
         "run pass aws list -h"),
        (["list", "--debug=1"], "argument --debug: ignored explicit argument '1'", "run pass aws list -h"),
    ],
)  # fmt: skip
def test_wrong_usage(argv: list[str], error: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, the error, and a hint with the nearest known word or the page to read."""
    said = say(capsys, *argv)
    assert said.status == USAGE
    wanted = [f"pass aws: error: {error}"] + ([f"pass aws: hint: {hint}"] if hint else [])
    assert said.lines == wanted
    assert said.out == ("false\n" if argv[0] == "env" else "")


@pytest.mark.parametrize(
    "argv", [["add", "dev", "AKIAX", "canary"], ["add", "dev", "--secret=canary"], ["list", "canary"]]
)
def test_wrong_arguments_are_not_repeated(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A secret that is typed in the wrong place does not appear in a log."""
    said = say(capsys, *argv)
    assert said.status == USAGE
    assert "canary" not in said.err + said.out


@pytest.mark.usefixtures("store")
def test_common_options_may_stand_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Common options are accepted before and after the command, as two words or one."""
    env = {**os.environ}
    key = tmp_path / "other" / "keys"
    key.mkdir(parents=True)
    (key / "found.gpg").write_bytes(b"")
    place = ["--debug", "--pass-dir", str(tmp_path / "other"), "--pass-prefix", "keys", "--backend", "pass"]
    joined = [f"--pass-dir={tmp_path}/other", "--pass-prefix=keys", "--backend=pass", "--debug"]
    for argv in ([*place, "list"], ["list", *place], [*joined, "list"], ["list", *joined]):
        assert say(capsys, *argv, "--credentials", **env).out == "found\n"
    assert say(capsys, "list", "--credentials", **env).out == ""


@pytest.mark.parametrize(
    ("given", "ours", "command"),
    [
        ("dev -- aws s3 ls", "dev", "aws s3 ls"),
        ("dev aws s3 ls -- x", "dev", "aws s3 ls -- x"),
        ("-d 1h dev aws -d 2h", "-d 1h dev", "aws -d 2h"),
        ("dev -nd 1h aws", "dev -nd 1h", "aws"),
        ("dev -nd1h aws", "dev -nd1h", "aws"),
        ("--region=eu-west-1 dev --prompt ykman aws", "--region=eu-west-1 dev --prompt ykman", "aws"),
        ("--no-debug --debug -j dev", "--no-debug --debug -j dev", ""),
        ("-- aws", "", "aws"),
        ("--", "", ""),
        ("dev - x", "dev", "- x"),
    ],
)
def test_where_the_wrapped_command_starts(given: str, ours: str, command: str) -> None:
    """The wrapped command starts after `--`, else at the first word that is not ours.

    Ours are options, their values and the profile.
    """
    cut = splitting.split(given.split(" "), parser_of(VERBS["exec"]))
    assert cut == (ours.split(), command.split())


OPTIONS = sorted({name for verb in COMMANDS for name in parser_of(verb)._option_string_actions})
HARMLESS = [verb.name for verb in COMMANDS if verb.name not in ("install", "uninstall", "add", "doctor")]
"""Not `doctor`: exit status 1 is its result, without an error."""


@given(
    st.lists(st.one_of(st.sampled_from([*HARMLESS, *OPTIONS, "dev", "--"]), st.text(max_size=9)), max_size=6)
)
@example(["env", "\udcff\x1b[2J\u2028", "\n"])
@example(["explain", "x" * 10000])
@example(["exec", "\ud800"])
@example(["rotate", "exec", "each"])
@settings(max_examples=150, deadline=None)
def test_any_arguments(argv: list[str]) -> None:
    """Any arguments give success or one error without control characters, never a bug report."""
    argv = [word for word in argv if word not in ("--user", "--prefix")]
    with pytest.MonkeyPatch.context() as patch:
        out, err = (
            io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace") for _ in range(2)
        )
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        status = cli.main(argv, {**NOWHERE, "PASS_AWS_NO_INPUT": "1"})
        err.flush()
        text = err.buffer.getvalue().decode()
    assert status in (DONE, FAILED, USAGE, MUST_ASK, NOT_FOUND), text
    assert all(line.isprintable() for line in text.split("\n")), text
    if "doctor" not in argv:  # whose findings are no error
        assert text.count("pass aws: error: ") == (status != DONE)
    assert text.count("pass aws: hint: ") <= 1


# Exit statuses.


@pytest.fixture
def dev(store: Path, fake: FakeAWS, aws_config: Path) -> FakeAWS:
    """A key `dev` that works, and a profile `locked` that needs an MFA code."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text(
        f"[profile dev]\n[profile locked]\nsource_profile = dev\nmfa_serial = {device.serial}\n"
    )
    return fake


@pytest.mark.usefixtures("dev")
def test_exit_statuses(tmp_path: Path) -> None:
    """0 success, 1 failure, 2 usage, 4 must ask, 126 and 127 as in a shell, else the command's own status."""
    (tmp_path / "data").write_text("x")
    expected = {
        ("list",): DONE,
        ("env", "nope"): FAILED,
        ("env", "--nope"): USAGE,
        ("env", "locked", "--no-input"): MUST_ASK,
        ("exec", "dev", "--", str(tmp_path / "data")): NOT_EXECUTABLE,
        ("exec", "dev", "--", "no-such-command"): NOT_FOUND,
        ("exec", "dev", "--", "sh", "-c", "exit 42"): 42,
        ("exec", "dev", "--", "sh", "-c", "kill -TERM $$"): -signal.SIGTERM,
    }
    assert {argv: run(*argv).returncode for argv in expected} == expected


class Marked(Exception):  # noqa: N818 - the name of a bug in the test
    """An exception with a value that must not be shown."""


class Surroundings(dict[str, str]):
    """An environment that cannot be read."""

    def keys(self) -> NoReturn:
        raise Marked("canary")

    items = keys


@pytest.mark.parametrize("argv", [["list"], ["--debug", "env", "dev"], ["exec", "dev", "--", "true"]])
def test_a_bug_report_shows_no_value(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 3 with the kind of the error, file and line, and no value of a variable."""
    status = cli.main(argv, Surroundings())
    said = Said(status, *capsys.readouterr())
    assert said.status == BUG
    assert "Marked at child_environment.py:" in said.error
    assert "canary" not in said.err + said.out
    assert "Traceback" not in said.err


def interrupted(argv: Sequence[str], fifo: Path, path: str) -> tuple[int, str, str]:
    """Sends SIGINT, as Ctrl-C does, when a program that we started has reported through a FIFO."""
    with subprocess.Popen(
        [*DIRECT, *argv],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PATH": path}, start_new_session=True,
    ) as child:  # fmt: skip
        fifo.read_text()
        os.killpg(child.pid, signal.SIGINT)
        out, err = child.communicate(timeout=60)
    return child.returncode, out, err


@pytest.fixture
def waiting(tmp_path: Path) -> tuple[Path, str]:
    """A FIFO, and a PATH with a gpg that reports its start through the FIFO and never ends."""
    fifo, folder = tmp_path / "started", tmp_path / "waiting"
    folder.mkdir()
    os.mkfifo(fifo)
    (folder / "gpg").write_text(f"#!/bin/sh\necho >{fifo}\nexec sleep 1000\n")
    (folder / "gpg").chmod(0o755)
    return fifo, f"{folder}:{os.environ['PATH']}"


@pytest.mark.usefixtures("dev")
@pytest.mark.parametrize("cached", [False, True])
def test_interrupted(waiting: tuple[Path, str], cached: bool) -> None:
    """Ctrl-C gives status 130 without a traceback, and stops a shell that evaluates the output."""
    if cached:
        assert run("env", "dev").returncode == DONE
    status, out, err = interrupted(["env", "dev"], *waiting)
    assert (status, out) == (INTERRUPTED, "false\n")
    assert "Traceback" not in err
    assert interrupted(["exec", "dev", "--", "true"], *waiting)[0] == INTERRUPTED


# Streams.


def bash(script: str) -> subprocess.CompletedProcess[str]:
    """Runs a line of bash in which `"$@"` is the program."""
    return subprocess.run(
        ["bash", "-c", script, "bash", *DIRECT], capture_output=True, text=True, check=False
    )


WAYS = {
    "closed": (">&-", "cannot write to stdout: Bad file descriptor"),
    "full": (">/dev/full", "cannot write to stdout: No space left on device"),
    "no reader": (">&3", ""),
}


@pytest.mark.usefixtures("dev")
@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_cannot_be_written(way: str, aws_config: Path) -> None:
    """The program prints one error line with the reason, or nothing if the reader has ended.

    This is the same with a ticket.
    """
    names = "".join(f"[profile p{number}]\n" for number in range(9000))  # more than the capacity of a pipe
    aws_config.write_text("[profile dev]\n" + names)
    redirection, reason = WAYS[way]
    assert run("env", "dev").returncode == DONE
    for argv in ("list --profiles", "env dev", "env dev --fresh", "help", "exec -h"):
        done = bash(f'exec 3> >(:); wait $!; "$@" {argv} {redirection}')  # 3 is a pipe without a reader
        errors = [line for line in done.stderr.splitlines() if "using AWS endpoint" not in line]
        assert (done.returncode, errors) == (FAILED, [f"pass aws: error: {reason}"] if reason else []), argv


def test_the_reader_may_end_early(aws_config: Path) -> None:
    """`pass-aws list | head -n 1` shows one line and no error."""
    aws_config.write_text("".join(f"[profile p{number}]\n" for number in range(9000)))
    done = bash('"$@" list --profiles | head -n 1')
    assert (done.returncode, done.stdout, done.stderr) == (0, "p0\n", "")


@pytest.mark.usefixtures("dev")
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&- 2>&-"])
def test_messages_that_cannot_be_written(redirection: str) -> None:
    """If stderr cannot be written, the result and the exit status are the same."""
    expected = {"list --profiles": (DONE, "dev\nlocked\n"), "env nope": (FAILED, "false\n"),
                "exec dev -- sh -c 'exit 9'": (9, "")}  # fmt: skip
    for argv, answer in expected.items():
        done = bash(f'"$@" {argv} {redirection}')
        assert (done.returncode, done.stdout) == answer, argv


@pytest.mark.usefixtures("store")
def test_a_closed_stdin() -> None:
    """A closed stdin is like an empty one."""
    done = bash('"$@" add x --stdin <&-')
    assert done.returncode == FAILED
    assert "0 lines" in done.stderr


@pytest.mark.usefixtures("dev")
def test_a_command_gets_the_streams_of_the_caller() -> None:
    """Streams that are closed for us are also closed for the wrapped command."""
    look = "bash -c '[[ -e /proc/$$/fd/0 || -e /proc/$$/fd/1 ]]'"
    assert bash(f'"$@" exec dev -- {look} <&- >&-').returncode == 1
    assert bash(f'"$@" exec dev -- {look} <&-').returncode == 0


# Bytes that are not text.

ODD = os.fsdecode(b"\xff\x1b[31m\xe9")


@pytest.mark.parametrize(
    "argv",
    [
        ["env", ODD],
        [ODD],
        ["clear", ODD],
        ["env", "dev", "--region", ODD],
        ["list", ODD],
        ["list", "-" + ODD],
    ],
)
def test_undecodable_bytes_in_arguments(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The error shows the bytes escaped."""
    said = say(capsys, *argv)
    assert said.status in (FAILED, USAGE)
    assert said.error


@pytest.mark.usefixtures("dev")
@pytest.mark.parametrize(
    "name", ["AWS_PROFILE", "AWS_REGION", "AWS_MFA_SERIAL", "PASS_AWS_DURATION", "PASS_AWS_UMASK"]
)
def test_undecodable_bytes_in_variables(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Undecodable bytes in a variable are refused before any prompt."""
    argv = ["env"] if name == "AWS_PROFILE" else ["exec", "dev", "--", "true"]
    said = say(capsys, *argv, **{**os.environ, name: ODD})
    assert said.status == FAILED
    assert said.error


@pytest.mark.usefixtures("dev")
def test_undecodable_bytes_are_passed_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Directories may have such names.

    The wrapped command gets its arguments and variables byte for byte.
    """
    for name, value in {
        "XDG_CACHE_HOME": f"{home}/{ODD}c",
        "XDG_STATE_HOME": f"{home}/{ODD}s",
        "ODD": ODD,
    }.items():
        monkeypatch.setenv(name, value)
    done = run("exec", "dev", "--", "sh", "-c", 'printf "%s%s" "$ODD" "$1"', "sh", ODD)
    assert done.stdout == ODD * 2, done.stderr
    assert list((home / f"{ODD}c").rglob("*.gpg"))


# eval "$(pass aws env …)" fails if pass aws fails.

FAILURES = (
    "env nope", "env", "env dev extra", "env dev --nonsense", "env dev --format zsh", "env dev --format=",
    "env dev --format fish --nonsense", "env dev -d soon", "env -t", "--debug env nope", "env --unset --nonsense",
    "env dev --region x,y", "env dev --backend file", "env dev --server", "env locked --no-input",
    "--pass-dir /proc/nonexistent env dev", "env dev --fresh",
)  # fmt: skip


def test_a_failure_prints_false_for_a_shell(dev: FakeAWS, capsys: pytest.CaptureFixture[str]) -> None:
    """After any failure, wrong usage included, stdout is exactly `false`."""
    dev.fault("GetSessionToken", faults.error("AccessDenied", "no", 403))
    for line in FAILURES:
        said = say(capsys, *line.split(), **os.environ)
        assert (said.status in (FAILED, USAGE, MUST_ASK), said.out) == (True, "false\n"), line


@pytest.mark.parametrize("form", ["dotenv", "json", "ini", "process"])
def test_a_failure_prints_nothing_for_a_file(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The output for a file is complete or empty."""
    assert say(capsys, "env", "nope", "--format", form).out == ""


EVAL = {
    "dash": 'eval "$({})" && echo went on',
    "bash": 'eval "$({})" && echo went on',
    "zsh": 'eval "$({})" && echo went on',
    "fish": "eval ({} --format fish | string collect); and echo went on",
    "fish, sourced": "{} --format fish | source; and echo went on",
}


@pytest.mark.parametrize("way", EVAL)
@pytest.mark.usefixtures("dev")
def test_a_failure_stops_a_shell(way: str, tmp_path: Path) -> None:
    """A failure stops a shell, a success does not."""
    shell = way.partition(",")[0]
    program = tmp_path / "bin" / "pass-aws"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {" ".join(DIRECT)} "$@"\n')
    program.chmod(0o755)
    calls = ["env nope", "env dev extra", "env locked --no-input", "env dev"]
    script = "\n".join([EVAL[way].format(f"pass-aws {call}") for call in calls] + ["echo $AWS_VAULT"])
    done = subprocess.run(
        [shell, *(["-f"] if shell == "zsh" else []), "-c", script],
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "went on\ndev\n", done.stderr
    assert done.stderr.count("pass aws: error: ") == len(calls) - 1


def test_a_missing_program_stops_a_shell(store: Path, tmp_path: Path) -> None:
    """The extension without its Python program exits with 127, and `eval` fails."""
    assert store.is_dir()
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "env", "pass", "gpg", "sh", "dirname", "uname", "tail", "which", "tty"):
        found = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.strip()
        (tools / name).symlink_to(found)
    env = {
        **os.environ, "PATH": str(tools), "PASSWORD_STORE_ENABLE_EXTENSIONS": "true",
        "PASSWORD_STORE_EXTENSIONS_DIR": str(TOP / "extensions"),
    }  # fmt: skip
    for argv, out in (("env dev", "false\n"), ("list", "")):
        done = subprocess.run(
            ["sh", "-c", f"pass aws {argv}"], env=env, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (NOT_FOUND, out), done.stderr
        assert done.stderr.splitlines()[0] == "pass aws: error: the Python program of pass aws is missing"
