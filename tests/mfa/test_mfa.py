"""One-time codes without typing: taken from their sources, and never sent twice."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fakeaws.mfa import totp as independent
from mfa_world import ARN, SEED, START, TOKEN, TOP, Hours, Stub, insert, new_run, started

from pass_aws.config.precedence import Options
from pass_aws.errors import MUST_ASK, UserError
from pass_aws.mfa import token_code

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def entry(store: Path) -> Path:
    """A store with an otpauth entry in its default place, as `pass otp` would write it."""
    insert(store, "aws-mfa/123456789012/alice", f"hunter2\notpauth://totp/a?secret={SEED}\nurl: x\n")
    return store


@pytest.mark.usefixtures("entry")
def test_a_code_from_the_store(capsys: pytest.CaptureFixture[str]) -> None:
    """The default entry gives the current code, without a prompt, also with --no-input."""
    code = new_run(options=Options(no_input=True)).code(ARN)
    assert code.text == independent(SEED, START // 30)
    assert code.driver == "otpauth"
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("entry")
def test_debug_names_the_source_of_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    """Device, driver and the reason for it are printed, and not the code."""
    run = new_run()
    run.context.args.debug = True
    code = run.code(ARN)
    said = capsys.readouterr().err
    assert said.startswith(f"pass aws: debug: MFA code of {ARN} by otpauth: ")
    assert code.text not in said


@pytest.mark.usefixtures("entry")
def test_a_code_of_the_store_is_used_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A second code in the same time step waits for the next step, also in another run."""
    hours = Hours(START + 10)
    codes = [new_run(hours=hours).code(ARN).text, new_run(hours=hours).code(ARN).text]
    assert codes == [independent(SEED, START // 30), independent(SEED, START // 30 + 1)]
    assert sum(hours.waited) == 20
    assert capsys.readouterr().err == "pass aws: waiting for the next MFA code, 20 s\n"


@pytest.mark.usefixtures("entry")
def test_a_refused_code_of_the_store_is_retried_once() -> None:
    """The code of the next step is tried; then an error says what to check."""
    run = new_run()
    assert run.code(ARN).text == independent(SEED, START // 30)
    assert run.code(ARN, again=True).text == independent(SEED, START // 30 + 1)
    with pytest.raises(UserError, match=f"none of 2 codes of {ARN} was accepted") as caught:
        run.code(ARN, again=True)
    assert "mfa_serial" in caught.value.hint


def test_the_entry_that_the_profile_names(store: Path) -> None:
    """`mfa_entry` may be any entry of the store, and also works for a hardware token's number."""
    insert(store, "totp/aws work", f"otpauth://totp/a?secret={SEED}&period=60")
    code = new_run("mfa_entry = totp/aws work").code(TOKEN)
    assert code.text == independent_of_period(SEED, START, 60)


@pytest.mark.parametrize("name", ["no such/entry", "../../etc/passwd"])
@pytest.mark.usefixtures("store")
def test_an_mfa_entry_that_does_not_exist(name: str) -> None:
    """The error names the entry, and the origin of its name."""
    with pytest.raises(UserError) as caught:
        new_run(f"mfa_entry = {name}").code(TOKEN)
    assert name in str(caught.value)
    assert "mfa_entry" in caught.value.hint


def independent_of_period(seed: str, now: int, period: int) -> str:
    return independent(seed, now // period)


def test_the_mfa_prefix(store: Path) -> None:
    """PASS_AWS_MFA_PREFIX sets the directory."""
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
def test_a_serial_cannot_name_an_entry_elsewhere(serial: str, store: Path) -> None:
    """No ARN makes us read an entry in another directory."""
    insert(store, "secret", f"otpauth://totp/a?secret={SEED}")
    with pytest.raises(UserError) as caught:
        new_run().code(serial)
    assert caught.value.code == MUST_ASK


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hunter2\nJBSWY3DPEHPK3PXP", "it has no otpauth:// line"),
        (f"otpauth://hotp/a?secret={SEED}&counter=1", "only time-based codes"),
        (f"otpauth://totp/a?secret={SEED}&digits=8", "its codes have 8 digits, AWS needs 6"),
        ("otpauth://totp/a?secret=SECRET!1", "its secret is not base32"),
    ],
)
def test_an_entry_that_gives_no_code(store: Path, text: str, reason: str) -> None:
    """The error names the entry, the reason and a remedy, and does not show its content."""
    insert(store, "aws-mfa/123456789012/alice", text)
    with pytest.raises(UserError, match=reason) as caught:
        new_run().code(ARN)
    assert "aws-mfa/123456789012/alice" in str(caught.value)
    assert caught.value.hint == "run pass edit aws-mfa/123456789012/alice"
    assert not [word for word in ("hunter2", SEED, "SECRET") if word in str(caught.value)]


RACE = f"""
import sys; sys.path[:0] = [{str(TOP)!r}, {str(TOP / "tests")!r}, {str(TOP / "tests/support")!r}]
from mfa_world import Hours, new_run, ARN
hours = Hours()
sys.stdin.readline()
print(new_run(hours=hours).code(ARN).text)
"""


@pytest.mark.usefixtures("entry")
def test_two_processes_never_get_the_same_code() -> None:
    """Two requests in the same second get the codes of two steps."""
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


@pytest.mark.usefixtures("entry")
def test_the_wait_for_the_next_code_can_be_interrupted() -> None:
    """The terminal shows a countdown; Ctrl-C ends it at once, and the next step is still unused."""
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


def test_the_given_code() -> None:
    """`-t` is used unchanged, before all other sources, with or without spaces."""
    code = new_run("mfa_process = false", Options(mfa_token="123456", prompt="terminal")).code()
    assert code == token_code.Code("123456", "-t")


def test_the_given_code_is_used_once() -> None:
    """A second code in one run, or a refusal, is a clear error: a code works once."""
    run = new_run(options=Options(mfa_token="123456"))
    run.code()
    with pytest.raises(UserError, match="a second code of other is needed, but -t gives only one"):
        run.code("other")
    with pytest.raises(UserError, match=r"a second code of .* is needed"):
        run.code(again=True)


@pytest.mark.parametrize(
    ("line", "token", "codes"), [("", "123456", 1), ("mfa_process = shuf -n1 -i 100000-999999", "", 2)]
)
def test_a_refusal_without_another_code_is_the_error(line: str, token: str, codes: int) -> None:
    """After AWS has refused the last possible code, its own message is the error."""
    run = new_run(line, Options(mfa_token=token))
    for number in range(codes):
        sent = run.code(again=number > 0)
        assert run.calls[TOKEN].may_ask_again(sent) is (number + 1 < codes)


@pytest.mark.parametrize(("driver", "asks"), [("", 0), ("zenity", 1)])
def test_the_lock_shows_whether_the_user_is_asked(programs: Path, driver: str, asks: int) -> None:
    """A lock's holder reports a prompt only if the user has to answer."""
    Stub(programs, "zenity", "echo 123456")
    run = new_run("mfa_process = echo 234567", Options(prompt=driver), DISPLAY=":1")
    told: list[str] = []
    token_code.Codes(TOKEN, run.settings, run.context).ask(lambda: told.append("asking"))
    assert told == ["asking"] * asks


def test_a_given_code_that_was_used_is_not_sent() -> None:
    """A command repeated from the shell's history does not cost an attempt at AWS."""
    new_run(options=Options(mfa_token="123456")).code()
    with pytest.raises(UserError, match="the code given with -t was already used"):
        new_run(options=Options(mfa_token="123456")).code()


def test_mfa_process_runs_in_a_shell(tmp_path: Path) -> None:
    """/bin/sh -c gets it unchanged, also with --no-input; spaces around its output do not matter."""
    (tmp_path / "code").write_text("  123456 \r\n")
    code = new_run(f"mfa_process = cat '{tmp_path}/code' | cat # yes; true", Options(no_input=True)).code()
    assert code == token_code.Code("123456", "mfa_process")


def test_mfa_process_gets_the_environment_of_the_caller(tmp_path: Path) -> None:
    """mfa_process gets the caller's environment, and an empty stdin."""
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
    """The error names its profile; its output may be a secret and is not shown."""
    with pytest.raises(UserError, match=reason) as caught:
        new_run(f"mfa_process = {command}").code()
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_a_process_is_run_in_a_new_step(tmp_path: Path) -> None:
    """In a used step the process would print the used code, so it runs once, in the next step."""
    count = tmp_path / "count"
    line = f"mfa_process = echo x >>{count}; printf '12345%s' $(wc -l <{count})"
    hours = Hours(START + 5)
    assert [new_run(line, hours=hours).code().text for _ in range(2)] == ["123451", "123452"]
    assert sum(hours.waited) == 25


def test_a_process_that_repeats_its_code_is_run_again_once(tmp_path: Path) -> None:
    """One more attempt is made in the next step, then it is an error; the code is never sent again."""
    count = tmp_path / "count"
    line = f"mfa_process = echo x >>{count}; echo 123456"
    hours = Hours()
    new_run(line, hours=hours).code()
    with pytest.raises(UserError, match="gives a code that was already used"):
        new_run(line, hours=hours).code()
    assert count.read_text().count("x") == 3


def test_a_refused_code_of_a_process_is_retried_once(tmp_path: Path) -> None:
    """At most two codes of a process are sent."""
    count = tmp_path / "count"
    run = new_run(f"mfa_process = echo x >>{count}; printf '12345%s' $(wc -l <{count})")
    assert run.code().text == "123451"
    assert run.code(again=True).text == "123452"
    with pytest.raises(UserError, match="none of 2 codes"):
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
def test_ykman_gets_the_arguments_of_aws_vault(programs: Path, env: dict[str, str], words: list[str]) -> None:
    """The account name, the device serial and an old version's arguments come from the same variables."""
    ykman = Stub(programs, "ykman", "echo 123456")
    assert new_run("", Options(prompt="ykman"), None, "", **env).code() == token_code.Code("123456", "ykman")
    assert ykman.words() == words


def test_ykman_without_a_terminal(programs: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """ykman's messages go to our stderr, with a note that a touch may be needed."""
    Stub(programs, "ykman", "echo 'Touch your YubiKey...' >&2; echo 123456")
    new_run(YKMAN_OATH_CREDENTIAL_NAME="aws").code()
    assert capfd.readouterr().err == "pass aws: touch the YubiKey if it blinks\nTouch your YubiKey...\n"


def test_ykman_that_fails(programs: Path) -> None:
    """The error names the account, and the hint says how to find the right one."""
    Stub(programs, "ykman", "exit 1")
    with pytest.raises(UserError, match="ykman did not print a code for the account aws") as caught:
        new_run(YKMAN_OATH_CREDENTIAL_NAME="aws").code()
    assert "ykman oath accounts list" in caught.value.hint
