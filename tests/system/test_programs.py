"""Programs run as from a shell; their arguments and output go only where they are needed."""

from __future__ import annotations

import json
import logging
import os
import shlex
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
from pass_aws.system import programs, self_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# sh forks while threads of the test runner exist, of which newer Pythons warn
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


def test_a_program_gets_its_arguments_its_environment_and_nothing_else(tmp_path: Path) -> None:
    """No shell reads the arguments, no internal variable is passed on, PATH is the given one."""
    program = script(tmp_path, "show", '#!/bin/sh\nprintf "%s\\n" "$@"\n/usr/bin/env | /usr/bin/sort\n')
    argv = ["show", "$HOME", "a  b", "*", "--x=y", "", "-k"]
    env = {"PATH": str(tmp_path), "GIVEN": "é", "_PASS_AWS_STORE": "/store", "_PASS_AWS_REGION": "x"}
    lines = programs.run(argv, env).out.decode().splitlines()
    assert Path(program).exists()
    assert lines[:6] == argv[1:]
    assert {line.partition("=")[0] for line in lines[6:]} <= {"PATH", "GIVEN", "PWD", "OLDPWD", "_", "SHLVL"}
    assert "GIVEN=é" in lines


def test_any_letter_arrives_without_a_locale() -> None:
    """Python decodes as UTF-8 in the C locale, and so do we; sh would use the locale at its import."""
    code = (
        "import os; del os.environ['LC_CTYPE']; from pass_aws.system import programs;"
        f"print(programs.run(['/bin/echo', 'é'], {ENV!r}).out.decode())"
    )
    env = {**ENV, "LC_CTYPE": "C.UTF-8", "PYTHONPATH": str(TOP)}
    done = subprocess.run([PYTHON, "-c", code], env=env, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "é"


def test_it_reads_nothing_and_sees_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """Its stdin is /dev/null, its stdout a pipe, its stderr ours."""
    code = "import os,sys; print(sys.stdin.read() == '', sys.stdout.isatty()); sys.stderr.write('complaint')"
    done = programs.run([PYTHON, "-c", code], ENV)
    assert done == programs.Done(0, b"True False\n")
    assert capfd.readouterr() == ("", "complaint")


@pytest.mark.parametrize("code", [1, 2, 4, 127, 255])
def test_its_exit_status_is_the_answer(code: int) -> None:
    """With the output until then."""
    done = programs.run(["/bin/sh", "-c", f"printf half; exit {code}"], ENV)
    assert done == programs.Done(code, b"half")


def test_death_by_a_signal_is_told() -> None:
    """Negative, as in Python."""
    assert programs.run(["/bin/sh", "-c", "kill -TERM $$"], ENV).code == -15
    with pytest.raises(UserError, match="the thing was ended by signal 15"):
        programs.shell("kill -TERM $$", ENV, "thing")


def test_its_signals_are_a_shells() -> None:
    """SIGPIPE and SIGXFSZ, which Python ignores, are not ignored in it."""
    out = programs.run(["/bin/sh", "-c", "grep SigIgn /proc/self/status"], ENV).out
    ignored = int(out.split()[1], 16)
    assert not ignored & (1 << (13 - 1))
    assert not ignored & (1 << (25 - 1))


def test_no_descriptor_leaks_into_it(tmp_path: Path) -> None:
    """Even an inheritable one."""
    with (tmp_path / "secret").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        out = programs.run(["/bin/ls", "-l", "/proc/self/fd"], ENV).out
    assert str(tmp_path).encode() not in out


def test_it_is_killed_when_it_takes_too_long() -> None:
    """Within moments, and reported without its arguments."""
    began = time.monotonic()
    with pytest.raises(UserError, match=r"^sleep did not end within 0\.2 seconds$"):
        programs.run(["sleep", "60"], ENV, timeout=0.2)
    assert time.monotonic() - began < 30


def test_it_may_print_without_end() -> None:
    """The stored output is limited; so is the time."""
    with pytest.raises(UserError, match="did not end"):
        programs.run(["/bin/sh", "-c", "yes MARKED"], ENV, timeout=0.5)
    done = programs.run(["/bin/sh", "-c", "yes MARKED | head -c 3000000"], ENV)
    assert 0 < len(done.out) <= programs.CHUNK * programs.CHUNKS


@pytest.mark.parametrize("name", ["no-such-program", "/no/such/program", "/etc/passwd", "/tmp", ""])  # noqa: S108
def test_what_is_no_program_is_said(name: str) -> None:
    """Missing, not executable, or a directory."""
    with pytest.raises(UserError, match="there is no program"):
        programs.run([name, "MARKED"], ENV)


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    """An invalid interpreter line, and an argument with a NUL."""
    for argv in ([script(tmp_path, "broken", "#!/no/such/interpreter\n")], ["/bin/true", "a\0b"]):
        with pytest.raises(UserError, match="cannot start") as caught:
            programs.run([*argv, "MARKED"], ENV)
        assert caught.value.__suppress_context__


def test_errors_and_logs_show_neither_arguments_nor_output(caplog: pytest.LogCaptureFixture) -> None:
    """Not even if every logger is enabled."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UserError) as caught:
        programs.shell("echo MARKED-OUT; exit 3", ENV, "mfa_process of profile ro")
    assert str(caught.value) == "the mfa_process of profile ro failed with exit status 3"
    assert "MARKED" not in f"{caught.value}{caught.value.hint}{caplog.text}"
    assert caplog.text == ""


def test_a_shell_line_is_run_as_written() -> None:
    """Pipes, quotes and variables work; its output is returned unchanged."""
    line = "printf '%s ' \"$MARKED_NAME\" 'a\"b' | tr a-z A-Z; printf '\\377\\n'"
    assert programs.shell(line, ENV, "thing") == b'FROM US A"B \xff\n'


ON_TERMINAL = """
import os, sys
from pass_aws.system import programs
line = 'test -t 0 && test -t 2 && printf "code? " >&2 && read code && printf "%s" "$code"'
print("got", programs.shell(line, dict(os.environ), "mfa_process", on_terminal=True, timeout=20).decode())
"""


def test_an_mfa_process_can_ask_on_the_terminal() -> None:
    """Its stdin and stderr are the controlling terminal, even if ours are not."""
    command = f"{shlex.quote(PYTHON)} -c {shlex.quote(ON_TERMINAL)} < /dev/null 2> /dev/null"
    child = pexpect.spawn("/bin/sh", ["-c", command], cwd=str(TOP), encoding="utf-8", timeout=30)
    child.expect_exact("code? ")
    child.sendline("123456")
    child.expect_exact("got 123456")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_an_mfa_process_without_a_terminal_reads_nothing() -> None:
    """In a new session there is no terminal: /dev/null and our stderr are used."""
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
    """Its stderr reaches the user, its stdout does not."""
    line = process(tmp_path, ANSWER, before="echo working >&2")
    found = process_source.credentials(line, ENV, "ro", now=time.time())
    assert (found.access_key_id, found.secret_access_key, found.expires) == ("AKIA1", "MARKED-SECRET", None)
    assert capfd.readouterr() == ("", "working\n")


def test_a_credential_process_has_no_shell(tmp_path: Path) -> None:
    """Split with shlex; `$(…)`, `;`, `~` and `$VAR` are ordinary characters, as in botocore."""
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
def test_a_bad_answer_stops_it(tmp_path: Path, before: str, answer: object, message: str) -> None:
    """With the reason, the profile's name, and nothing of its output."""
    with pytest.raises(UserError, match=message) as caught:
        process_source.credentials(process(tmp_path, answer, before=before), ENV, "ro", now=time.time())
    assert "credential_process of profile ro" in str(caught.value)
    assert "MARKED" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("line", "message"), [("", "is empty"), ("  ", "is empty"), ("a 'b", "an unclosed quote")]
)
def test_a_line_that_is_none(line: str, message: str) -> None:
    """Empty, or impossible to split."""
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
def test_we_know_ourselves(argv: Sequence[str]) -> None:
    """With any path: a profile must not run a process that resolves the same profile."""
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
def test_we_do_not_take_others_for_ourselves(argv: Sequence[str]) -> None:
    """Programs with similar names."""
    assert not self_reference.is_ourselves(argv)


def test_a_hidden_circle_ends(tmp_path: Path) -> None:
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
        lambda: programs.shell("true", env, "mfa_process of profile p4"),
        lambda: web_token.of_process("true", env, "p4"),
    ):
        with pytest.raises(UserError, match="_process of profile p4 runs inside 4 others"):
            start()


def test_a_circle_is_named_in_full() -> None:
    """From its beginning; a program that does not run is not in a loop."""
    env = {self_reference.DEPTH: "outside\na\nb"}
    assert self_reference.circle(env, "a") == "a → b → a"
    assert (
        self_reference.circle(env, "c")
        == self_reference.circle({}, "a")
        == self_reference.circle(env, "")
        == ""
    )


def test_a_web_token_from_a_program() -> None:
    """By /bin/sh, without the line end."""
    assert web_token.of_process("printf 'aaa.%s.ccc\\n' bbb", ENV, "ro") == "aaa.bbb.ccc"
    with pytest.raises(UserError, match="web_identity_token_process of profile ro gives no token"):
        web_token.of_process("true", ENV, "ro")


def test_a_web_token_from_a_file_is_read_afresh(tmp_path: Path) -> None:
    """It changes every few minutes; a symlink is followed, as Kubernetes needs it."""
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
def test_what_holds_no_web_token(kind: str, tmp_path: Path) -> None:
    """One line each, and no wait for a pipe without a writer."""
    make, message = MAKERS[kind]
    make(tmp_path / "token")
    with pytest.raises(UserError, match=message) as caught:
        web_token.of_file(str(tmp_path / "token"), "ro")
    assert "MARKED" not in str(caught.value)


def test_a_path_with_a_nul_is_no_file() -> None:
    """Python raises another exception for it."""
    with pytest.raises(UserError, match="it is not a path"):
        web_token.of_file("a\0b", "ro")
