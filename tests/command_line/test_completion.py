"""TAB in real shells completes to the intended word, and to nothing else.

bash is tested with and without bash-completion; properties of one shell are tested in separate files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tab_cases import NEW_WORDS, NOTHING, WORDS, WRAPPED
from tab_world import HOSTILE, World

from pass_aws.command_line import complete
from pass_aws.errors import DONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyboard import Keyboard

SHELLS = ("bash", "plain bash", "zsh", "fish")
GIT = ". /usr/share/bash-completion/completions/git"
OPEN_ENDED = "/=@:.,-"
"""After these, fish expects more text: it adds neither a blank nor the closing quote."""


@pytest.fixture
def world(tmp_path: Path, home: Path) -> World:
    return World(tmp_path / "world", home)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, world: World) -> Iterator[Keyboard]:
    with world.keyboard(request.param, GIT if request.param == "plain bash" else "") as keyboard:
        yield keyboard


def test_words(shell: Keyboard) -> None:
    """Commands, options, their values, profiles, roles, regions, formats and files are completed."""
    assert {typed: shell.completed(typed).rstrip() for typed in WORDS} == {
        typed: line.rstrip() for typed, line in WORDS.items()
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"], indirect=True)
def test_words_of_each_command(shell: Keyboard) -> None:
    """Each command's own arguments, options and values are completed."""
    assert {typed: shell.completed(typed).rstrip() for typed in NEW_WORDS} == {
        typed: line.rstrip() for typed, line in NEW_WORDS.items()
    }


def test_no_candidates(shell: Keyboard) -> None:
    """Without a candidate nothing is inserted or printed: no file, and no entry of the store."""
    assert [shell.completed(typed) for typed in NOTHING] == list(NOTHING)
    assert not {"pass-aws:", "_pass"} & set(shell.seen().split())


def test_wrapped_command(shell: Keyboard, world: World) -> None:
    """The wrapped command is completed as if it were typed alone, and is not run."""
    for typed, line in WRAPPED.items():
        assert shell.completed(typed).rstrip() == line.rstrip()
        assert "warning" not in shell.seen()
    assert world.untouched()


@pytest.mark.parametrize(("shell", "form"), [("zsh", "-- {}"), ("fish", "({})")], indirect=["shell"])
def test_descriptions(shell: Keyboard, form: str) -> None:
    """Shells that can show descriptions show those of commands and options, and keep those of pass."""
    shell.lists("pass aws e", form.format("show what a profile would do, and why"))
    shell.lists("pass aws exec --no-", form.format("never ask: exit 4 instead"))
    shell.lists("pass ", "AWS credentials from the store", "ecrypt")


def test_hostile_names(shell: Keyboard, world: World) -> None:
    """A completed name reaches the program unchanged, whatever quote was open, and runs nothing."""
    for name in HOSTILE:
        world.only([name])
        for typed in ("pass aws env ", "pass-aws env '", 'pass-aws env "'):
            line = shell.completed(typed)
            fish = shell.kind == "fish"
            if fish and name.startswith("~") and line == typed:
                continue  # fish would expand it: test_tilde in test_completion_fish.py covers it
            shell.run(typed[-1].strip() if fish and name[-1] in OPEN_ENDED else "")
            assert world.ran_with() == ["env", name], line
            assert world.untouched(), line


def test_hostile_role_names_of_identity_center(shell: Keyboard, world: World) -> None:
    """A role name from Identity Center reaches the program unchanged; an account name is only shown."""
    typed = "pass-aws exec --account 333333333333 --role "
    shell.completed(f"{typed}x")
    shell.run()
    assert world.ran_with()[-1] == "x$(touch${IFS}pwned)"
    shell.completed("pass-aws exec --account 3")
    shell.run()
    assert world.ran_with()[-1] == "333333333333"
    assert world.untouched()


def test_the_common_part_of_names(shell: Keyboard, world: World) -> None:
    """The common part of names is inserted, in any quoting; the next character and TAB choose one."""
    world.only(["pair:it's one", "pair:it's $two"])
    for start, then, name in (
        ("p", "o", "pair:it's one"),
        ("'p", "o", "pair:it's one"),
        ('"p', "o", "pair:it's one"),
        ("'p", "$", "pair:it's $two"),
        ('"p', "\\$", "pair:it's $two"),
        ("p", "\\$", "pair:it's $two"),
    ):
        shell.completed(f"pass-aws env {start}")
        shell.line(f"{then}\t")
        shell.run()
        assert world.ran_with() == ["env", name]


def test_names_with_control_characters_are_not_offered(shell: Keyboard, world: World) -> None:
    """Names with control characters, and names that look like options, are not offered."""
    world.only([])
    world.config.write_text(
        "[profile \x1b[31mred]\n[profile new\nline]\n[profile -n]\n[profile \u202eright]\n"
    )
    world.keys("\x1b[2Jcleared", "two\nlines", "-x", "good")
    assert shell.completed("pass aws env ") == "pass aws env good "


def test_no_program(shell: Keyboard, world: World) -> None:
    """Without a working program, TAB does nothing and prints nothing."""
    world.program("pass-aws", "echo Error >&2; exit 127")
    assert shell.completed("pass aws e") == "pass aws e"
    assert "rror" not in shell.seen()


def test_keys_typed_after_tab(shell: Keyboard, world: World) -> None:
    """Text typed while the program runs is not lost, even if the program reads all its input."""
    program = world.programs / "pass-aws"
    program.write_text(program.read_text().replace("\n", "\ncat >/dev/null\n", 1))
    assert shell.line("pass aws exec r\t-- true") == "pass aws exec ro -- true"


def test_completion_never_runs_gpg(shell: Keyboard, world: World) -> None:
    """Neither a TAB nor fish's suggestions decrypt anything."""
    for typed in (*WORDS, "pass aws clear ", "pass aws list ", "pass aws explain "):
        shell.completed(typed)
    assert world.untouched()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"], indirect=True)
def test_completion_of_pass_is_unchanged(shell: Keyboard) -> None:
    """The completion of pass and of its entries is unchanged."""
    assert shell.completed("pass sho") == "pass show "
    assert shell.completed("pass show aws-vault/st") == "pass show aws-vault/stored/key "


@pytest.mark.parametrize(
    ("words", "status", "before"),
    [
        (["exec", "ro", "--"], complete.A_COMMAND, 3),
        (["exec", "--"], complete.A_COMMAND, 2),
        (["exec", "ro", "--", "git"], complete.A_COMMAND, 3),
        (["exec", "ro"], DONE, 0),
        (["exec", "--region", "--"], DONE, 0),
    ],
)
def test_the_separator_is_offered_once(tmp_path: Path, words: list[str], status: int, before: int) -> None:
    """`--` is not offered a second time after `--`."""
    answer = complete.answered(words, "", {"HOME": str(tmp_path)})
    assert (answer.status, answer.before) == (status, before)
