"""TAB in zsh: with pass's own completion, and with the user's rules and options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tab_world import World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path, home: Path) -> World:
    return World(tmp_path / "world", home)


def test_no_entries_in_place_of_a_command(world: World) -> None:
    """pass's own completion adds no entries where a wrapped command is expected."""
    with world.keyboard("zsh") as keyboard:
        keyboard.completed("pass aws exec ro -- aws")
        keyboard.expect("aws_completer")
        assert "aws-vault/" not in keyboard.seen()


def test_matching_rules_of_the_user(world: World) -> None:
    """A user's own matching rules work; here, any case and any part of the name."""
    world.only(["Org/Prod/Admin", "dev"])
    rules = "zstyle ':completion:*' matcher-list '' 'm:{a-z}={A-Z}' 'l:|=* r:|=*'"
    with world.keyboard("zsh", rules) as keyboard:
        assert keyboard.completed("pass aws env org") == "pass aws env Org/Prod/Admin "
        assert keyboard.completed("pass aws env Prod") == "pass aws env Org/Prod/Admin "


def test_unusual_options_of_the_user(world: World) -> None:
    """Options that change zsh's language have no effect here."""
    odd = "setopt ksh_arrays sh_word_split no_unset glob_subst extended_glob rc_expand_param"
    with world.keyboard("zsh", odd) as keyboard:
        assert keyboard.completed("pass aws exec r") == "pass aws exec ro "
        assert keyboard.completed("pass aws exec --policy-f") == "pass aws exec --policy-file "
        assert keyboard.completed("pass aws exec ro -- cat fold") == "pass aws exec ro -- cat folder/"
