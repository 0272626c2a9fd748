"""`awsp` in real shells sets, changes and removes a profile, has completion, and a text for a prompt."""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from conftest import TOP, put, put_role, run
from keyboard import Keyboard
from tab_world import SETUP

from pass_aws.credentials import formats
from pass_aws.system import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fakeaws import FakeAWS

LOAD = {
    "bash": 'command -v pass-aws >/dev/null && eval "$(pass-aws init bash)"',
    "zsh": 'command -v pass-aws >/dev/null && eval "$(pass-aws init zsh)"',
    "fish": "type -q pass-aws; and pass-aws init fish | source",
}
STATUS = {"bash": "$?", "zsh": "$?", "fish": "$status"}
NAMES = (
    "$(touch pwned)",
    "`touch pwned`",
    ";touch pwned;",
    "sin'gle'",
    'dou"ble"',
    "back\\slash\\",
    "two words",
    "hist!ory",
    "k=v",
    "👍🏽",
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Shell:
    """A shell that has `awsp`."""

    def __init__(self, kind: str, keyboard: Keyboard, folder: Path) -> None:
        self.kind, self.keyboard, self.folder = kind, keyboard, folder

    def do(self, line: str) -> str:
        """Runs a line and returns its exit status."""
        out = self.folder / "status"
        self.keyboard.run(f"{line}; echo {STATUS[self.kind]} >{out}")
        return out.read_text().strip()

    def printed(self, line: str) -> str:
        """What a line prints."""
        out = self.folder / "printed"
        self.keyboard.run(f"{line} >{out}")
        return out.read_text()

    def env(self) -> dict[str, str]:
        """The AWS variables that a program would get."""
        words = self.printed("env -0").split("\0")[:-1]
        return {
            name: value
            for name, _, value in (word.partition("=") for word in words)
            if name in formats.STALE or name in child_environment.REMOVED
        }


@pytest.fixture
def ro(store: Path, fake: FakeAWS, aws_config: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAWS:
    """A key `dev` and a role `ro`."""
    put_role(fake, store, aws_config, "region = eu-west-1\n")
    monkeypatch.delenv("AWS_REGION")
    return fake


@pytest.fixture(params=LOAD)
def shell(request: pytest.FixtureRequest, ro: FakeAWS, tmp_path: Path) -> Iterator[Shell]:
    kind = request.param
    (tmp_path / "keyboard").mkdir()
    (tmp_path / "here").mkdir()
    setup = f"{SETUP[kind]}\n{LOAD[kind]}"
    with Keyboard(kind, os.environ, tmp_path / "keyboard", setup, cwd=str(tmp_path / "here")) as keyboard:
        yield Shell(kind, keyboard, tmp_path)
    assert not list((tmp_path / "here").iterdir())
    assert ro.url


def test_set_and_remove(shell: Shell) -> None:
    """`awsp ro` puts a session into this shell, `awsp -` removes all of it."""
    assert shell.do("awsp ro") == "0"
    env = shell.env()
    assert env["AWS_VAULT"] == "ro"
    assert env["AWS_REGION"] == "eu-west-1"
    assert env["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert MOMENT.fullmatch(env["AWS_CREDENTIAL_EXPIRATION"])
    assert shell.do("awsp -") == "0"
    assert shell.env() == {}


def test_another_profile_replaces_the_first(shell: Shell) -> None:
    """Another profile replaces the first one completely, with its own region."""
    shell.do("awsp ro")
    assert shell.do("awsp dev") == "0"
    env = shell.env()
    assert env["AWS_VAULT"] == "dev"
    assert "AWS_REGION" not in env


def test_a_failure_changes_nothing_in_the_shell(shell: Shell) -> None:
    """A failure is reported with the program's own status, and does not change the shell."""
    shell.do("awsp ro")
    before = shell.env()
    assert shell.do("awsp nowhere") == "1"
    assert shell.do("awsp --no-such-option ro") == "2"
    assert shell.env() == before


def test_options(shell: Shell) -> None:
    """The options are those of `pass aws env`, before or after the name."""
    assert shell.do("awsp --region us-west-2 ro --fresh") == "0"
    assert shell.env()["AWS_REGION"] == "us-west-2"


def test_help_is_not_evaluated(shell: Shell) -> None:
    """`awsp -h` prints a help page and does not evaluate it."""
    assert "usage: pass aws env" in shell.printed("awsp -h")
    assert "not found" not in shell.keyboard.seen()


def test_the_profile_in_use(shell: Shell) -> None:
    """`awsp` alone shows the profile and the time left."""
    shell.do("awsp ro")
    assert re.fullmatch(r"ro (59m|1h00m)\n", shell.printed("awsp"))


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names(shell: Shell, store: Path, aws_config: Path, ro: FakeAWS, name: str) -> None:
    """Any name is completed, used and shown as a name, and never run."""
    aws_config.write_text("")
    (store / "aws-vault" / "dev.gpg").unlink()
    key = ro.user("bob").key()
    put(store, name, key.id, key.secret)
    line = shell.keyboard.completed("awsp ")
    shell.keyboard.run()
    assert shell.env().get("AWS_VAULT") == name, line
    assert shell.printed("awsp").startswith(f"{name} ")


def test_the_completion_does_not_define_awsp(tmp_path: Path) -> None:
    """The function `awsp` is defined only on request."""
    for kind in LOAD:
        (tmp_path / kind).mkdir()
        with Keyboard(kind, os.environ, tmp_path / kind, SETUP[kind]) as keyboard:
            keyboard.run(f"type awsp >{tmp_path}/found 2>&1; echo {STATUS[kind]} >{tmp_path}/status")
            assert (tmp_path / "status").read_text() == "1\n"


def test_without_the_completion(tmp_path: Path) -> None:
    """If the completion files are not loaded, `awsp` has no completion, and prints nothing."""
    for kind, load in LOAD.items():
        (tmp_path / kind).mkdir()
        with Keyboard(kind, os.environ, tmp_path / kind, load, cwd=str(tmp_path / kind)) as keyboard:
            assert keyboard.completed("awsp r") == "awsp r"
            assert "awsp:" not in keyboard.seen()


def later(seconds: int) -> str:
    """A time relative to now, in the form of AWS_CREDENTIAL_EXPIRATION."""
    return child_environment.moment(int(time.time()) + seconds)


def documented(kind: str) -> str:
    """The line that the text recommends for the prompt."""
    return run("init", kind).stdout.partition("# In the prompt: ")[2].partition("\n")[0]


@pytest.fixture(params=LOAD)
def prompt(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """A shell with the documented prompt, in a time zone far from UTC."""
    kind = request.param
    (tmp_path / "keyboard").mkdir()
    (tmp_path / "here").mkdir()
    setup = f"{LOAD[kind]}\n{OWN.get(kind, '')}\n{documented(kind)}"
    env = {**os.environ, "TZ": "America/St_Johns"}
    with Keyboard(kind, env, tmp_path / "keyboard", setup, cwd=str(tmp_path / "here")) as keyboard:
        yield Shell(kind, keyboard, tmp_path)
    assert not list((tmp_path / "here").iterdir())


OWN = {
    "bash": "PROMPT_COMMAND='COUNT=$((COUNT + 1));'",
    "fish": "function fish_prompt; printf '$ '; end",
}
"""Prompt settings that users may have; the documented line keeps them."""


def in_prompt(prompt: Shell, vault: str, expiration: str, shown: str) -> str:
    """Checks that the visible prompt contains this text if these variables are set."""
    lines = []
    for name, value in (("AWS_VAULT", vault), ("AWS_CREDENTIAL_EXPIRATION", expiration)):
        if prompt.kind == "fish":
            lines.append(f"set -gx {name} '{value.replace(chr(92), chr(92) * 2)}'")
        else:
            lines.append(f"export {name}='{value}'")
    (prompt.folder / "values").write_text("\n".join(lines) + "\n")
    prompt.keyboard.run(f". {prompt.folder}/values")
    prompt.keyboard.line("\n")
    prompt.keyboard.expect(shown if prompt.kind == "fish" or not shown else f"[{shown}] $ ")
    return prompt.keyboard.seen()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (43 * 60 + 50, "ro 43m"),
        (2 * 3600 + 5 * 60 + 50, "ro 2h05m"),
        (-5, "ro expired"),
        (86400 * 400 + 50, "ro 9600h00m"),
    ],
)
def test_prompt_shows_profile_and_time_left(prompt: Shell, seconds: int, shown: str) -> None:
    """The documented prompt shows both, in any time zone."""
    in_prompt(prompt, "ro", later(seconds), shown)


def test_prompt_without_a_profile(prompt: Shell) -> None:
    """Nothing is shown if no profile is in use."""
    seen = in_prompt(prompt, "", later(600), "")
    assert "[" not in seen.replace("[I]", "")
    assert "9m" not in seen


def test_prompt_keeps_the_prompt_command_of_the_user(prompt: Shell) -> None:
    """bash still runs its other commands before each prompt."""
    if prompt.kind == "bash":
        before = int(prompt.printed('echo "$COUNT"'))
        assert int(prompt.printed('echo "$COUNT"')) > before


def test_prompt_runs_nothing(prompt: Shell) -> None:
    """Text in the variables is not run, and is not interpreted by the prompt or the terminal."""
    vault = "$(touch pwned)`touch pwned`%n\\u\x1b[31m"
    expiration = "$(touch pwned)[$(touch pwned)]"
    in_prompt(prompt, vault, expiration, "$(touch pwned)`touch pwned`%n\\u?[31m")


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-11-22T10:00:00+00:00", "ro"),
        ("a[$(touch pwned)]-1", "ro"),
        ("", "ro"),
        ("٢٠٢٦-11-22T10:00:00Z", "ro"),
        ("2008-09-09T08:08:09Z", "ro expired"),
        ("2026-99-99T99:99:99Z", "ro expired"),
    ],
)
def test_prompt_with_an_unreadable_time(prompt: Shell, moment: str, shown: str) -> None:
    """awsp does not show a time that it cannot read, and prints no error; it accepts leading zeros."""
    seen = in_prompt(prompt, "ro", moment, shown)
    assert "rror" not in seen
    assert "invalid" not in seen


@pytest.mark.parametrize("kind", ["bash", "zsh"])
def test_prompt_starts_no_program(kind: str) -> None:
    """If the shell can, it computes the time without other programs."""
    script = f"{run('init', kind).stdout}\nPATH=/proc/nonexistent\nawsp_prompt\n"
    env = {"AWS_VAULT": "ro", "AWS_CREDENTIAL_EXPIRATION": later(600)}
    show = 'echo "$AWSP"' if kind == "bash" else 'echo "$psvar[9]"'
    flags = {"bash": ["bash", "--norc", "-c"], "zsh": ["zsh", "-f", "-c"]}[kind]
    done = subprocess.run([*flags, f"{script}{show}"], env=env, capture_output=True, text=True, check=True)
    assert done.stdout in ("ro 9m\n", "ro 10m\n")
    assert not done.stderr


def test_shells_can_parse_the_texts() -> None:
    """Each shell can parse its text, and shellcheck has no finding in bash's."""
    for kind in LOAD:
        subprocess.run([kind, "-n", f"{TOP}/completions/awsp.{kind}"], check=True)
    subprocess.run(["shellcheck", f"{TOP}/completions/awsp.bash"], check=True)


def test_unknown_shell() -> None:
    """Another shell is refused, and the hint names the known ones."""
    done = run("init", "tcsh")
    assert done.returncode == 2
    assert all(kind in done.stderr for kind in LOAD)
