"""TAB in a real bash, with bash-completion and without: what is typed becomes what was meant, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keyboard import WIPE
from tabcases import NOTHING, WORDS, WRAPPED
from tabworld import COMPLETIONS, HOSTILE, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyboard import Keyboard

GIT = ". /usr/share/bash-completion/completions/git"


@pytest.fixture
def world(tmp_path: Path, home: Path) -> World:
    return World(tmp_path / "world", home)


@pytest.fixture(params=["bash", "plain bash"])
def bash(request: pytest.FixtureRequest, world: World) -> Iterator[Keyboard]:
    with world.keyboard(request.param, GIT if request.param == "plain bash" else "") as keyboard:
        yield keyboard


@pytest.fixture
def usual(world: World) -> Iterator[Keyboard]:
    with world.keyboard("bash") as keyboard:
        yield keyboard


def test_words(bash: Keyboard) -> None:
    """Commands, options, their values, profiles, roles, regions, formats and files are completed."""
    assert {typed: bash.completed(typed).rstrip() for typed in WORDS} == {
        typed: line.rstrip() for typed, line in WORDS.items()
    }


def test_nothing_where_nothing_fits(bash: Keyboard) -> None:
    """Where nothing can stand nothing is put, not even a file's name, and nothing is said."""
    assert [bash.completed(typed) for typed in NOTHING] == list(NOTHING)
    assert "pass-aws:" not in bash.seen()


def test_wrapped_command(bash: Keyboard) -> None:
    """The wrapped command is completed as if it stood alone, and nothing is printed into the line."""
    for typed, line in WRAPPED.items():
        assert bash.completed(typed).rstrip() == line.rstrip()
        assert "warning" not in bash.seen()


def test_hostile_names(bash: Keyboard, world: World) -> None:
    """A completed name reaches the program as it is, whatever quote was open; nothing in it is run."""
    for name in HOSTILE:
        world.only([name])
        for typed in ("pass aws env ", "pass-aws env '", 'pass-aws env "'):
            line = bash.completed(typed)
            bash.run()
            assert world.ran_with() == ["env", name], line
            assert world.untouched(), line


def test_names_side_by_side(bash: Keyboard, world: World) -> None:
    """What names have in common is put there, in any quoting; the next key and TAB tell them apart."""
    world.only(["pair:it's one", "pair:it's $two"])
    assert bash.completed("pass-aws env p").startswith("pass-aws env pair:it\\'s\\ ")
    for start, then, name in (
        ("p", "o", "pair:it's one"),
        ("'p", "o", "pair:it's one"),
        ('"p', "o", "pair:it's one"),
        ("'p", "$", "pair:it's $two"),
        ('"p', "\\$", "pair:it's $two"),
        ("p", "\\$", "pair:it's $two"),
    ):
        bash.completed(f"pass-aws env {start}")
        bash.line(f"{then}\t")
        bash.run()
        assert world.ran_with() == ["env", name]


def test_half_an_escape(bash: Keyboard, world: World) -> None:
    """Where names part behind a backslash, TAB goes on from there."""
    world.only(["a b", "a$c"])
    assert bash.completed("pass-aws env ") == "pass-aws env a\\"
    assert bash.line("$\t") == "pass-aws env a\\$c "


def test_what_a_terminal_cannot_show(bash: Keyboard, world: World) -> None:
    """Names with control characters, and names that would be taken for options, are not offered."""
    world.config.write_text(
        "[profile \x1b[31mred]\n[profile new\nline]\n[profile -n]\n[profile \u202eright]\n"
    )
    world.keys("\x1b[2Jcleared", "two\nlines", "-x", "good")
    (world.store / "aws-vault" / "dev.gpg").unlink()
    (world.store / "aws-vault" / "stored" / "key.gpg").unlink()
    assert bash.completed("pass aws env ") == "pass aws env good "


def test_broken_files(bash: Keyboard, world: World) -> None:
    """A config file that cannot be read hides nothing but its own profiles."""
    world.config.unlink()
    world.config.mkdir()
    assert bash.completed("pass aws env stored") == "pass aws env stored/key "


def test_no_program(bash: Keyboard, world: World) -> None:
    """Without the program TAB does nothing and says nothing."""
    world.program("pass-aws", "exit 127")
    assert bash.completed("pass aws e") == "pass aws e"
    assert "rror" not in bash.seen()


def test_keys_behind_tab(bash: Keyboard) -> None:
    """What is typed while the program runs is not swallowed."""
    assert bash.line("pass aws exec r\t-- true") == "pass aws exec ro -- true"


def test_gpg_is_never_called(bash: Keyboard, world: World) -> None:
    """No TAB decrypts."""
    for typed in (*WORDS, "pass aws clear ", "pass aws list ", "pass aws explain "):
        bash.completed(typed)
    assert world.untouched()


def test_pass_itself(usual: Keyboard) -> None:
    """The completion of pass and of its entries is what it was."""
    assert usual.completed("pass sho") == "pass show "
    assert usual.completed("pass show aws-vault/st") == "pass show aws-vault/stored/key "
    assert usual.completed("pass insert aws-vault/st") == "pass insert aws-vault/stored/"


def test_other_extensions(world: World) -> None:
    """Another extension's completion works beside ours, whichever is loaded first, and twice."""
    otp = (
        "PASSWORD_STORE_EXTENSION_COMMANDS+=(otp); "
        "__password_store_extension_complete_otp() { COMPREPLY+=(append-it); }"
    )
    again = f". {COMPLETIONS}/pass-aws.bash; . {COMPLETIONS}/pass-aws.bash; words=1"
    with world.keyboard("bash", f"{otp}; {again}") as keyboard:
        assert keyboard.completed("pass otp ") == "pass otp append-it "
        assert keyboard.completed("pass aws exec r") == "pass aws exec ro "
        keyboard.run(f'{WIPE}echo "${{PASSWORD_STORE_EXTENSION_COMMANDS[@]}}" >{world.folder}/commands')
        assert (world.folder / "commands").read_text() == "aws otp\n"


def test_bash_completion_comes_later(world: World) -> None:
    """Where bash-completion is loaded after us, pass gets its own completion as soon as it is wanted."""
    with world.keyboard("plain bash", ". /usr/share/bash-completion/bash_completion") as keyboard:
        assert keyboard.completed("pass show aws-vault/st") == "pass show aws-vault/stored/key "
        assert keyboard.completed("pass aws exec r") == "pass aws exec ro "
