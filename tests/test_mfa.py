"""One-time codes: had from where they are, never sent twice, asked for again where refused."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
from conftest import MAIN, put, run
from fakeaws.mfa import totp as independent

from pass_aws.adapters.tty import Tty
from pass_aws.context import Context
from pass_aws.features import mfa
from pass_aws.rules import config, settings
from pass_aws.rules.errors import INTERRUPTED, MUST_ASK, USAGE, UserError
from pass_aws.rules.settings import Options, Settings

if TYPE_CHECKING:
    from fakeaws import FakeAWS, MfaDevice

TOP = Path(__file__).resolve().parent.parent
ARN = "arn:aws:iam::123456789012:mfa/alice"
TOKEN = "GAHT12345678"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
START = 1_700_000_010
"""The first second of a time step."""


class Hours:
    """A clock that moves when somebody waits."""

    def __init__(self, now: float = START) -> None:
        self.now = now
        self.waited: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


class Run(NamedTuple):
    """One run of ours, with its clock."""

    context: Context
    hours: Hours
    settings: Settings

    def code(self, serial: str = TOKEN, *, again: bool = False) -> mfa.Code:
        """Asks for a code and says that it is sent."""
        found = mfa.code(serial, self.settings, self.context, again=again)
        mfa.spent(serial, found, self.context)
        return found


def new_run(
    lines: str = "", options: Options | None = None, hours: Hours | None = None, tty: str = "", **env: str
) -> Run:
    """A run in which nobody can be asked, wherever the tests are run, unless a terminal is given."""
    hours = hours or Hours()
    context = Context({**os.environ, **env}, argparse.Namespace(debug=False), hours)
    context.options = options or Options()
    context.tty = Tty(context.env, path=tty or "/nonexistent/tty", pause=hours.pause)
    files = config.profiles(f"[profile dev]\n{lines}\n", "config"), config.profiles("", "x", credentials=True)
    found = settings.of(*files, "dev", context.env, context.options, target=True, stored=True)
    return Run(context, hours, found)


def insert(store: Path, name: str, text: str) -> None:
    subprocess.run(
        ["pass", "insert", "-m", name],
        input=text.encode(),
        env={**os.environ, "PASSWORD_STORE_DIR": str(store)},
        check=True,
        capture_output=True,
    )


@pytest.fixture
def entry(store: Path) -> Path:
    """A store with an otpauth entry in its place, as `pass otp` would have made it."""
    insert(store, "aws-mfa/123456789012/alice", f"hunter2\notpauth://totp/a?secret={SEED}\nurl: x\n")
    return store


class Stub:
    """A program on PATH that writes down how it was called."""

    def __init__(self, folder: Path, name: str, script: str) -> None:
        self.record = folder / f"{name}.record"
        path = folder / name
        path.write_text(f'#!/bin/sh\nfor word; do printf "%s\\n" "$word"; done >>{self.record}\n{script}\n')
        path.chmod(0o755)

    def words(self) -> list[str]:
        return self.record.read_text().splitlines()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in front of PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


# --- codes from the store


@pytest.mark.usefixtures("entry")
def test_a_code_from_the_store(capsys: pytest.CaptureFixture[str]) -> None:
    """The entry in its place gives the code of now, without a word, also under --no-input."""
    code = new_run(options=Options(no_input=True)).code(ARN)
    assert code.text == independent(SEED, START // 30)
    assert code.driver == "otpauth"
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("entry")
def test_a_code_of_the_store_is_given_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever needs a second code in the same step waits for the next one, also in another run."""
    hours = Hours(START + 10)
    codes = [new_run(hours=hours).code(ARN).text, new_run(hours=hours).code(ARN).text]
    assert codes == [independent(SEED, START // 30), independent(SEED, START // 30 + 1)]
    assert sum(hours.waited) == 20
    assert capsys.readouterr().err == "pass aws: waiting for the next MFA code, 20 s\n"


@pytest.mark.usefixtures("entry")
def test_a_refused_code_of_the_store_is_followed_by_the_next_one_only_once() -> None:
    """The next step's code is tried; then it is an error that says what to look at."""
    run = new_run()
    assert run.code(ARN).text == independent(SEED, START // 30)
    assert run.code(ARN, again=True).text == independent(SEED, START // 30 + 1)
    with pytest.raises(UserError, match=f"no code of {ARN} was accepted, 2 were tried") as caught:
        run.code(ARN, again=True)
    assert "mfa_serial" in caught.value.hint


def test_the_entry_that_the_profile_names(store: Path) -> None:
    """`mfa_entry` may be any entry of the store, and serves a hardware token's number too."""
    insert(store, "totp/aws work", f"otpauth://totp/a?secret={SEED}&period=60")
    code = new_run("mfa_entry = totp/aws work").code(TOKEN)
    assert code.text == independent_of_period(SEED, START, 60)


def independent_of_period(seed: str, now: int, period: int) -> str:
    return independent(seed, now // period)


def test_the_place_of_entries_can_be_elsewhere(store: Path) -> None:
    """PASS_AWS_MFA_PREFIX names the folder."""
    insert(store, "otp/aws/123456789012/team/bob", f"otpauth://totp/a?secret={SEED}")
    serial = "arn:aws:iam::123456789012:mfa/team/bob"
    assert new_run(PASS_AWS_MFA_PREFIX="otp/aws/").code(serial).driver == "otpauth"


@pytest.mark.parametrize(
    "serial",
    [
        "arn:aws:iam::123456789012:mfa/../../secret",
        "arn:aws:iam::123456789012:mfa/../123456789012/alice",
        "arn:aws:iam::123456789012:mfa/./alice",
        "arn:aws:iam::..:mfa/alice",
    ],
)
@pytest.mark.usefixtures("entry")
def test_a_serial_cannot_lead_out_of_the_place(serial: str, store: Path) -> None:
    """No ARN makes us read an entry that is not in its place."""
    insert(store, "secret", f"otpauth://totp/a?secret={SEED}")
    with pytest.raises(UserError) as caught:
        new_run().code(serial)
    assert caught.value.code == MUST_ASK


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hunter2\nJBSWY3DPEHPK3PXP", "it has no otpauth:// line"),
        (f"otpauth://hotp/a?secret={SEED}&counter=1", "only time-based codes"),
        (f"otpauth://totp/a?secret={SEED}&digits=8", "it makes 8 digits, AWS wants 6"),
        ("otpauth://totp/a?secret=SECRET!1", "its secret is not base32"),
    ],
)
def test_an_entry_that_gives_no_code(store: Path, text: str, reason: str) -> None:
    """The entry and the reason are named, the way to mend it too; what is in it is not shown."""
    insert(store, "aws-mfa/123456789012/alice", text)
    with pytest.raises(UserError, match=reason) as caught:
        new_run().code(ARN)
    assert "aws-mfa/123456789012/alice" in str(caught.value)
    assert caught.value.hint == "pass edit aws-mfa/123456789012/alice"
    assert not [word for word in ("hunter2", SEED, "SECRET") if word in str(caught.value)]


RACE = f"""
import sys; sys.path[:0] = [{str(TOP)!r}, {str(TOP / "tests")!r}]
from test_mfa import Hours, new_run, ARN
hours = Hours()
sys.stdin.readline()
print(new_run(hours=hours).code(ARN).text)
"""


@pytest.mark.usefixtures("entry")
def test_two_processes_never_get_the_same_code() -> None:
    """Two that ask in the same second get the codes of two steps."""
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write(b"\n")
        racer.stdin.flush()
    codes = {racer.communicate(timeout=60)[0].decode().strip() for racer in racers}
    assert codes == {independent(SEED, START // 30 + step) for step in (0, 1)}


# --- the code given with -t


def test_the_given_code() -> None:
    """`-t` is used as it is, groups and all, before anything else."""
    code = new_run("mfa_process = false", Options(mfa_token="123 456", prompt="terminal")).code()
    assert code == mfa.Code("123456", "-t")


def test_the_given_code_serves_once() -> None:
    """A second need in one run, or a refusal, is a clear error: a code works once."""
    run = new_run(options=Options(mfa_token="123456"))
    run.code()
    with pytest.raises(UserError, match="a second code is needed, of other, and -t gives only one"):
        run.code("other")
    with pytest.raises(UserError, match="a second code is needed"):
        run.code(again=True)


@pytest.mark.parametrize(
    ("line", "token", "codes"), [("", "123456", 1), ("mfa_process = shuf -n1 -i 100000-999999", "", 2)]
)
def test_who_has_no_other_code_is_not_asked_again(line: str, token: str, codes: int) -> None:
    """After AWS refused the last code that may be tried, its own words are the error."""
    run = new_run(line, Options(mfa_token=token))
    for number in range(codes):
        sent = run.code(again=number > 0)
        assert mfa.more(TOKEN, sent, run.context) is (number + 1 < codes)


@pytest.mark.parametrize(("driver", "asks"), [("", 0), ("zenity", 1)])
def test_others_are_told_when_a_person_is_asked(programs: Path, driver: str, asks: int) -> None:
    """A lock's holder says that it is asking only if somebody has to answer."""
    Stub(programs, "zenity", "echo 123456")
    run = new_run("mfa_process = echo 234567", Options(prompt=driver), DISPLAY=":1")
    told: list[str] = []
    mfa.code(TOKEN, run.settings, run.context, asking=lambda: told.append("asking"))
    assert told == ["asking"] * asks


def test_the_given_code_must_be_one() -> None:
    """What cannot be a code is wrong usage, and not shown."""
    with pytest.raises(UserError, match="-t: a code is six digits") as caught:
        new_run(options=Options(mfa_token="hunter2")).code()
    assert caught.value.code == USAGE
    assert "hunter2" not in str(caught.value)


def test_a_given_code_that_was_used_is_not_sent() -> None:
    """The line repeated from the shell's history does not spend a try at AWS."""
    new_run(options=Options(mfa_token="123456")).code()
    with pytest.raises(UserError, match="the code given with -t has been used"):
        new_run(options=Options(mfa_token="123456")).code()


# --- codes that a program prints


def test_mfa_process_is_a_line_for_the_shell(tmp_path: Path) -> None:
    """/bin/sh -c as it stands; blanks around the answer do not matter; also under --no-input."""
    (tmp_path / "code").write_text("  123456 \r\n")
    code = new_run(f"mfa_process = cat '{tmp_path}/code' | cat # yes; true", Options(no_input=True)).code()
    assert code == mfa.Code("123456", "mfa_process")


def test_mfa_process_sees_nothing_of_ours(tmp_path: Path) -> None:
    """Its environment is the caller's; stdin is not."""
    run = new_run(f"mfa_process = env >{tmp_path}/env; cat; echo 123456", _PASS_AWS_STORE="/x", MINE="kept")
    assert run.code().text == "123456"
    seen = (tmp_path / "env").read_text()
    assert "_PASS_AWS" not in seen
    assert "MINE=kept" in seen


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("exit 7", "mfa_process of profile dev failed with exit status 7"),
        ("echo hunter2", "mfa_process of profile dev did not print a code of six digits"),
        ("true", "did not print a code"),
        (r"printf '\377\000'", "did not print a code"),
        ("echo 123456; echo 234567", "did not print a code"),
    ],
)
def test_mfa_process_that_fails(command: str, reason: str) -> None:
    """Named with its profile; what it printed may be a secret and is not shown."""
    with pytest.raises(UserError, match=reason) as caught:
        new_run(f"mfa_process = {command}").code()
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_a_process_is_run_in_a_new_step(tmp_path: Path) -> None:
    """In a used step it would print the used code: first wait, then run it, once."""
    count = tmp_path / "count"
    line = f"mfa_process = echo x >>{count}; printf '12345%s' $(wc -l <{count})"
    hours = Hours(START + 5)
    assert [new_run(line, hours=hours).code().text for _ in range(2)] == ["123451", "123452"]
    assert sum(hours.waited) == 25


def test_a_process_that_repeats_itself_is_run_again_once(tmp_path: Path) -> None:
    """The same code after the step's end: one more try in the next step, then an error; it is never sent."""
    count = tmp_path / "count"
    line = f"mfa_process = echo x >>{count}; echo 123456"
    hours = Hours()
    new_run(line, hours=hours).code()
    with pytest.raises(UserError, match="gives a code that has been used"):
        new_run(line, hours=hours).code()
    assert count.read_text().count("x") == 3


def test_a_refused_code_of_a_process_is_followed_by_one_more(tmp_path: Path) -> None:
    """Two codes at most."""
    count = tmp_path / "count"
    run = new_run(f"mfa_process = echo x >>{count}; printf '12345%s' $(wc -l <{count})")
    assert run.code().text == "123451"
    assert run.code(again=True).text == "123452"
    with pytest.raises(UserError, match="2 were tried"):
        run.code(again=True)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({}, ["oath", "accounts", "code", "--single", TOKEN]),
        ({"YKMAN_OATH_CREDENTIAL_NAME": "AWS:a b"}, ["oath", "accounts", "code", "--single", "AWS:a b"]),
        (
            {"YKMAN_OATH_DEVICE_SERIAL": "4711"},
            ["--device", "4711", "oath", "accounts", "code", "--single", TOKEN],
        ),
        ({"AWS_VAULT_YKMAN_VERSION": "3"}, ["oath", "code", "--single", TOKEN]),
        ({"AWS_VAULT_YKMAN_VERSION": "5"}, ["oath", "accounts", "code", "--single", TOKEN]),
    ],
)
def test_ykman_is_called_as_aws_vault_calls_it(programs: Path, env: dict[str, str], words: list[str]) -> None:
    """Account name, device serial and the words of old versions come from the same variables."""
    ykman = Stub(programs, "ykman", "echo 123456")
    assert new_run("", Options(prompt="ykman"), None, "", **env).code() == mfa.Code("123456", "ykman")
    assert ykman.words() == words


def test_ykman_without_a_terminal_gives_notice(programs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Its own words go to our stderr, and we say that a touch may be wanted."""
    Stub(programs, "ykman", "echo 'Touch your YubiKey...' >&2; echo 123456")
    new_run(YKMAN_OATH_CREDENTIAL_NAME="aws").code()
    assert capfd.readouterr().err == "pass aws: the YubiKey may want a touch\nTouch your YubiKey...\n"


def test_ykman_that_fails(programs: Path) -> None:
    """The account is named, and how to find the right one."""
    Stub(programs, "ykman", "exit 1")
    with pytest.raises(UserError, match="ykman gave no code for the account aws") as caught:
        new_run(YKMAN_OATH_CREDENTIAL_NAME="aws").code()
    assert "ykman oath accounts list" in caught.value.hint


# --- questions in a window


@pytest.mark.parametrize(
    ("driver", "words"),
    [
        ("zenity", ["--entry", "--title", "pass aws", "--text", "MFA code for a__b__c123456: "]),
        ("kdialog", ["--title", "pass aws", "--inputbox", "MFA code for a_b_c123456: "]),
    ],
)
def test_dialogs(programs: Path, driver: str, words: list[str]) -> None:
    """Chosen where there is no terminal but a display; the arguments are the question and nothing else."""
    stub = Stub(programs, driver, "echo '123 456'")
    run = new_run(options=Options(prompt=driver), DISPLAY=":1")
    assert run.code("a_b_c123456") == mfa.Code("123456", driver)
    assert stub.words() == words


@pytest.mark.parametrize("driver", ["zenity", "kdialog"])
def test_a_dialog_that_is_closed_is_a_cancel(programs: Path, driver: str) -> None:
    """No second dialog pops up."""
    stub = Stub(programs, driver, "echo 'Gtk-Message: whatever' >&2; exit 1")
    with pytest.raises(UserError, match="cancelled") as caught:
        new_run(options=Options(prompt=driver), DISPLAY=":1").code()
    assert caught.value.code == INTERRUPTED
    assert stub.words().count("pass aws") == 1


@pytest.mark.parametrize("script", ["exit 255", "echo 'cannot open display: :9' >&2; exit 1", "kill -9 $$"])
def test_a_dialog_that_cannot_ask(programs: Path, script: str) -> None:
    """A display that is not there is no cancel."""
    Stub(programs, "zenity", script)
    with pytest.raises(UserError, match="zenity could not ask") as caught:
        new_run(options=Options(prompt="zenity"), WAYLAND_DISPLAY="wayland-0").code()
    assert caught.value.code == MUST_ASK


def test_a_mistyped_code_is_asked_for_again(programs: Path) -> None:
    """What is no code never goes to AWS: the reason is shown; after three answers it is over."""
    stub = Stub(programs, "zenity", "echo 12345")
    with pytest.raises(UserError, match=r"no code of .* was accepted, 3 were tried"):
        new_run(options=Options(prompt="zenity"), DISPLAY=":1").code()
    questions = [word for word in stub.words() if TOKEN in word]
    again = f"a code is six digits. MFA code for {TOKEN}: "
    assert questions == [f"MFA code for {TOKEN}: ", again, again]


def test_mistyped_and_refused_count_together(programs: Path, tmp_path: Path) -> None:
    """Three questions in all, whatever was wrong with the answers; a new need begins anew."""
    count = tmp_path / "count"
    stub = Stub(programs, "zenity", f"echo x >>{count}; printf '12345%s' $(wc -l <{count} | sed s/2/z/)")
    run = new_run(options=Options(prompt="zenity"), DISPLAY=":1")
    assert run.code().text == "123451"
    assert run.code(again=True).text == "123453"
    with pytest.raises(UserError, match="3 were tried"):
        run.code(again=True)
    questions = [word.partition("MFA")[0] for word in stub.words() if TOKEN in word]
    assert questions == ["", "AWS refused that code. ", "a code is six digits. "]
    assert run.code().text == "123454"


PINENTRY = """#!{python}
import sys
print("OK", flush=True)
for line in iter(sys.stdin.readline, ""):
    sys.stdout.write("D 123456\\nOK\\n" if line == "GETPIN\\n" else "OK\\n"); sys.stdout.flush()
"""


def test_the_pinentry_of_gpg_agent_is_next_after_the_terminal(home: Path, tmp_path: Path) -> None:
    """In a pipe or an IDE, without a terminal, the user's own pinentry asks."""
    program = tmp_path / "my-pinentry"
    program.write_text(PINENTRY.format(python=sys.executable))
    program.chmod(0o755)
    (home / "gpg-agent.conf").write_text(f"pinentry-program {program}\n")
    assert new_run(GNUPGHOME=str(home)).code() == mfa.Code("123456", "pinentry")


def test_nobody_can_be_asked() -> None:
    """Neither terminal nor display: the exit status for it, each reason, and a command."""
    with pytest.raises(UserError) as caught:
        new_run(PATH="/usr/bin:/bin").code()
    assert caught.value.code == MUST_ASK
    assert "terminal: there is no terminal; pinentry: there is no terminal" in str(caught.value)
    assert caught.value.hint == "run once in a terminal: pass aws exec dev -- true"


# --- questions on a terminal

ON_A_TERMINAL = f"""
import os, sys
sys.path[:0] = [{str(TOP)!r}, {str(TOP / "tests")!r}]
from pass_aws.rules.errors import UserError
from pass_aws.rules.settings import Options
import test_mfa
from test_mfa import ARN, TOKEN
def new_run(*args, **more): return test_mfa.new_run(*args, tty="/dev/tty", **more)
def answer(run, **more):
    try: print("got", *run.code(**more)[:2])
    except UserError as error: print("refused:", error, error.code)
    except KeyboardInterrupt: print("interrupted")
"""


def started(code: str, **env: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-c", ON_A_TERMINAL + textwrap.dedent(code)],
        encoding="utf-8",
        timeout=30,
        env={**os.environ, "TERM": "xterm", **env},
    )


def test_the_terminal_is_asked() -> None:
    """The device is named; the code may have a blank; a refused one is asked for again and said to be so."""
    terminal = started("run = new_run(); answer(run); answer(run, again=True)")
    terminal.expect_exact(f"MFA code for {TOKEN}: ")
    terminal.sendline("123 456")
    terminal.expect_exact("got 123456 terminal")
    terminal.expect_exact(f"AWS refused that code. MFA code for {TOKEN}: ")
    terminal.sendline("123456")
    terminal.expect_exact(f"that code has been used; wait for the next. MFA code for {TOKEN}: ")
    terminal.sendline("654321")
    terminal.expect_exact("got 654321 terminal")


def test_ctrl_d_at_the_terminal_cancels() -> None:
    """Nothing else is tried."""
    terminal = started("answer(new_run())")
    terminal.expect_exact("MFA code")
    terminal.sendeof()
    terminal.expect_exact(f"refused: cancelled {INTERRUPTED}")


@pytest.mark.parametrize("program", ["pinentry-tty", "pinentry-curses"])
def test_the_real_pinentry_on_a_terminal(home: Path, program: str) -> None:
    """`--prompt pinentry` takes the one of gpg-agent.conf; Ctrl-C leaves the terminal as it was."""
    (home / ".gnupg").mkdir(mode=0o700)
    (home / ".gnupg" / "gpg-agent.conf").write_text(f"pinentry-program /usr/bin/{program}\n")
    code = """
        import termios
        run = new_run(options=Options(prompt="pinentry"), GNUPGHOME="")
        before = termios.tcgetattr(0)[:4]
        answer(run); answer(run)
        print("same", termios.tcgetattr(0)[:4] == before)
    """
    terminal = started(code)
    terminal.expect("Code: ")
    assert TOKEN in str(terminal.before)
    terminal.send("123456\r")
    terminal.expect_exact("got 123456 pinentry")
    terminal.expect("Code: ")
    terminal.sendintr()
    terminal.expect_exact("interrupted")
    terminal.expect_exact("same True")


def test_mfa_process_may_ask_on_the_terminal() -> None:
    """Its stdin and stderr are the terminal, even where ours are not; its modes are undone."""
    line = "mfa_process = stty -echo; echo 'PIN?' >&2; read -r code; echo $code"
    code = f"""
        import termios
        before = termios.tcgetattr(0)[:4]
        keep = os.dup(0)
        os.dup2(os.open("/dev/null", os.O_RDWR), 0); os.dup2(0, 2)
        answer(new_run({line!r}))
        print("same", termios.tcgetattr(keep)[:4] == before)
    """
    terminal = started(code)
    terminal.expect_exact("PIN?")
    terminal.sendline("123456")
    terminal.expect_exact("got 123456 mfa_process")
    terminal.expect_exact("same True")


def test_mfa_process_under_no_input_has_no_terminal() -> None:
    """It cannot ask either: its stdin is empty."""
    terminal = started("answer(new_run('mfa_process = read -r code; echo $code', Options(no_input=True)))")
    terminal.expect_exact("refused: mfa_process of profile dev did not print a code")


def test_ykman_speaks_for_itself_on_a_terminal(programs: Path) -> None:
    """Its touch notice and its question for a password reach the terminal; we add nothing."""
    Stub(programs, "ykman", "echo 'Touch your YubiKey...' >&2; read -r line; echo 12345$line")
    terminal = started("answer(new_run(YKMAN_OATH_CREDENTIAL_NAME='aws'))")
    terminal.expect_exact("Touch your YubiKey...")
    assert terminal.before == ""
    terminal.sendline("6")
    terminal.expect_exact("got 123456 ykman")


@pytest.mark.usefixtures("entry")
def test_the_wait_for_the_next_code_can_be_interrupted() -> None:
    """The countdown is on the terminal; Ctrl-C ends it at once, and the next step is still free."""
    code = """
        run = new_run()
        answer(run, serial=ARN)
        run.context.tty._pause = lambda seconds: sys.stdin.readline()
        answer(run, serial=ARN)
        run.hours.now += 30
        answer(run, serial=ARN)
    """
    terminal = started(code)
    terminal.expect_exact("got")
    terminal.expect_exact("pass aws: waiting for the next MFA code, 30 s")
    terminal.sendintr()
    terminal.expect_exact("interrupted")
    terminal.expect_exact("got")
    assert "waiting" not in str(terminal.before)


# --- the whole program, against an AWS that takes each code once


class World(NamedTuple):
    fake: FakeAWS
    device: MfaDevice


@pytest.fixture
def world(fake: FakeAWS, store: Path, aws_config: Path) -> World:
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa("alice")
    put(store, "dev", key.id, key.secret)
    aws_config.write_text(f"[profile dev]\nregion = eu-west-1\nmfa_serial = {device.serial}\n")
    return World(fake, device)


def test_a_mistyped_code_is_refused_by_aws_and_asked_for_again(world: World) -> None:
    """On a terminal, from the question to the credentials; stdout carries nothing but them."""
    terminal = pexpect.spawn(
        sys.executable,
        ["-I", "-S", str(MAIN), "env", "dev", "--format", "json"],
        encoding="utf-8",
        timeout=60,
    )
    terminal.expect_exact(f"MFA code for {world.device.serial}: ")
    terminal.sendline(wrong_codes(world, 1)[0])
    terminal.expect_exact(f"AWS refused that code. MFA code for {world.device.serial}: ")
    terminal.sendline(world.device.code())
    terminal.expect_exact("AccessKeyId")
    assert [call.outcome == "ok" for call in world.fake.calls] == [False, True]


def test_after_the_third_refusal_the_words_of_aws_are_the_error(world: World) -> None:
    """Three questions, three calls, then one line and what to do."""
    terminal = pexpect.spawn(
        sys.executable, ["-I", "-S", str(MAIN), "env", "dev"], encoding="utf-8", timeout=60
    )
    for code in wrong_codes(world, 3):
        terminal.expect_exact("MFA code for")
        terminal.sendline(code)
    terminal.expect_exact(f"the one-time code of {world.device.serial}")
    terminal.expect(pexpect.EOF)
    assert len(world.fake.calls) == 3


def wrong_codes(world: World, number: int) -> list[str]:
    """Codes that AWS does not take now."""
    right = {world.device.code(step) for step in range(-3, 4)}
    return [code for code in (f"{code:06d}" for code in range(20)) if code not in right][:number]


def test_a_code_from_the_store_is_accepted(world: World, store: Path) -> None:
    """The line that enrolment gives, in its place in the store: nobody is asked."""
    account = world.device.account
    insert(store, f"aws-mfa/{account}/alice", world.device.otpauth)
    done = run("env", "dev", "--no-input", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert [call.outcome for call in world.fake.calls] == ["ok"]


def test_nobody_to_ask_ends_the_program_before_any_call(world: World) -> None:
    """Exit status 4, one line, the command to run; AWS has heard nothing."""
    done = run("exec", "dev", "--no-input", "--", "true")
    assert done.returncode == MUST_ASK
    assert "--no-input forbids to ask" in done.stderr
    assert "hint: run once in a terminal: pass aws exec dev -- true" in done.stderr
    assert world.fake.calls == []
