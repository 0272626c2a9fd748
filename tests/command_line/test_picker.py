"""The picker: at a terminal, a user who gives no profile chooses one; otherwise nothing is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest
from conftest import MAIN, put
from keyboard import CURSOR, Keyboard
from tab_world import SETUP

from pass_aws.command_line.picker import MOST, narrowed
from pass_aws.system.terminal import CLEAR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fakeaws import FakeAWS

    Spawn = pexpect.spawn[str]

DIRECT = [sys.executable, "-I", "-S", str(MAIN)]
SHOW = ["--", "printenv", "AWS_VAULT"]
NAMES = ("dev", "org/prod/admin", "org/prod/reader", "$(touch pwned)", "it's mine")


@pytest.fixture
def keys(
    store: Path, fake: FakeAWS, aws_config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> FakeAWS:
    """Some keys, and a working directory."""
    key = fake.user("alice").key()
    for name in NAMES:
        put(store, name, key.id, key.secret)
    aws_config.write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    return fake


@pytest.fixture
def no_fzf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH with everything needed except fzf."""
    folder = tmp_path / "few"
    folder.mkdir()
    for name in (
        "gpg",
        "gpg-agent",
        "sh",
        "printenv",
        "true",
        "pass-aws",
        "env",
        "bash",
        "zsh",
        "fish",
        "tty",
        "readlink",
    ):
        (folder / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(folder))


@pytest.fixture
def terminal() -> Iterator[list[Spawn]]:
    """Programs started on ptys; they end with the test."""
    started: list[Spawn] = []
    yield started
    for one in started:
        one.close(force=True)


def start(terminal: list[Spawn], *words: str, rows: int = 40) -> Spawn:
    """Our program on a pty."""
    child = pexpect.spawn(
        DIRECT[0], [*DIRECT[1:], *words], env=os.environ, timeout=60, dimensions=(rows, 100), encoding="utf-8"
    )
    terminal.append(child)
    return child


def start_fzf(terminal: list[Spawn], *words: str) -> Spawn:
    """Our program on a pty, up to the start of fzf, which asks the terminal for the cursor position."""
    child = start(terminal, *words)
    while child.expect_exact([CURSOR, f"{len(NAMES)}/{len(NAMES)}"]) == 0:
        child.send("\x1b[1;1R")
    return child


def ended(child: Spawn) -> tuple[int | None, str]:
    """Its exit status and its remaining output."""
    child.expect(pexpect.EOF)
    text = str(child.before).replace(CLEAR, "\n")  # a note that was printed and erased
    child.close()
    return child.exitstatus, text


@pytest.mark.usefixtures("keys", "no_fzf")
class TestList:
    """The picker without fzf: a numbered list."""

    def test_by_number(self, terminal: list[Spawn]) -> None:
        """A number chooses from the list."""
        child = start(terminal, "exec", *SHOW)
        child.expect("  2  dev")
        child.expect("profile .*: ")
        child.sendline("2")
        code, text = ended(child)
        assert (code, text.split()[-1]) == (0, "dev")

    def test_by_a_part_of_the_name(self, terminal: list[Spawn]) -> None:
        """A part of a name in any case filters the list, until one is left."""
        child = start(terminal, "exec", *SHOW)
        child.expect("profile .*: ")
        child.sendline("PROD")
        child.expect("  1  org/prod/admin\\r\\n  2  org/prod/reader\\r\\nprofile .*: ")
        child.sendline("nothing like it")
        child.expect("no profile name contains nothing like it")
        child.expect("  2  dev")
        child.expect("profile .*: ")
        child.sendline("reader")
        code, text = ended(child)
        assert (code, text.split()[-1]) == (0, "org/prod/reader")

    def test_cancelling_the_picker(self, terminal: list[Spawn]) -> None:
        """Ctrl-C and Ctrl-D end with status 130; the command does not run."""
        for key in "\x03", "\x04":
            child = start(terminal, "exec", "--", "echo", "ran")
            child.expect("profile .*: ")
            child.send(key)
            code, text = ended(child)
            assert code == 130
            assert "ran" not in text

    def test_a_long_list_is_one_screen(self, terminal: list[Spawn], store: Path) -> None:
        """With many profiles, one screen of them is shown, and the number of the others."""
        for number in range(30):
            shutil.copy(store / "aws-vault" / "dev.gpg", store / "aws-vault" / f"many{number:02}.gpg")
        child = start(terminal, "env", rows=24)
        child.expect(f"and {30 + len(NAMES) - MOST} more")
        child.expect("profile .*: ")
        assert len(str(child.before).splitlines()) < 22

    def test_eval(self, tmp_path: Path) -> None:
        """`eval "$(pass aws env)"` asks on the terminal, although the shell reads its output."""
        (tmp_path / "keyboard").mkdir()
        with Keyboard("bash", os.environ, tmp_path / "keyboard") as keyboard:
            keyboard.type('eval "$(pass-aws env)"\n')
            keyboard.expect("part of its name): ")
            keyboard.type("dev\n")
            keyboard.expect("using AWS endpoint")
            keyboard.run(f'printenv AWS_VAULT >"{tmp_path}/vault"')
            assert (tmp_path / "vault").read_text() == "dev\n"


@pytest.mark.usefixtures("keys")
class TestFzf:
    """The picker with fzf."""

    def test_choosing(self, terminal: list[Spawn]) -> None:
        """Typed text filters the list, Enter chooses."""
        child = start_fzf(terminal, "exec", *SHOW)
        child.send("reader")
        child.expect("1/5")
        child.send("\r")
        code, text = ended(child)
        assert (code, text.split()[-1]) == (0, "org/prod/reader")

    @pytest.mark.parametrize("name", ["$(touch pwned)", "it's mine"])
    def test_hostile_names(self, terminal: list[Spawn], tmp_path: Path, name: str) -> None:
        """A name is passed on unchanged."""
        child = start_fzf(terminal, "exec", "--", "printenv", "AWS_VAULT")
        child.send(name[:4])
        child.expect("1/5")
        child.send("\r")
        code, text = ended(child)
        assert (code, text.splitlines()[-1]) == (0, name)
        assert not (tmp_path / "pwned").exists()

    @pytest.mark.parametrize("key", ["\x1b", "\x03"])
    def test_cancelling_the_picker(self, terminal: list[Spawn], key: str) -> None:
        """Esc and Ctrl-C end with status 130; the command does not run."""
        child = start_fzf(terminal, "exec", "--", "echo", "ran")
        child.send(key)
        code, text = ended(child)
        assert code == 130
        assert "ran" not in text

    def test_no_match(self, terminal: list[Spawn]) -> None:
        """Enter without a match chooses nothing, and this is reported."""
        child = start_fzf(terminal, "exec", "--", "echo", "ran")
        child.send("nothing like it")
        child.expect("0/5")
        child.send("\r")
        code, text = ended(child)
        assert code == 1
        assert "no profile was chosen" in text

    def test_broken_fzf(self, terminal: list[Spawn], programs: Path) -> None:
        """If fzf fails, the list is shown."""
        (programs / "fzf").write_text("#!/bin/sh\nexit 2\n")
        (programs / "fzf").chmod(0o755)
        child = start(terminal, "exec", *SHOW)
        child.expect("profile .*: ")
        child.sendline("dev")
        assert ended(child)[0] == 0

    def test_dumb_terminal(self, terminal: list[Spawn], monkeypatch: pytest.MonkeyPatch) -> None:
        """On a terminal that cannot move the cursor, the list is shown."""
        monkeypatch.setenv("TERM", "dumb")
        child = start(terminal, "exec", *SHOW)
        child.expect("  2  dev")

    @pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
    def test_awsp(self, kind: str, tmp_path: Path) -> None:
        """`awsp` alone shows the picker if no profile is in use."""
        (tmp_path / "keyboard").mkdir()
        load = "pass-aws init fish | source" if kind == "fish" else f'eval "$(pass-aws init {kind})"'
        with Keyboard(kind, os.environ, tmp_path / "keyboard", f"{SETUP[kind]}\n{load}") as keyboard:
            keyboard.type("awsp\n")
            keyboard.expect("5/5")
            keyboard.type("admin")
            keyboard.expect("1/5")
            keyboard.type("\r")
            keyboard.expect("using AWS endpoint")
            keyboard.run(f'printenv AWS_VAULT >"{tmp_path}/vault"')
            assert (tmp_path / "vault").read_text() == "org/prod/admin\n"


@pytest.fixture
def spy(programs: Path, tmp_path: Path) -> Path:
    """An fzf that records that it was started."""
    (programs / "fzf").write_text(f"#!/bin/sh\ntouch '{tmp_path}/asked'\nexit 1\n")
    (programs / "fzf").chmod(0o755)
    return tmp_path / "asked"


@pytest.mark.usefixtures("keys")
class TestNoPicker:
    """Without a terminal, or with --no-input, the program does not offer a choice and fails."""

    @pytest.mark.parametrize("words", [("exec", *SHOW), ("env",)])
    def test_no_terminal(self, spy: Path, words: tuple[str, ...]) -> None:
        """Without a terminal it is an error at once, and the hint names the profiles."""
        done = subprocess.run(
            [*DIRECT, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )
        assert done.returncode == 2
        assert "error: no profile given" in done.stderr
        assert "dev" in done.stderr
        assert not spy.exists()

    def test_stderr_read_by_a_program(self, terminal: list[Spawn], spy: Path, tmp_path: Path) -> None:
        """If stderr is not a terminal, the user would not see the picker, so it is not shown."""
        child = pexpect.spawn(
            "sh", ["-c", f"{' '.join(DIRECT)} exec -- true 2>'{tmp_path}/err'"], env=os.environ
        )
        terminal.append(child)
        child.expect(pexpect.EOF)
        assert "no profile given" in (tmp_path / "err").read_text()
        assert not spy.exists()

    @pytest.mark.parametrize(("option", "variable"), [(["--no-input"], ""), ([], "1")])
    def test_no_input(
        self,
        terminal: list[Spawn],
        spy: Path,
        monkeypatch: pytest.MonkeyPatch,
        option: list[str],
        variable: str,
    ) -> None:
        """With --no-input nothing is asked."""
        if variable:
            monkeypatch.setenv("PASS_AWS_NO_INPUT", variable)
        code, text = ended(start(terminal, "exec", *option, "--", "true"))
        assert code == 2
        assert "no profile given" in text
        assert not spy.exists()

    def test_a_profile_in_the_environment(
        self, terminal: list[Spawn], spy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """AWS_PROFILE is used instead of a question."""
        monkeypatch.setenv("AWS_PROFILE", "dev")
        code, text = ended(start(terminal, "exec", *SHOW))
        assert (code, text.split()[-1]) == (0, "dev")
        assert not spy.exists()

    def test_no_profiles(self, terminal: list[Spawn], spy: Path, store: Path) -> None:
        """Without any profile, the hint says how to get the first one."""
        shutil.rmtree(store / "aws-vault")
        code, text = ended(start(terminal, "exec", "--", "true"))
        assert code == 2
        assert "pass aws add" in text
        assert not spy.exists()

    @pytest.mark.parametrize("command", ["whoami", "explain", "clear", "remove"])
    def test_other_commands(self, terminal: list[Spawn], spy: Path, command: str) -> None:
        """Only commands that use credentials offer a choice; the others do what they say, or fail."""
        ended(start(terminal, command))
        assert not spy.exists()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("", ["a1", "B2", "1"]),
        ("2", ["B2"]),
        ("1", ["1"]),
        ("b", ["B2"]),
        ("9", []),
        ("0", []),
        ("²", []),
        ("99999999999999999999", []),
    ],
)
def test_the_meaning_of_an_answer(answer: str, found: list[str]) -> None:
    """An answer is first a whole name, then a number in the list, then a part of a name."""
    names = ["a1", "B2", "1"]
    assert narrowed(answer, names, names) == found
