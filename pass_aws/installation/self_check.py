"""Checks an installation: `pass aws` answers, and each shell reads its completion."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from pass_aws import VERSION
from pass_aws.installation import install_targets, pass_program, shells
from pass_aws.installation.pass_program import ENABLE, FOLDER
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.installation.install import Installation

BASH_COMPLETION = [
    f"{share}/bash-completion/bash_completion"
    for share in ("/usr/share", "/usr/local/share", "/opt/homebrew/share")
]
SCRATCH = ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
REMEDY = {
    "bash": "check that bash-completion is installed and ~/.bashrc reads it; if so, add to ~/.bashrc: . {}",
    "zsh": "add to ~/.zshrc, before compinit: fpath=({} $fpath)",
    "fish": "link it into ~/.config/fish/conf.d: {}",
}


def exports(whole: Installation) -> dict[str, str]:
    """The variables with which pass finds a user's extension."""
    return {ENABLE: "true", FOLDER: os.path.dirname(whole.target(install_targets.EXTENSION))}


def needed(whole: Installation, env: Mapping[str, str]) -> list[str]:
    """What the user still has to do, as explanations and lines to copy."""
    lines: list[str] = []
    wanted = {name: value for name, value in exports(whole).items() if env.get(name) != value}
    if wanted:
        lines += ["add to ~/.profile, or to the file that your shell reads instead:"]
        lines += [f"    export {name}={quote(value)}" for name, value in wanted.items()]
    for path in pass_program.own_extensions(env):
        if os.path.dirname(path) != exports(whole)[FOLDER]:
            lines += [f"pass will no longer use {path}; to keep it:"]
            lines += [f"    ln -s {quote(path)} {quote(exports(whole)[FOLDER])}"]
    if whole.target(install_targets.ZSH):
        folder = os.path.dirname(whole.target(install_targets.ZSH))
        lines += ["for zsh, add to ~/.zshrc, before compinit:", f"    fpath=({quote(folder)} $fpath)"]
    if env.get("PASSWORD_STORE_SIGNING_KEY"):
        extension = quote(whole.target(install_targets.EXTENSION))
        lines += [
            "PASSWORD_STORE_SIGNING_KEY is set; sign the extension:",
            f"    gpg --detach-sign {extension}",
        ]
    if folder := unseen(whole, env):
        lines += ["not on PATH yet:", f'    export PATH={quote(folder)}:"$PATH"']
    return lines


def unseen(whole: Installation, env: Mapping[str, str]) -> str:
    """The directory of `pass-aws` if it is missing in the caller's PATH, otherwise empty.

    It is missing in sudo's PATH, and with pipx before `pipx ensurepath` and a new shell.
    """
    if shutil.which("pass-aws", path=env.get("PATH", "")):
        return ""
    return os.path.dirname(whole.program) or f"{env.get('HOME', '')}/.local/bin"


def surroundings(whole: Installation, env: Mapping[str, str], home: str) -> dict[str, str]:
    """The environment of a new shell: only the caller's variables for finding programs and extensions.

    Args:
        whole: the installation.
        env: the caller's environment.
        home: the value of HOME.
    """
    kept = {name: env[name] for name in ("PATH", "LANG", "XDG_DATA_HOME", "XDG_CONFIG_HOME") if name in env}
    if folder := unseen(whole, env):
        kept["PATH"] = f"{folder}:{kept.get('PATH', '/usr/bin:/bin')}"
    if whole.personal or env.get(FOLDER) == exports(whole)[FOLDER]:
        kept |= exports(whole)
    return kept | {"HOME": home, "TERM": "dumb"}


def answers(env: Mapping[str, str]) -> bool:
    """Whether `pass aws version` prints this version."""
    program = pass_program.path(env)
    return bool(program) and VERSION in (shells.said([program, "aws", "version"], env, VERSION) or "")


def unread(whole: Installation, env: Mapping[str, str], scratch: str) -> list[str]:
    """Advice about each installed shell that does not read its completion.

    bash and zsh do not read the startup files, which may still lack the lines of `needed`; `doctor`
    checks with them.

    Args:
        whole: the installation.
        env: from `surroundings`.
        scratch: a directory for files that fish writes at its start; fish 4 also in its cache.
    """
    lines = []
    for shell, source in install_targets.COMPLETIONS.items():
        target, path = whole.target(source), shutil.which(shell, path=env["PATH"])
        folder = os.path.dirname(target)
        known = folder if whole.personal else ""
        there = {**env, **dict.fromkeys(SCRATCH, scratch)} if shell == "fish" else env
        if target and path and not _completes(shell, path, known, there):
            remedy = REMEDY[shell].format(quote(folder if shell == "zsh" else target))
            lines.append(f"a new {shell} does not complete `pass aws`; {remedy}")
    return lines


def _completes(shell: str, path: str, folder: str, env: Mapping[str, str]) -> bool:
    """Whether a shell has the completion.

    Args:
        shell: its name.
        path: its path.
        folder: the directory that the user still has to add for zsh; empty if there is none.
        env: its whole environment.
    """
    if shell == "fish":
        return bool(shells.completes(shell, [path], env))
    if shell == "bash":
        argv = [path, "--norc", "--noprofile"]
        start = next((f". {quote(path)}" for path in BASH_COMPLETION if os.path.exists(path)), "")
    else:
        argv = [path, "-f"]
        own = f"fpath=({quote(folder)} $fpath); " if folder else ""
        start = f"{own}autoload -Uz compinit && compinit -u -D"
    return bool(shells.completes(shell, argv, env, start))
