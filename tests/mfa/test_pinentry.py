"""Pinentry: the Assuan protocol of the real programs, and their possible errors."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError
from pass_aws.mfa import assuan, pinentry, pinentry_program
from pass_aws.mfa.pinentry import Question

TOP = Path(__file__).resolve().parents[2]
QUESTION = Question("pass aws", "MFA code for arn:aws:iam::123456789012:mfa/a_b 100%: ", "Code:")
ASKS = f"""
import os, sys
sys.path.insert(0, {str(TOP)!r})
from pass_aws.mfa import pinentry
from pass_aws.errors import UserError
try:
    question = pinentry.Question("pass aws", "MFA code for mfa/a_b 100%: ", "Code:", "AWS refused that code")
    print("got", ascii(pinentry.ask(sys.argv[1], os.environ, question, terminal=os.ttyname(0))))
except UserError as error:
    print("refused", error, error.code)
"""


def on_a_pty(program: str) -> pexpect.spawn[str]:
    env = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    terminal = pexpect.spawn(
        sys.executable, ["-c", ASKS, program], encoding="utf-8", timeout=20, env=env, dimensions=(30, 100)
    )
    terminal.expect("Code: ")
    return terminal


@pytest.mark.parametrize("program", ["/usr/bin/pinentry-tty", "/usr/bin/pinentry-curses"])
def test_real_pinentry_programs_ask_on_the_terminal(program: str) -> None:
    """The dialog shows the device and the error, hides the input, and returns every character of it."""
    terminal = on_a_pty(program)
    shown = str(terminal.before)
    assert "a_b 100%" in shown
    assert "AWS refused that code" in shown
    terminal.send("123 45%6\r")
    terminal.expect("got [^\r]*")
    assert "45%6" not in str(terminal.before)
    assert terminal.after == "got '123 45%6'"


@pytest.mark.parametrize(
    ("program", "keys"),
    [
        ("/usr/bin/pinentry-tty", "\x04"),
        ("/usr/bin/pinentry-curses", "\t\t\r"),
    ],  # Ctrl-D; or move to Cancel, Enter
)
def test_a_cancel_in_a_real_pinentry(program: str, keys: str) -> None:
    """Closing the dialog gives its exit status."""
    terminal = on_a_pty(program)
    terminal.send(keys)
    terminal.expect_exact(f"refused cancelled {INTERRUPTED}")


STAND_IN = """#!{python}
import os, sys
with open({record!r}, "w") as record:
    ours = sorted(name for name in os.environ if name.startswith("_PASS"))
    print(sys.argv[1:], ours, file=record, flush=True)
    sys.stdout.write({greeting!r}); sys.stdout.flush()
    answers = {answers!r}
    for line in sys.stdin:
        record.write(line); record.flush()
        sys.stdout.write(answers.get(line.split()[0], "OK\\n")); sys.stdout.flush()
        if line == "BYE\\n" or {ends!r} == line.split()[0]: break
"""


class StandIn:
    """A fake pinentry, which records its input."""

    def __init__(self, folder: Path) -> None:
        self.program, self.record = folder / "pinentry-stand-in", folder / "heard"

    def answers(
        self, answers: dict[str, str], *, greeting: str = "OK Pleased to meet you\n", ends: str = ""
    ) -> None:
        self.program.write_text(
            STAND_IN.format(
                python=sys.executable, record=str(self.record), greeting=greeting, answers=answers, ends=ends
            )
        )
        self.program.chmod(0o755)

    def ask(self, question: Question = QUESTION, **env: str) -> str:
        return pinentry.ask(
            str(self.program), {"PATH": os.environ["PATH"], **env}, question, terminal="/dev/pts/7"
        )

    def heard(self) -> list[str]:
        return self.record.read_text().splitlines()


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def test_the_requests_to_a_pinentry(stand_in: StandIn) -> None:
    """Terminal, display and language are set as by gpg-agent; texts are escaped; argv has no text."""
    stand_in.answers({"GETPIN": "D 123456\nOK\n"})
    question = QUESTION._replace(description="one\ntwo\r100%", error="AWS refused that code")
    env = {"TERM": "xterm", "DISPLAY": ":1", "LANG": "de_DE.UTF-8", "_PASS_AWS_STORE": "/x"}
    assert stand_in.ask(question, **env) == "123456"
    assert stand_in.heard() == [
        "[] []",
        "OPTION ttyname=/dev/pts/7",
        "OPTION ttytype=xterm",
        "OPTION display=:1",
        "OPTION lc-ctype=de_DE.UTF-8",
        "OPTION lc-messages=de_DE.UTF-8",
        "SETTITLE pass aws",
        "SETDESC one%0Atwo%0D100%25",
        "SETPROMPT Code:",
        "SETERROR AWS refused that code",
        "GETPIN",
    ]


def test_the_locale_passed_to_a_pinentry(stand_in: StandIn) -> None:
    """LC_ALL overrides LC_CTYPE, which overrides LANG."""
    stand_in.answers({})
    stand_in.ask(LANG="C", LC_CTYPE="fr_FR.UTF-8", LC_MESSAGES="it_IT.UTF-8")
    assert {"OPTION lc-ctype=fr_FR.UTF-8", "OPTION lc-messages=it_IT.UTF-8"} <= set(stand_in.heard())


@pytest.mark.parametrize(
    ("answer", "typed"),
    [
        ("D 123456\nOK\n", "123456"),
        ("D 123\nD 456\nOK\n", "123456"),
        ("S PASSWORD_FROM_CACHE\n# a comment\nD 12%33456\nOK\n", "123456"),
        ("D a%25b%0Ac%\nOK\n", "a%b\nc%"),
        ("INQUIRE QUALITY x\nD 1\nOK\n", "1"),
        ("OK\n", ""),
        ("D \xe9\xff\nOK done\n", "é\xff"),
    ],
)
def test_the_answers_of_a_pinentry(stand_in: StandIn, answer: str, typed: str) -> None:
    """Data may have several lines and any escapes, between status lines, comments and inquiries."""
    stand_in.answers({"GETPIN": answer, "OPTION": "ERR 83886254 Unknown option <Pinentry>\n"})
    assert stand_in.ask() == typed


@pytest.mark.parametrize(
    ("answer", "words", "code"),
    [
        ("ERR 83886179 Operation cancelled <Pinentry>\n", "cancelled", INTERRUPTED),
        ("ERR 99\n", "cancelled", INTERRUPTED),
        ("D 123\nERR 83886278 Operation fully cancelled\n", "cancelled", INTERRUPTED),
        (
            "ERR 83918950 Inappropriate ioctl for device\n",
            "could not ask: Inappropriate ioctl for device",
            MUST_ASK,
        ),
        ("ERR x\x1b[2J\n", "could not ask", MUST_ASK),
        ("ERR\n", "could not ask: it has ended", MUST_ASK),
    ],
)
def test_the_refusals_of_a_pinentry(stand_in: StandIn, answer: str, words: str, code: int) -> None:
    """A cancel is distinguished from an inability to ask."""
    stand_in.answers({"GETPIN": answer})
    with pytest.raises(UserError) as caught:
        stand_in.ask()
    assert words in str(caught.value)
    assert caught.value.code == code


@pytest.mark.parametrize("ends", ["OPTION", "SETDESC", "GETPIN"])
def test_a_pinentry_that_ends_early(stand_in: StandIn, ends: str) -> None:
    """A pinentry that ends early gives an error, not a hang or a traceback."""
    stand_in.answers({ends: ""}, ends=ends)
    with pytest.raises(UserError, match="could not ask: it has ended") as caught:
        stand_in.ask()
    assert caught.value.code == MUST_ASK


@pytest.mark.parametrize("text", ["", "exit 3\n", "echo garbage; exec cat >/dev/null\n"])
def test_a_program_that_is_not_a_pinentry(stand_in: StandIn, text: str) -> None:
    """Output that is not an answer, followed by the end, is an error."""
    stand_in.program.write_text(f"#!/bin/sh\n{text.replace('exec cat >/dev/null', 'exit')}")
    stand_in.program.chmod(0o755)
    with pytest.raises(UserError, match="could not ask"):
        stand_in.ask()


def test_a_pinentry_that_cannot_be_started(stand_in: StandIn) -> None:
    """gpg-agent.conf names a program that does not exist."""
    with pytest.raises(UserError, match=r"cannot run .*pinentry-stand-in: No such file") as caught:
        stand_in.ask()
    assert caught.value.code == MUST_ASK


def test_a_pinentry_without_an_answer(stand_in: StandIn) -> None:
    """A program that only reads is not waited for."""
    stand_in.program.write_text("#!/bin/sh\nexec sleep 1000\n")
    stand_in.program.chmod(0o755)
    with pytest.raises(UserError, match="could not ask: it has ended"):
        pinentry.ask(str(stand_in.program), os.environ, QUESTION, terminal=None, patience=0.2)


def test_a_pinentry_that_does_not_end_is_killed(stand_in: StandIn, tmp_path: Path) -> None:
    """A pinentry that does not end after its answer is killed."""
    stand_in.program.write_text(
        f"#!/bin/sh\necho $$ >{tmp_path}/pid\ntrap '' TERM\n"
        "echo OK; while read -r l; do echo OK; done; exec sleep 1000\n"
    )
    stand_in.program.chmod(0o755)
    begun = time.monotonic()
    assert stand_in.ask() == ""
    assert time.monotonic() - begun < 15
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_ctrl_c_just_before_the_wait(stand_in: StandIn, tmp_path: Path) -> None:
    """A Ctrl-C that arrives a moment before we wait for the user's answer ends the pinentry and us."""
    os.mkfifo(tmp_path / "asking")
    stand_in.program.write_text(
        f'#!/bin/sh\necho OK; while read -r l; do [ "$l" != GETPIN ] || {{ : >{tmp_path}/asking; exec sleep 1000; }}\n'
        "echo OK; done\n"
    )
    stand_in.program.chmod(0o755)
    code = (
        f"import os, sys; sys.path[:0] = [{str(TOP)!r}, {str(TOP / 'tests/support')!r}]\n"
        "import early_signal, signal\nfrom pass_aws.mfa import pinentry\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # the tests may run in the background
        f"early_signal.send(2, open, {str(tmp_path / 'asking')!r})\n"
        "question = pinentry.Question('', '', '')\n"
        f"pinentry.ask({str(stand_in.program)!r}, os.environ, question, terminal=None)"
    )
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.stderr.endswith(b"KeyboardInterrupt\n")


@given(st.binary(max_size=2000))
def test_escaped_text_is_read_back(text: bytes) -> None:
    """Any bytes become one line, and the same bytes after decoding."""
    escaped = assuan.escape(text)
    assert not set(escaped) & {*range(32), 127}
    assert assuan.unescape(escaped) == text


@given(st.binary())
def test_any_bytes_are_unescaped(text: bytes) -> None:
    """An invalid escape is unchanged; so is text without escapes."""
    assert assuan.unescape(text) == text or b"%" in text


@given(st.text(max_size=1500))
@example("%" * 999)
@example("é" * 600)
def test_a_command_is_one_short_line(text: str) -> None:
    """No text makes a second command, a line longer than the protocol allows, or half an escape."""
    line = assuan.command("SETDESC", text)
    assert line.count(b"\n") == 1
    assert len(line) <= assuan.LONGEST + 1
    whole = text.encode(errors="replace")
    assert whole.startswith(assuan.unescape(line.removesuffix(b"\n").partition(b" ")[2]))
    assert whole.decode().startswith(assuan.unescape(line[8:-1]).decode())


@given(st.binary())
def test_any_line_is_read(line: bytes) -> None:
    """No line of a pinentry causes a traceback."""
    read = assuan.answer(line)
    assert read.error() >= 0
    assert read.cancelled() in (True, False)


def test_the_configured_pinentry(home: Path) -> None:
    """The last line of gpg-agent.conf in GNUPGHOME or ~/.gnupg is used; without one, gpg's default."""
    (home / ".gnupg").mkdir()
    conf = home / ".gnupg" / "gpg-agent.conf"
    assert pinentry_program.configured({"HOME": str(home)}) == ""
    conf.write_text("# pinentry-program /no\nmax-cache-ttl 9\n")
    assert pinentry_program.configured({"HOME": str(home)}) == ""
    conf.write_text("pinentry-program /usr/bin/pinentry-x11\n  pinentry-program\t/opt/my pinentry \n")
    assert pinentry_program.configured({"HOME": str(home)}) == "/opt/my pinentry"
    assert pinentry_program.configured({"HOME": str(home), "GNUPGHOME": str(home)}) == ""
    (home / "gpg-agent.conf").write_bytes(b"\xff\npinentry-program /usr/bin/pinentry-qt")
    assert (
        pinentry_program.configured({"HOME": "/proc/nonexistent", "GNUPGHOME": str(home)})
        == "/usr/bin/pinentry-qt"
    )


def test_the_default_pinentry(tmp_path: Path) -> None:
    """gpgconf names it; without gpgconf it is the one on PATH, or none."""
    assert os.path.realpath(pinentry_program.installed(os.environ)).startswith("/usr/bin/pinentry-")
    alone = tmp_path / "bin"
    alone.mkdir()
    assert pinentry_program.installed({"PATH": str(alone)}) == ""
    (alone / "pinentry").symlink_to("/bin/true")
    assert pinentry_program.installed({"PATH": str(alone)}) == str(alone / "pinentry")
