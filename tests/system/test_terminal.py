"""Prompts on a terminal: only on /dev/tty, and its modes are always restored."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pexpect
import pytest
from conftest import MAIN, put
from fakeaws import FakeAWS, faults

from pass_aws.errors import INTERRUPTED, MUST_ASK
from pass_aws.system.terminal import Tty

TOP = Path(__file__).resolve().parents[2]
START = f"""
import os, sys
sys.path.insert(0, {str(TOP)!r})
from pass_aws.system.terminal import Tty
from pass_aws.errors import UserError
tty = Tty(os.environ)
"""


def with_usual_signals() -> None:
    """Undoes what nohup, and a shell that runs the tests in the background, ignore."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def started(code: str, **env: str) -> pexpect.spawn[str]:
    """Runs Python code on a pty, which is also its stdin, stdout and stderr, unless the code changes that."""
    return pexpect.spawn(
        sys.executable,
        ["-c", START + code],
        encoding="utf-8",
        timeout=20,
        env={**os.environ, "TERM": "xterm", **env},
        preexec_fn=with_usual_signals,
    )


def echoes(terminal: pexpect.spawn[str]) -> bool:
    """Whether the terminal shows what is typed."""
    return bool(termios.tcgetattr(terminal.child_fd)[3] & termios.ECHO)


def test_a_prompt_with_all_streams_redirected(tmp_path: Path) -> None:
    """stdin, stdout and stderr may be files: the prompt is on the terminal, and so is the answer."""
    out = tmp_path / "out"
    shell = pexpect.spawn(
        "sh",
        ["-c", f'exec {sys.executable} -c "$CODE" 3<&0 </dev/null >{out} 2>&1'],
        encoding="utf-8",
        timeout=20,
        env={**os.environ, "CODE": START + "print(ascii(tty.ask('Key id: ')))"},
    )
    shell.expect_exact("Key id: ")
    shell.send(" \tAKIA \r\n")
    shell.expect(pexpect.EOF)
    assert out.read_text() == "'AKIA'\n"


def test_a_secret_is_not_shown() -> None:
    """A typed secret is not shown on the terminal; afterwards echo is on again."""
    terminal = started("secret = tty.ask_secret('Secret: '); print('length', len(secret))")
    terminal.expect_exact("Secret: ")
    assert not echoes(terminal)
    terminal.sendline("hunter2")
    terminal.expect_exact("\r\nlength 7")
    assert "hunter2" not in str(terminal.before)
    terminal.expect(pexpect.EOF)
    assert "hunter2" not in str(terminal.before)


def test_two_pasted_lines_answer_two_prompts() -> None:
    """Key id and secret, pasted together, answer both prompts."""
    terminal = started("print(ascii((tty.ask('a: '), tty.ask_secret('b: '))))")
    terminal.expect_exact("a: ")
    terminal.send("one\ntwo\n")
    terminal.expect_exact("('one', 'two')")


@pytest.mark.parametrize("way", ["ask", "ask_secret", "confirm"])
def test_ctrl_d_cancels(way: str) -> None:
    """Ctrl-D at a prompt is a cancel with its own exit status."""
    terminal = started(
        f"try: tty.{way}('Well? ')\nexcept UserError as error: print('refused:', error, error.code)"
    )
    terminal.expect_exact("Well? ")
    terminal.sendeof()
    terminal.expect_exact(f"refused: cancelled {INTERRUPTED}")


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("y", True), ("YES", True), (" y ", True), ("", False), ("n", False), ("yep", False), ("1", False)],
)
def test_only_yes_is_yes(answer: str, meaning: bool) -> None:
    """A confirmation takes y or yes; any other answer, also an empty one, means no."""
    terminal = started("print('answer', tty.confirm('Sure?'))")
    terminal.expect_exact("Sure? [y/N] ")
    terminal.sendline(answer)
    terminal.expect_exact(f"answer {meaning}")


def test_ctrl_c_restores_the_terminal() -> None:
    """Ctrl-C at a secret is KeyboardInterrupt, on a new line, with the terminal's modes restored."""
    terminal = started(
        "try: tty.ask_secret('Secret: ')\n"
        "except KeyboardInterrupt: print('interrupted')\nsys.stdin.readline()"
    )
    terminal.expect_exact("Secret: ")
    assert not echoes(terminal)
    terminal.sendintr()
    terminal.expect_exact("\r\ninterrupted")
    assert echoes(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_restores_the_terminal(number: signal.Signals) -> None:
    """A signal at a prompt for a secret ends the process by that signal, and echo is on again."""
    terminal = started("tty.ask_secret('Secret: ')")
    terminal.expect_exact("Secret: ")
    assert not echoes(terminal)
    before = termios.tcgetattr(terminal.child_fd)
    terminal.kill(number)
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.signalstatus == number
    assert echoes(terminal)
    assert termios.tcgetattr(terminal.child_fd)[:3] == before[:3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_just_before_the_wait(number: signal.Signals, tmp_path: Path) -> None:
    """A signal that arrives a moment before the wait for the answer ends the prompt, and echo is on again."""
    now = tmp_path / "now"
    os.mkfifo(now)
    terminal = started(
        f"sys.path.insert(0, {str(TOP / 'tests/support')!r})\nimport early_signal\n"
        f"early_signal.send({int(number)}, open, {str(now)!r})\n"
        "try: tty.ask_secret('Secret: ')\n"
        "except KeyboardInterrupt: os.kill(os.getpid(), 9)"
    )
    terminal.expect_exact("Secret: ")
    assert not echoes(terminal)
    now.write_text("")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.signalstatus == (signal.SIGKILL if number == signal.SIGINT else number)
    assert echoes(terminal)


def test_an_ignored_signal_stays_ignored() -> None:
    """With nohup, a hang-up neither ends the prompt nor repeats it."""
    terminal = started("import signal; signal.signal(1, signal.SIG_IGN); print('got', tty.ask('Well? '))")
    terminal.expect_exact("Well? ")
    terminal.kill(signal.SIGHUP)
    terminal.sendline("fine")
    terminal.expect_exact("got fine")
    assert "Well?" not in str(terminal.before)


def test_after_ctrl_z_the_prompt_comes_again() -> None:
    """Stopped at a secret, the shell gets its terminal modes back; after fg we hide the input again."""
    child = f'{sys.executable} -c "$CODE"'
    shell = pexpect.spawn(
        "bash",
        ["--norc", "-mc", f"{child}; echo in the shell; read -r line; fg >/dev/null"],
        encoding="utf-8",
        timeout=20,
        env={**os.environ, "CODE": START + "print('length', len(tty.ask_secret('Secret: ')))"},
    )
    shell.expect_exact("Secret: ")
    shell.sendcontrol("z")
    shell.expect_exact("in the shell")
    assert echoes(shell)
    shell.sendline("")
    shell.expect_exact("Secret: ")
    assert not echoes(shell)
    shell.sendline("12345")
    shell.expect_exact("length 5")


def test_a_terminal_with_wrong_modes() -> None:
    """If a crashed program has left the terminal without line mode and echo, the prompt works.

    The modes are afterwards as before.
    """
    terminal = started(
        "import termios\nmodes = termios.tcgetattr(0)\nmodes[0] &= ~termios.ICRNL\n"
        "modes[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)\n"
        "termios.tcsetattr(0, termios.TCSANOW, modes)\n"
        "print('got', tty.ask('Name: '), termios.tcgetattr(0)[:4] == modes[:4])"
    )
    terminal.expect_exact("Name: ")
    terminal.send("alice\r")
    terminal.expect_exact("alice\r\n")  # echo is on
    terminal.expect_exact("got alice True")


def test_without_a_terminal_there_is_no_prompt() -> None:
    """In a session without a terminal, a prompt fails at once with its exit status."""
    code = "print(tty.available())\ntry: tty.ask('x')\nexcept UserError as error: print(error, error.code)"
    done = subprocess.run(
        [sys.executable, "-c", START + code],
        start_new_session=True,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stdout == f"False\ncannot ask: there is no terminal {MUST_ASK}\n"


def test_in_the_background_there_is_no_prompt() -> None:
    """The kernel would stop a background process, which would look like a hang, so it is an error."""
    code = "print(tty.available())\ntry: tty.ask('x')\nexcept UserError as error: print(error, error.code)"
    shell = pexpect.spawn(
        "bash",
        ["--norc", "-mc", f'{sys.executable} -c "$CODE" & wait'],
        encoding="utf-8",
        timeout=20,
        env={**os.environ, "CODE": START + code},
    )
    shell.expect_exact(f"False\r\ncannot ask: this process runs in the background {MUST_ASK}")


@pytest.mark.parametrize(
    ("shell", "options", "line"),
    [
        ("bash", ["--norc", "--noprofile", "-i"], 'eval "$({})"'),
        ("zsh", ["-f", "-i"], 'eval "$({})"'),
        ("fish", ["--no-config", "-i"], "eval ({})"),
        ("dash", ["-i"], 'eval "$({})"'),
    ],
)
def test_a_command_substitution_can_ask(shell: str, options: list[str], line: str) -> None:
    """`eval "$(pass aws env x)"` may prompt in every shell; it is not a background process."""
    code = START + "print('echo got', tty.ask('Code' + ': '))"
    terminal = pexpect.spawn(
        shell, options, encoding="utf-8", timeout=20, env={**os.environ, "CODE": code, "TERM": "dumb"}
    )
    terminal.sendline(line.format(f'{sys.executable} -c "$CODE"'))
    terminal.expect_exact("Code: ")
    terminal.sendline("123456")
    terminal.expect_exact("got 123456")
    terminal.close(force=True)


def test_a_prompt_cannot_control_the_terminal() -> None:
    """Escape sequences from a file are escaped in a prompt."""
    terminal = started("tty.ask('Code of \\x1b[2Jx\\r\\n: ')")
    terminal.expect_exact("Code of \\x1b[2Jx\\r\\n: ")


def test_a_long_wait_is_reported() -> None:
    """After a second, a line about the wait appears on stderr, and is erased at the end."""
    terminal = started("\nwith tty.waiting('waiting for AWS'):\n    sys.stdin.readline()\nprint('done')")
    terminal.expect_exact("pass aws: waiting for AWS")
    terminal.sendline("")
    terminal.expect_exact("\r\x1b[Kdone")


def test_a_long_call_to_aws_is_reported(store: Path, fake: FakeAWS, aws_config: Path) -> None:
    """The line is shown until AWS answers; then only the output is left."""
    key = fake.user("alice").key()
    put(store, "dev", key.id, key.secret)
    aws_config.write_text("[profile dev]\n")
    fake.fault("GetCallerIdentity", faults.slow(600))
    argv, env = ["-I", "-S", str(MAIN), "whoami", "dev"], {**os.environ, "TERM": "xterm"}
    terminal = pexpect.spawn(sys.executable, argv, env=env, encoding="utf-8", timeout=60)
    terminal.expect_exact("pass aws: waiting for AWS")
    fake.end_waits()
    terminal.expect_exact("\r\x1b[Kaccount  ")
    terminal.expect(pexpect.EOF)


def test_a_short_wait_is_not_reported() -> None:
    """A wait of less than a second prints nothing."""
    terminal = started("\nwith tty.waiting('waiting for AWS'):\n    pass\nprint('done')")
    terminal.expect(pexpect.EOF)
    assert terminal.before == "done\r\n"


def test_a_waiting_line_is_no_longer_than_the_terminal() -> None:
    """A long text is shortened, so that erasing one line erases all of it."""
    terminal = started("\nwith tty.waiting('x' * 500):\n    sys.stdin.readline()")
    terminal.setwinsize(24, 40)
    terminal.expect(r"pass aws: x+")
    assert len(str(terminal.after)) <= 79


def test_without_a_terminal_there_is_no_waiting_line(capsys: pytest.CaptureFixture[str]) -> None:
    """If stderr is a file, it gets no such line."""
    with Tty({"TERM": "xterm"}).waiting("waiting"):
        pass
    assert capsys.readouterr().err == ""


def test_a_countdown() -> None:
    """A terminal shows a countdown, and its line is erased."""
    terminal = started(
        "now = [0]\ndef pause(s): now[0] += s\n"
        "Tty(os.environ, pause=pause).countdown('waiting for the next code', lambda: 3 - now[0]); print('go')"
    )
    terminal.expect(pexpect.EOF)
    said = terminal.before or ""
    assert [line.rpartition(", ")[2] for line in said.split("\r\x1b[K")[1:-1]] == ["3 s", "2 s", "1 s"]
    assert said.endswith("\r\x1b[Kgo\r\n")


def test_a_countdown_without_a_terminal_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal the wait is reported once."""
    now = [0.0]
    Tty({}, pause=lambda seconds: now.__setitem__(0, now[0] + seconds)).countdown(
        "waiting", lambda: 12 - now[0]
    )
    assert capsys.readouterr().err == "pass aws: waiting, 12 s\n"
    assert now == [12]


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("env", "stream", "wanted"),
    [
        ({"TERM": "xterm"}, Terminal(), True),
        ({"TERM": "dumb"}, Terminal(), False),
        ({}, Terminal(), False),
        ({"TERM": "xterm"}, io.StringIO(), False),
    ],
)
def test_lines_are_erased_only_on_a_capable_terminal(
    env: dict[str, str], stream: io.StringIO, wanted: bool
) -> None:
    """Neither a dumb terminal nor a file gets a line about the wait."""
    assert Tty(env).moves(stream) is wanted


@pytest.mark.parametrize("line", ["help", "exec -h", "list", "version", "explain nobody", "nonsense"])
def test_output_has_no_colours(home: Path, line: str) -> None:
    """A terminal gets the same plain text as a file, so NO_COLOR is not needed."""
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile dev]\n")
    argv = ["-I", "-S", str(MAIN), *line.split()]
    env = {**os.environ, "TERM": "xterm", "FORCE_COLOR": "1"}
    terminal = pexpect.spawn(sys.executable, argv, env=env, encoding="utf-8", timeout=20)
    terminal.expect(pexpect.EOF)
    assert terminal.before
    assert "\x1b" not in str(terminal.before)


def test_modes_are_restored_after_another_program() -> None:
    """Changes of the terminal by a program that we started are undone, also if it failed."""
    terminal = started(
        "import subprocess, termios\nbefore = termios.tcgetattr(0)\n"
        "try:\n    with tty.lent():\n"
        "        subprocess.run(['stty', '-echo', 'raw'], check=True); raise UserError('x')\n"
        "except UserError: print('same', termios.tcgetattr(0)[:4] == before[:4])"
    )
    terminal.expect_exact("same True")
