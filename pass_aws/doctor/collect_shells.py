"""Collects facts from new shells, started with the user's own startup files."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from pass_aws.doctor.facts_installation import ABSENT, LOADED, STUCK, Shell
from pass_aws.installation import install_targets, installed, shells, startup_files
from pass_aws.system import child_environment
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 20.0
"""Seconds for a new shell to read its startup files."""
ZSHENV = """
compdump() {{ : }}
{restore}
[[ ! -r ${{ZDOTDIR:-$HOME}}/.zshenv ]] || . ${{ZDOTDIR:-$HOME}}/.zshenv
"""
"""zsh reads this file first; it reads the user's, and keeps compinit from writing a dump."""
NOBODY = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS", "GPG_TTY", "DBUS_SESSION_BUS_ADDRESS")
"""Variables that let a program in a startup file prompt the user."""


def new_shells(env: Mapping[str, str], files: Mapping[str, str], scratch: str) -> tuple[Shell, ...]:
    """The state of the completion in new shells, which start in parallel.

    They read the user's startup files, without terminal, display or input, and are killed after their answer.

    Args:
        env: the caller's.
        files: the installed files, by what they are made from.
        scratch: a directory for what a shell writes at its start.
    """
    found = {
        name: path
        for name in install_targets.COMPLETIONS
        if (path := shutil.which(name, path=env.get("PATH", "")))
    }
    with ThreadPoolExecutor(len(found) or 1) as pool:
        states = dict(
            zip(found, pool.map(lambda name: _fresh(name, found[name], env, scratch), found), strict=True)
        )
    fish = _fish(env)
    return tuple(
        Shell(name, state, _is_used(name, env), files.get(source) or installed.shipped_path(source), fish)
        for name, state in states.items()
        for source in [install_targets.COMPLETIONS[name]]
    )


def _is_used(name: str, env: Mapping[str, str]) -> bool:
    own = [path for path in startup_files.NAMES if name in path or (name == "bash" and path == ".profile")]
    there = any(os.path.exists(f"{env.get('HOME', '')}/{path}") for path in own)
    return there or os.path.basename(env.get("SHELL", "")) == name


def _fish(env: Mapping[str, str]) -> str:
    config = env.get("XDG_CONFIG_HOME", "")
    home = env.get("HOME", "")
    return f"{config if config.startswith('/') else f'{home}/.config'}/fish"


def alone(env: Mapping[str, str]) -> dict[str, str]:
    """An environment without prompts."""
    kept = {name: value for name, value in child_environment.helpers(env).items() if name not in NOBODY}
    return {**kept, "TERM": "dumb", "HISTFILE": os.devnull}


def _fresh(name: str, path: str, env: Mapping[str, str], scratch: str) -> str:
    """Whether a new shell has the completion."""
    given = alone(env)
    if name == "zsh":
        given["ZDOTDIR"] = _zsh_folder(env, f"{scratch}/zsh")
    if name == "fish":
        given |= _fish_folders(env, f"{scratch}/fish")
    return {None: STUCK, True: LOADED, False: ABSENT}[
        shells.completes(name, [path], given, patience=PATIENCE)
    ]


def _zsh_folder(env: Mapping[str, str], folder: str) -> str:
    own = env.get("ZDOTDIR", "")
    restore = f"ZDOTDIR={quote(own)}" if own else "unset ZDOTDIR"
    os.mkdir(folder)
    Path(folder, ".zshenv").write_text(
        ZSHENV.format(restore=restore), encoding="utf-8", errors="surrogateescape"
    )
    return folder


def _fish_folders(env: Mapping[str, str], folder: str) -> dict[str, str]:
    """Directories that shells write to at their start, with the user's files in them."""
    data = install_targets.data_home(env)
    for name, theirs in (("XDG_CONFIG_HOME", _fish(env)), ("XDG_DATA_HOME", f"{data}/fish")):
        ours = f"{folder}/{name}/fish"
        os.makedirs(ours)
        for inner in os.listdir(theirs) if os.path.isdir(theirs) else ():
            if inner in ("fish_variables", "fish_history"):
                shutil.copy(f"{theirs}/{inner}", ours)
            else:
                os.symlink(f"{theirs}/{inner}", f"{ours}/{inner}")
    return {
        name: f"{folder}/{name}"
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    }
