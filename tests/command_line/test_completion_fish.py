"""TAB in fish: its matching rules, and words that fish would expand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tab_world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyboard import Keyboard


@pytest.fixture
def world(tmp_path: Path, home: Path) -> World:
    return World(tmp_path / "world", home)


@pytest.fixture
def fish(world: World) -> Iterator[Keyboard]:
    with world.keyboard("fish") as keyboard:
        yield keyboard


def test_tilde(fish: Keyboard, world: World) -> None:
    """A name with a leading tilde is offered only if fish does not take it for a home directory."""
    world.only(["~root/x"])
    assert fish.completed("pass aws env ") == "pass aws env "
    assert fish.completed("pass aws env '~") == "pass aws env '~root/x' "
    assert fish.completed("pass aws env \\~") == "pass aws env \\~root/x "


def test_fish_s_own_matching(fish: Keyboard, world: World) -> None:
    """fish matches as usual: any case, and any part of the name."""
    world.only(["Org/Prod/Admin", "dev"])
    assert fish.completed("pass aws env org") == "pass aws env Org/Prod/Admin "
    assert fish.completed("pass aws env prod") == "pass aws env Org/Prod/Admin "


def test_quoted_words_of_the_wrapped_command(fish: Keyboard) -> None:
    """Names are inserted in quotes again."""
    assert (
        fish.completed("pass aws exec ro -- git -C 'a b' checko")
        == "pass aws exec ro -- git -C 'a b' checkout "
    )
