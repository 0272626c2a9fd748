"""Programs run as from a shell, and their arguments and output go only where they are needed."""

from __future__ import annotations

import json
import logging
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from pass_aws.credentials.sources import process as process_source
from pass_aws.credentials.sources import web_token
from pass_aws.errors import UserError
from pass_aws.system import profile_commands, programs, self_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# sh forks while the test runner has threads, which newer Pythons warn about
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

PYTHON = sys.executable
ENV = {"PATH": os.environ["PATH"], "HOME": "/proc/nonexistent", "MARKED_NAME": "from us"}
ANSWER = {"Version": 1, "AccessKeyId": "AKIA1", "SecretAccessKey": "MARKED-SECRET"}
TOP = Path(__file__).resolve().parents[2]


def script(folder: Path, name: str, text: str) -> str:
    """An executable file."""
    path = folder / name
    path.write_text(text)
    path.chmod(0o700)
    return str(path)


def test_a_program_gets_only_its_arguments_and_environment(tmp_path: Path) -> None:
    """No shell reads the arguments, no internal variable is passed on, PATH is the given one."""
    program = script(tmp_path, "show", '#!/bin/sh\nprintf "%s\\n" "$@"\n/usr/bin/env | /usr/bin/sort\n')
    argv = ["show", "$HOME", "a  b", "*", "--x=y", "", "-k"]
    env = {"PATH": str(tmp_path), "GIVEN": "é", "_PASS_AWS_STORE": "/store", "_PASS_AWS_REGION": "x"}
    lines = programs.run(argv, env).out.decode().splitlines()
    assert Path(program).exists()
    assert lines[:6] == argv[1:]
    assert {line.partition("=")[0] for line in lines[6:]} <= {"PATH", "GIVEN", "PWD", "OLDPWD", "_", "SHLVL"}
    assert "GIVEN=é" in lines


def test_any_character_is_passed_on_without_a_locale() -> None:
    """In the C locale, Python decodes as UTF-8, and so do we; sh would use the locale of its import."""
    code = (
        "import os; del os.environ['LC_CTYPE']; from pass_aws.system import programs;"
        f"print(programs.run(['/bin/echo', 'é'], {ENV!r}).out.decode())"
    )
    env = {**ENV, "LC_CTYPE": "C.UTF-8", "PYTHONPATH": str(TOP)}
    done = subprocess.run([PYTHON, "-c", code], env=env, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "é"


def test_a_program_has_no_input_and_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """A program's stdin is /dev/null, its stdout a pipe, its stderr ours."""
    code = "import os,sys; print(sys.stdin.read() == '', sys.stdout.isatty()); sys.stderr.write('complaint')"
    done = programs.run([PYTHON, "-c", code], ENV)
    assert done == programs.Done(0, b"True False\n")
    assert capfd.readouterr() == ("", "complaint")


@pytest.mark.parametrize("code", [1, 2, 4, 127, 255])
def test_the_exit_status_of_a_program(code: int) -> None:
    """The exit status is returned with the output."""
    done = programs.run(["/bin/sh", "-c", f"printf half; exit {code}"], ENV)
    assert done == programs.Done(code, b"half")


def test_a_program_that_a_signal_ends() -> None:
    """The status is negative, as in Python."""
    assert programs.run(["/bin/sh", "-c", "kill -TERM $$"], ENV).code == -15
    with pytest.raises(UserError, match="the thing was ended by signal 15"):
        profile_commands.shell("kill -TERM $$", ENV, "thing")


def test_a_program_gets_the_signals_of_a_shell() -> None:
    """SIGPIPE and SIGXFSZ, which Python ignores, are not ignored in it; SIGHUP is only if it is here (nohup)."""
    out = programs.run(["/bin/sh", "-c", "grep SigIgn /proc/self/status"], ENV).out
    ignored = int(out.split()[1], 16)
    assert not ignored & (1 << (13 - 1))
    assert not ignored & (1 << (25 - 1))
    assert bool(ignored & 1) == (signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)


def test_a_program_inherits_no_descriptor(tmp_path: Path) -> None:
    """A program inherits no descriptor, even if it is inheritable."""
    with (tmp_path / "secret").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        out = programs.run(["/bin/ls", "-l", "/proc/self/fd"], ENV).out
    assert str(tmp_path).encode() not in out


def test_a_program_that_takes_too_long_is_killed() -> None:
    """The program is killed soon, and the error does not show its arguments."""
    began = time.monotonic()
    with pytest.raises(UserError, match=r"^sleep did not end within 0\.2 seconds$"):
        programs.run(["sleep", "60"], ENV, timeout=0.2)
    assert time.monotonic() - began < 30


def test_endless_output_is_limited() -> None:
    """Both the stored output and the time are limited."""
    with pytest.raises(UserError, match="did not end"):
        programs.run(["/bin/sh", "-c", "yes MARKED"], ENV, timeout=0.5)
    done = programs.run(["/bin/sh", "-c", "yes MARKED | head -c 3000000"], ENV)
    assert 0 < len(done.out) <= programs.CHUNK * programs.CHUNKS


@pytest.mark.parametrize("name", ["no-such-program", "/no/such/program", "/etc/passwd", "/tmp", ""])  # noqa: S108
def test_a_file_that_is_not_a_program(name: str) -> None:
    """A missing file, one that is not executable, and a directory give an error."""
    with pytest.raises(UserError, match="there is no program"):
        programs.run([name, "MARKED"], ENV)


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    """An invalid interpreter line and an argument with a NUL give an error."""
    for argv in ([script(tmp_path, "broken", "#!/no/such/interpreter\n")], ["/bin/true", "a\0b"]):
        with pytest.raises(UserError, match="cannot start") as caught:
            programs.run([*argv, "MARKED"], ENV)
        assert caught.value.__suppress_context__


def test_errors_and_logs_show_neither_arguments_nor_output(caplog: pytest.LogCaptureFixture) -> None:
    """Arguments and output are in no error and no log, even if every logger is enabled."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UserError) as caught:
        profile_commands.shell("echo MARKED-OUT; exit 3", ENV, "mfa_process of profile ro")
    assert str(caught.value) == "the mfa_process of profile ro failed with exit status 3"
    assert "MARKED" not in f"{caught.value}{caught.value.hint}{caplog.text}"
    assert caplog.text == ""


def test_a_shell_line_is_run_as_written() -> None:
    """Pipes, quotes and variables work; its output is returned unchanged."""
    line = "printf '%s ' \"$MARKED_NAME\" 'a\"b' | tr a-z A-Z; printf '\\377\\n'"
    assert profile_commands.shell(line, ENV, "thing") == b'FROM US A"B \xff\n'


ON_TERMINAL = """
import os, sys
from pass_aws.system import profile_commands
line = 'test -t 0 && test -t 2 && printf "code? " >&2 && read code && printf "%s" "$code"'
print("got", profile_commands.shell(line, dict(os.environ), "mfa_process", on_terminal=True, timeout=20).decode())
"""


def test_an_mfa_process_can_ask_on_the_terminal() -> None:
    """The process gets the controlling terminal as stdin and stderr, even if ours are not."""
    command = f"{shlex.quote(PYTHON)} -c {shlex.quote(ON_TERMINAL)} < /dev/null 2> /dev/null"
    child = pexpect.spawn("/bin/sh", ["-c", command], cwd=str(TOP), encoding="utf-8", timeout=30)
    child.expect_exact("code? ")
    child.sendline("123456")
    child.expect_exact("got 123456")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_an_mfa_process_without_a_terminal_reads_nothing() -> None:
    """Without a terminal, its stdin is /dev/null and its stderr ours."""
    code = ON_TERMINAL.replace("test -t 0 && test -t 2 && ", "! test -t 0; ").replace(
        "&& read code", "; read code;"
    )
    code = code.replace('&& printf "%s" "$code"', 'printf "%s|" "$code"')
    done = programs.run(["setsid", "--wait", PYTHON, "-c", code], {**ENV, "PYTHONPATH": str(TOP)})
    assert done == programs.Done(0, b"got |\n")


def process(folder: Path, answer: object, *, before: str = "") -> str:
    """A credential_process line."""
    text = f"#!/bin/sh\n{before}\ncat <<'E'\n{json.dumps(answer)}\nE\n"
    return shlex.quote(script(folder, "cred proc", text))


def test_a_credential_process_gives_credentials(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The stderr of a credential_process reaches the user, its stdout does not."""
    line = process(tmp_path, ANSWER, before="echo working >&2")
    found = process_source.credentials(line, ENV, "ro", now=time.time())
    assert (found.access_key_id, found.secret_access_key, found.expires) == ("AKIA1", "MARKED-SECRET", None)
    assert capfd.readouterr() == ("", "working\n")


def test_a_credential_process_has_no_shell(tmp_path: Path) -> None:
    """The line is split with shlex; `$(…)`, `;`, `~` and `$VAR` have no meaning, as in botocore."""
    line = process(tmp_path, ANSWER, before=f'printf "%s\\n" "$@" > {shlex.quote(str(tmp_path / "words"))}')
    process_source.credentials(f"{line} $(id) ; ~ $HOME 'a b'", ENV, "ro", now=time.time())
    assert (tmp_path / "words").read_text() == "$(id)\n;\n~\n$HOME\na b\n"


@pytest.mark.parametrize(
    ("before", "answer", "message"),
    [
        ("exit 7", {}, "failed with exit status 7"),
        ("echo MARKED", ANSWER, "cannot be used: it is not JSON"),
        ("", {**ANSWER, "Version": 2}, "cannot be used: Version is not 1"),
        (
            "",
            {**ANSWER, "SecretAccessKey": "MARKED\n"},
            "cannot be used: SecretAccessKey has invalid characters",
        ),
    ],
)
def test_a_bad_answer_of_a_credential_process(
    tmp_path: Path, before: str, answer: object, message: str
) -> None:
    """The error has the reason and the profile's name, and nothing of the output."""
    with pytest.raises(UserError, match=message) as caught:
        process_source.credentials(process(tmp_path, answer, before=before), ENV, "ro", now=time.time())
    assert "credential_process of profile ro" in str(caught.value)
    assert "MARKED" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("line", "message"), [("", "is empty"), ("  ", "is empty"), ("a 'b", "an unclosed quote")]
)
def test_an_invalid_credential_process_line(line: str, message: str) -> None:
    """An empty line, or one that cannot be split, is an error."""
    with pytest.raises(UserError, match=message):
        process_source.credentials(line, ENV, "ro", now=0)


@pytest.mark.parametrize(
    "argv",
    [
        ["pass-aws", "credential-process", "x"],
        ["/usr/local/bin/pass-aws", "--debug", "credential-process", "x"],
        ["pass", "aws", "credential-process", "x"],
        ["/usr/bin/pass", "aws", "credential-process", "x"],
        ["./pass", "aws"],
        ["/opt/venv/bin/python3.12", "-I", "-S", "/opt/lib/pass_aws/__main__.py", "credential-process", "x"],
        ["python3", "-m", "pass_aws", "credential-process", "x"],
        ["python3", "/opt/bin/pass-aws", "credential-process", "x"],
    ],
)
def test_a_line_that_runs_pass_aws_is_recognised(argv: Sequence[str]) -> None:
    """A profile must not run a process that resolves the same profile, whatever path it has."""
    assert self_reference.is_ourselves(argv)
    with pytest.raises(UserError, match="is pass aws itself"):
        process_source.credentials(shlex.join(argv), ENV, "x", now=0)


@pytest.mark.parametrize(
    "argv",
    [
        [], [""], ["pass"], ["pass", "show", "aws"], ["pass", "awsome"], ["aws", "pass"], ["my-pass-aws"],
        ["aws-vault", "exec", "pass-aws"], ["python3"], ["python3", "-c", "pass"], ["sh", "pass-aws"],
    ],
)  # fmt: skip
def test_other_programs_are_not_taken_for_pass_aws(argv: Sequence[str]) -> None:
    """Programs with similar names are not recognised as pass aws."""
    assert not self_reference.is_ourselves(argv)


def test_an_indirect_loop_ends(tmp_path: Path) -> None:
    """Programs that start us indirectly are stopped at the fifth level, by the marker in their environment."""
    seen = tmp_path / "seen"
    line = process(tmp_path, ANSWER, before=f'printf "%s\\n" "$PASS_AWS_DEPTH" > {shlex.quote(str(seen))}')
    env = dict(ENV)
    for number in range(4):
        process_source.credentials(line, env, f"p{number}", now=time.time())
        env[self_reference.DEPTH] = seen.read_text().removesuffix("\n")
    assert self_reference.running(env) == [f"credential_process of profile p{number}" for number in range(4)]
    for start in (
        lambda: process_source.credentials(line, env, "p4", now=time.time()),
        lambda: profile_commands.shell("true", env, "mfa_process of profile p4"),
        lambda: web_token.of_process("true", env, "p4"),
    ):
        with pytest.raises(UserError, match="_process of profile p4 runs inside 4 others"):
            start()


def test_a_loop_is_shown_in_full() -> None:
    """The loop is shown from its beginning, without programs that are not in it."""
    env = {self_reference.DEPTH: "outside\na\nb"}
    assert self_reference.circle(env, "a") == "a → b → a"
    assert (
        self_reference.circle(env, "c")
        == self_reference.circle({}, "a")
        == self_reference.circle(env, "")
        == ""
    )


def test_a_web_identity_token_from_a_program() -> None:
    """The line is run by /bin/sh, and the output's line end is removed."""
    assert web_token.of_process("printf 'aaa.%s.ccc\\n' bbb", ENV, "ro") == "aaa.bbb.ccc"
    with pytest.raises(UserError, match="web_identity_token_process of profile ro gives no token"):
        web_token.of_process("true", ENV, "ro")


def test_a_web_identity_token_file_is_read_each_time(tmp_path: Path) -> None:
    """The token changes every few minutes; a symlink is followed, as Kubernetes needs it."""
    (tmp_path / "token").symlink_to(tmp_path / "..data")
    for text in ("aaa.bbb.ccc", "ddd.eee.fff"):
        (tmp_path / "..data").write_text(text + "\n")
        assert web_token.of_file(str(tmp_path / "token"), "ro") == text


MAKERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (str, "cannot be read: No such file"),
    "folder": (Path.mkdir, "is not a file"),
    "fifo": (os.mkfifo, "is not a file"),
    "socket": (lambda path: os.mknod(path, 0o600 | stat.S_IFSOCK), "cannot be read"),
    "empty": (Path.touch, "gives no token"),
    "blank": (lambda path: path.write_text("MARKED token"), "gives no token"),
    "large": (lambda path: path.write_bytes(b"\xff" * 50_000), "gives no token"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_file_without_a_web_identity_token(kind: str, tmp_path: Path) -> None:
    """The error is one line, and a FIFO without a writer does not block."""
    make, message = MAKERS[kind]
    make(tmp_path / "token")
    with pytest.raises(UserError, match=message) as caught:
        web_token.of_file(str(tmp_path / "token"), "ro")
    assert "MARKED" not in str(caught.value)


def test_a_path_with_a_nul() -> None:
    """Python raises another exception for such a path, which becomes the same error."""
    with pytest.raises(UserError, match="it is not a path"):
        web_token.of_file("a\0b", "ro")
