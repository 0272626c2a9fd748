"""TAB in a real zsh: what is typed becomes what was meant, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tabcases import NOTHING, WORDS, WRAPPED
from tabworld import HOSTILE, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyboard import Keyboard


@pytest.fixture
def world(tmp_path: Path, home: Path) -> World:
    return World(tmp_path / "world", home)


@pytest.fixture
def zsh(world: World) -> Iterator[Keyboard]:
    with world.keyboard("zsh") as keyboard:
        yield keyboard


def test_words(zsh: Keyboard) -> None:
    """Commands, options, their values, profiles, roles, regions, formats and files are completed."""
    assert {typed: zsh.completed(typed).rstrip() for typed in WORDS} == {
        typed: line.rstrip() for typed, line in WORDS.items()
    }


def test_nothing_where_nothing_fits(zsh: Keyboard) -> None:
    """Where nothing can stand nothing is put, not even an entry of the store, and nothing is said."""
    assert [zsh.completed(typed) for typed in NOTHING] == list(NOTHING)
    assert "_pass" not in zsh.seen()


def test_wrapped_command(zsh: Keyboard) -> None:
    """The wrapped command is completed as if it stood alone."""
    for typed, line in WRAPPED.items():
        assert zsh.completed(typed).rstrip() == line.rstrip()


def test_no_entries_among_commands(zsh: Keyboard) -> None:
    """Pass's own completion adds nothing where a wrapped command is expected."""
    zsh.completed("pass aws exec ro -- a")
    assert "aws-vault/" not in zsh.seen()


def test_descriptions(zsh: Keyboard) -> None:
    """Commands and options say what they are."""
    zsh.completed("pass aws e")
    assert "-- what a profile would do, and why" in zsh.seen()
    zsh.completed("pass aws exec --")
    assert "-- make a new session, whatever is cached" in zsh.seen()


def test_hostile_names(zsh: Keyboard, world: World) -> None:
    """A completed name reaches the program as it is, whatever quote was open; nothing in it is run."""
    for name in HOSTILE:
        world.only([name])
        for typed in ("pass aws env ", "pass-aws env '", 'pass-aws env "'):
            line = zsh.completed(typed)
            zsh.run()
            assert world.ran_with() == ["env", name], line
            assert world.untouched(), line


def test_names_side_by_side(zsh: Keyboard, world: World) -> None:
    """What names have in common is put there, in any quoting; the next key and TAB tell them apart."""
    world.only(["pair:it's one", "pair:it's $two"])
    for start, then, name in (
        ("p", "o", "pair:it's one"),
        ("'p", "o", "pair:it's one"),
        ('"p', "o", "pair:it's one"),
        ("'p", "$", "pair:it's $two"),
        ('"p', "\\$", "pair:it's $two"),
        ("p", "\\$", "pair:it's $two"),
    ):
        zsh.completed(f"pass-aws env {start}")
        zsh.line(f"{then}\t")
        zsh.run()
        assert world.ran_with() == ["env", name]


def test_what_the_user_has_zsh_match(world: World) -> None:
    """A user's own matching rules hold: here, any case and any part of the name."""
    world.only(["Org/Prod/Admin", "dev"])
    rules = "zstyle ':completion:*' matcher-list '' 'm:{a-z}={A-Z}' 'l:|=* r:|=*'"
    with world.keyboard("zsh", rules) as keyboard:
        assert keyboard.completed("pass aws env org") == "pass aws env Org/Prod/Admin "
        assert keyboard.completed("pass aws env Prod") == "pass aws env Org/Prod/Admin "


def test_what_a_terminal_cannot_show(zsh: Keyboard, world: World) -> None:
    """Names with control characters, and names that would be taken for options, are not offered."""
    world.config.write_text(
        "[profile \x1b[31mred]\n[profile new\nline]\n[profile -n]\n[profile \u202eright]\n"
    )
    world.keys("\x1b[2Jcleared", "two\nlines", "-x", "good")
    (world.store / "aws-vault" / "dev.gpg").unlink()
    (world.store / "aws-vault" / "stored" / "key.gpg").unlink()
    assert zsh.completed("pass aws env ") == "pass aws env good "


def test_no_program(zsh: Keyboard, world: World) -> None:
    """Without the program TAB does nothing and says nothing."""
    world.program("pass-aws", "exit 127")
    assert zsh.completed("pass aws e") == "pass aws e"
    assert "rror" not in zsh.seen()


def test_keys_behind_tab(zsh: Keyboard) -> None:
    """What is typed while the program runs is not swallowed."""
    assert zsh.line("pass aws exec r\t-- true") == "pass aws exec ro -- true"


def test_gpg_is_never_called(zsh: Keyboard, world: World) -> None:
    """No TAB decrypts."""
    for typed in (*WORDS, "pass aws clear ", "pass aws list ", "pass aws explain "):
        zsh.completed(typed)
    assert world.untouched()


def test_pass_itself(zsh: Keyboard) -> None:
    """The completion of pass and of its entries is what it was, `aws` among its commands."""
    assert zsh.completed("pass sho") == "pass show "
    assert zsh.completed("pass show aws-vault/st") == "pass show aws-vault/stored/key "
    zsh.completed("pass ")
    seen = zsh.seen()
    assert "AWS credentials from the store" in seen
    assert "Decrypt and print a password" in seen


def test_strange_options_of_the_user(world: World) -> None:
    """Options that change zsh's language change nothing here."""
    odd = "setopt ksh_arrays sh_word_split no_unset glob_subst extended_glob rc_expand_param"
    with world.keyboard("zsh", odd) as keyboard:
        assert keyboard.completed("pass aws exec r") == "pass aws exec ro "
        assert keyboard.completed("pass aws exec --policy-f") == "pass aws exec --policy-file "
        assert keyboard.completed("pass aws exec ro -- cat fold") == "pass aws exec ro -- cat folder/"
