"""Prompts for one-time codes on the terminal, in a window and through pinentry, and their repetition."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from mfa_world import TOKEN, Stub, new_run, started

from pass_aws.config.precedence import Options
from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError
from pass_aws.mfa import token_code

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("driver", "words"),
    [
        ("zenity", ["--entry", "--title", "pass aws", "--text", "MFA code for a__b__c123456: "]),
        ("kdialog", ["--title", "pass aws", "--inputbox", "MFA code for a_b_c123456: "]),
    ],
)
def test_dialogs(programs: Path, driver: str, words: list[str]) -> None:
    """A dialog is used if there is a display and no terminal; its arguments contain only the prompt."""
    stub = Stub(programs, driver, "echo '123 456'")
    run = new_run(options=Options(prompt=driver), DISPLAY=":1")
    assert run.code("a_b_c123456") == token_code.Code("123456", driver)
    assert stub.words() == words


@pytest.mark.parametrize("driver", ["zenity", "kdialog"])
def test_a_closed_dialog_is_a_cancel(programs: Path, driver: str) -> None:
    """After a dialog is closed, no second one appears."""
    stub = Stub(programs, driver, "echo 'Gtk-Message: whatever' >&2; exit 1")
    with pytest.raises(UserError, match="cancelled") as caught:
        new_run(options=Options(prompt=driver), DISPLAY=":1").code()
    assert caught.value.code == INTERRUPTED
    assert stub.words().count("pass aws") == 1


@pytest.mark.parametrize("script", ["exit 255", "echo 'cannot open display: :9' >&2; exit 1", "kill -9 $$"])
def test_a_dialog_that_cannot_ask(programs: Path, script: str) -> None:
    """A missing display is not a cancel."""
    Stub(programs, "zenity", script)
    with pytest.raises(UserError, match="zenity could not ask") as caught:
        new_run(options=Options(prompt="zenity"), WAYLAND_DISPLAY="wayland-0").code()
    assert caught.value.code == MUST_ASK


def test_a_mistyped_code_is_asked_for_again(programs: Path) -> None:
    """A text that is not a code is not sent to AWS; the reason is shown, at most three times."""
    stub = Stub(programs, "zenity", "echo 12345")
    with pytest.raises(UserError, match=r"none of 3 codes of"):
        new_run(options=Options(prompt="zenity"), DISPLAY=":1").code()
    questions = [word for word in stub.words() if TOKEN in word]
    again = f"a code is six digits. MFA code for {TOKEN}: "
    assert questions == [f"MFA code for {TOKEN}: ", again, again]


def test_mistyped_and_refused_codes_are_counted_together(programs: Path, tmp_path: Path) -> None:
    """There are three prompts, whatever was wrong with the answers; the next code has three again."""
    count = tmp_path / "count"
    stub = Stub(programs, "zenity", f"echo x >>{count}; printf '12345%s' $(wc -l <{count} | sed s/2/z/)")
    run = new_run(options=Options(prompt="zenity"), DISPLAY=":1")
    assert run.code().text == "123451"
    assert run.code(again=True).text == "123453"
    with pytest.raises(UserError, match="none of 3 codes"):
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


def test_pinentry_is_used_without_a_terminal(home: Path, tmp_path: Path) -> None:
    """In a pipe or an IDE, without a terminal, the user's own pinentry asks."""
    program = tmp_path / "my-pinentry"
    program.write_text(PINENTRY.format(python=sys.executable))
    program.chmod(0o755)
    (home / "gpg-agent.conf").write_text(f"pinentry-program {program}\n")
    assert new_run(GNUPGHOME=str(home)).code() == token_code.Code("123456", "pinentry")


def test_without_terminal_and_display() -> None:
    """The error has its exit status and a reason for each driver."""
    with pytest.raises(UserError) as caught:
        new_run(PATH="/usr/bin:/bin").code()
    assert caught.value.code == MUST_ASK
    assert "terminal: there is no terminal; pinentry: there is no terminal" in str(caught.value)


def test_a_prompt_on_the_terminal() -> None:
    """The prompt names the device, and comes again with the reason after a refused code."""
    terminal = started("run = new_run(); answer(run); answer(run, again=True)")
    terminal.expect_exact(f"MFA code for {TOKEN}: ")
    terminal.sendline("123 456")
    terminal.expect_exact("got 123456 terminal")
    terminal.expect_exact(f"AWS refused that code. MFA code for {TOKEN}: ")
    terminal.sendline("123456")
    terminal.expect_exact(f"that code was already used; wait for the next. MFA code for {TOKEN}: ")
    terminal.sendline("654321")
    terminal.expect_exact("got 654321 terminal")


def test_ctrl_d_at_the_terminal_cancels() -> None:
    """After Ctrl-D no other driver is tried."""
    terminal = started("answer(new_run())")
    terminal.expect_exact("MFA code")
    terminal.sendeof()
    terminal.expect_exact(f"refused: cancelled {INTERRUPTED}")


@pytest.mark.parametrize("program", ["pinentry-tty", "pinentry-curses"])
def test_the_real_pinentry_on_a_terminal(home: Path, program: str) -> None:
    """`--prompt pinentry` uses the one in gpg-agent.conf; Ctrl-C leaves the terminal unchanged."""
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
    """mfa_process gets the terminal as stdin and stderr, even if ours are not; its modes are restored."""
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


def test_mfa_process_with_no_input_has_no_terminal() -> None:
    """With --no-input, the stdin of mfa_process is empty, so it cannot prompt."""
    terminal = started("answer(new_run('mfa_process = read -r code; echo $code', Options(no_input=True)))")
    terminal.expect_exact("refused: mfa_process of profile dev did not print a code")


def test_ykman_on_a_terminal(programs: Path) -> None:
    """ykman's touch message and password prompt reach the terminal, and we print nothing."""
    Stub(programs, "ykman", "echo 'Touch your YubiKey...' >&2; read -r line; echo 12345$line")
    terminal = started("answer(new_run(YKMAN_OATH_CREDENTIAL_NAME='aws'))")
    terminal.expect_exact("Touch your YubiKey...")
    assert terminal.before == ""
    terminal.sendline("6")
    terminal.expect_exact("got 123456 ykman")
