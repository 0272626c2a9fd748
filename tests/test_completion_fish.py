"""TAB in a real fish: what is typed becomes what was meant, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tabcases import NOTHING, WORDS, WRAPPED
from tabworld import HOSTILE, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyboard import Keyboard

OPEN_ENDED = "/=@:.,-"
"""Behind these fish expects more of the word: it puts neither a blank nor the closing quote there."""


@pytest.fixture
def world(tmp_path: Path, home: Path) -> World:
    return World(tmp_path / "world", home)


@pytest.fixture
def fish(world: World) -> Iterator[Keyboard]:
    with world.keyboard("fish") as keyboard:
        yield keyboard


def test_words(fish: Keyboard) -> None:
    """Commands, options, their values, profiles, roles, regions, formats and files are completed."""
    assert {typed: fish.completed(typed).rstrip() for typed in WORDS} == {
        typed: line.rstrip() for typed, line in WORDS.items()
    }


def test_nothing_where_nothing_fits(fish: Keyboard) -> None:
    """Where nothing can stand nothing is put, not even a file's name."""
    assert [fish.completed(typed) for typed in NOTHING] == list(NOTHING)


def test_wrapped_command(fish: Keyboard) -> None:
    """The wrapped command is completed as if it stood alone."""
    for typed, line in WRAPPED.items():
        assert fish.completed(typed).rstrip() == line.rstrip()


def test_descriptions(fish: Keyboard) -> None:
    """Commands and options say what they are."""
    fish.completed("pass aws e")
    assert "(what a profile would do, and why)" in fish.seen()
    fish.completed("pass aws exec --f")
    fish.completed("pass aws exec --no-")
    assert "(never ask: exit 4 instead)" in fish.seen()


def test_hostile_names(fish: Keyboard, world: World) -> None:
    """A completed name reaches the program as it is, whatever quote was open; nothing in it is run."""
    for name in HOSTILE:
        world.only([name])
        for typed in ("pass aws env ", "pass-aws env '", 'pass-aws env "'):
            line = fish.completed(typed)
            if name.startswith("~") and line == typed:
                continue  # fish would insert it so that it is expanded: test_tilde
            fish.run(typed[-1].strip() if name[-1] in OPEN_ENDED else "")
            assert world.ran_with() == ["env", name], line
            assert world.untouched(), line


def test_tilde(fish: Keyboard, world: World) -> None:
    """A name with a leading tilde is offered only where fish does not take it for a home folder."""
    world.only(["~root/x"])
    assert fish.completed("pass aws env ") == "pass aws env "
    assert fish.completed("pass aws env '~") == "pass aws env '~root/x' "
    assert fish.completed("pass aws env \\~") == "pass aws env \\~root/x "


def test_names_side_by_side(fish: Keyboard, world: World) -> None:
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
        fish.completed(f"pass-aws env {start}")
        fish.line(f"{then}\t")
        fish.run()
        assert world.ran_with() == ["env", name]


def test_how_fish_matches(fish: Keyboard, world: World) -> None:
    """Fish's own matching holds: any case and any part of the name."""
    world.only(["Org/Prod/Admin", "dev"])
    assert fish.completed("pass aws env org") == "pass aws env Org/Prod/Admin "
    assert fish.completed("pass aws env prod") == "pass aws env Org/Prod/Admin "


def test_what_a_terminal_cannot_show(fish: Keyboard, world: World) -> None:
    """Names with control characters, and names that would be taken for options, are not offered."""
    world.config.write_text(
        "[profile \x1b[31mred]\n[profile new\nline]\n[profile -n]\n[profile \u202eright]\n"
    )
    world.keys("\x1b[2Jcleared", "two\nlines", "-x", "good")
    (world.store / "aws-vault" / "dev.gpg").unlink()
    (world.store / "aws-vault" / "stored" / "key.gpg").unlink()
    assert fish.completed("pass aws env ") == "pass aws env good "


def test_no_program(fish: Keyboard, world: World) -> None:
    """Without the program TAB does nothing and says nothing."""
    world.program("pass-aws", "exit 127")
    assert fish.completed("pass aws e") == "pass aws e"
    assert "rror" not in fish.seen()


def test_keys_behind_tab(fish: Keyboard) -> None:
    """What is typed while the program runs is not swallowed."""
    assert fish.line("pass aws exec r\t-- true") == "pass aws exec ro -- true"


def test_gpg_is_never_called(fish: Keyboard, world: World) -> None:
    """No TAB decrypts, nor does what fish suggests while somebody types."""
    for typed in (*WORDS, "pass aws clear ", "pass aws list ", "pass aws explain "):
        fish.completed(typed)
    assert world.untouched()


def test_pass_itself(fish: Keyboard) -> None:
    """The completion of pass and of its entries is what it was, `aws` among its commands."""
    assert fish.completed("pass sho") == "pass show "
    assert fish.completed("pass show aws-vault/st") == "pass show aws-vault/stored/key "
    fish.completed("pass ")
    seen = fish.seen()
    assert "AWS credentials from the store" in seen
    assert "search inside of decrypted password files" in seen
