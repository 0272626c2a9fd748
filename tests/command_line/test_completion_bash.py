"""TAB in bash: its quoting, and the loading of its completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keyboard import WIPE
from tab_world import BASH_COMPLETION, COMPLETIONS, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path, home: Path) -> World:
    return World(tmp_path / "world", home)


@pytest.mark.parametrize("kind", ["bash", "plain bash"])
def test_a_common_part_that_ends_in_a_backslash(world: World, kind: str) -> None:
    """The common part of names may end in a backslash; the next TAB continues from there."""
    world.only(["a b", "a$c"])
    with world.keyboard(kind) as keyboard:
        assert keyboard.completed("pass aws env ") == "pass aws env a\\"
        assert keyboard.line("$\t") == "pass aws env a\\$c "


def test_a_directory_with_a_profile_s_name(world: World) -> None:
    """A directory with a profile's name, or a shell keyword before the command, changes nothing."""
    world.only(["folder", "two words"])
    with world.keyboard("bash") as keyboard:
        for before in ("", "time ", "do "):
            assert keyboard.completed(f"{before}pass aws env f") == f"{before}pass aws env folder "
            assert keyboard.completed(f"{before}pass aws env t") == f"{before}pass aws env two\\ words "
        assert keyboard.completed("pass insert aws-vault/st") == "pass insert aws-vault/stored/"


def test_other_extensions(world: World) -> None:
    """Completions of other extensions work together with ours, in any order, also if loaded twice."""
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


def test_bash_completion_is_loaded_later(world: World) -> None:
    """If bash-completion is loaded after ours, pass gets its own completion on first use."""
    with world.keyboard("plain bash", f". {BASH_COMPLETION}") as keyboard:
        assert keyboard.completed("pass show aws-vault/st") == "pass show aws-vault/stored/key "
        assert keyboard.completed("pass aws exec r") == "pass aws exec ro "
