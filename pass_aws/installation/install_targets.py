"""The targets of an installation's files, and changes of their content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.system import user_dirs
from pass_aws.text.quoting import quote, split

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

EXTENSION = "extensions/aws.bash"
INTERPRETER = "/bin/bash"
"""The interpreter in the extension's first line."""
BASH = "completions/pass-aws.bash"
ZSH = "completions/_pass-aws"
FISH = "completions/pass-aws.fish"
COMPLETIONS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
"""The shipped completion of each shell."""
MAN = "man/pass-aws.1"
EXTENSION_DIR = "/usr/lib/password-store/extensions"
CORE_LINE = re.compile(r"^.*# make install writes the paths here$", re.MULTILINE)


class Part(NamedTuple):
    """A shipped file and its target.

    Args:
        source: path below the checkout, or below the installed package.
        target: absolute path.
        mode: permissions.
    """

    source: str
    target: str
    mode: int = 0o644


class Core(NamedTuple):
    """The program itself: the absolute paths of Python and of our `__main__.py`."""

    python: str
    main: str


def data_home(env: Mapping[str, str]) -> str:
    """The user's data directory; a relative XDG_DATA_HOME is ignored, as the standard says."""
    return user_dirs.base(env, "XDG_DATA_HOME", ".local/share")


def user(env: Mapping[str, str], shells: Container[str]) -> tuple[Part, ...]:
    """The files for one user; never inside the store, which may be synced to other machines.

    Args:
        env: HOME and the XDG variables.
        shells: the installed ones of bash, zsh, fish.
    """
    ours = f"{data_home(env)}/pass-aws"
    config = user_dirs.base(env, "XDG_CONFIG_HOME", ".config")
    completions = {
        "bash": Part(BASH, f"{ours}/completions/pass-aws.bash"),
        "zsh": Part(ZSH, f"{ours}/completions/_pass-aws"),
        "fish": Part(FISH, f"{config}/fish/conf.d/pass-aws.fish"),
    }
    return (
        Part(EXTENSION, f"{ours}/extensions/aws.bash", 0o755),
        Part(MAN, f"{env.get('HOME', '')}/.local/share/man/man1/pass-aws.1"),
        *(part for shell, part in completions.items() if shell in shells),
    )


def system(prefix: str, extension_dir: str, *, homebrew: bool, debian: bool) -> tuple[Part, ...]:
    """The files for a whole system, each where the shells of that system look for it.

    bash-completion loads files in its own directory by command name, so it reads none for `pass aws`; the
    file must be in `bash_completion.d`. fish reads `/usr/local` only if XDG_DATA_DIRS names it, and
    Debian's zsh does not read `/usr/share/zsh/site-functions`.

    Args:
        prefix: `/usr/local`, `/usr`, Homebrew's, or another directory.
        extension_dir: the extension directory of the installed pass.
        homebrew: whether the prefix is Homebrew's.
        debian: whether this is Debian or a derivative.
    """
    share = f"{prefix}/share"
    native = prefix in ("/usr", "/usr/local") and not homebrew
    etc = "/etc" if native else f"{prefix}/etc"
    fish = f"{etc}/fish/conf.d" if native and prefix == "/usr/local" else f"{share}/fish/vendor_conf.d"
    zsh = "vendor-completions" if debian and prefix == "/usr" else "site-functions"
    return (
        Part(EXTENSION, f"{extension_dir}/aws.bash", 0o755),
        Part(MAN, f"{share}/man/man1/pass-aws.1"),
        Part(BASH, f"{etc}/bash_completion.d/pass-aws"),
        Part(ZSH, f"{share}/zsh/{zsh}/_pass-aws"),
        Part(FISH, f"{fish}/pass-aws.fish"),
    )


def system_extension_dir(program: str) -> str:
    """The extension directory in the text of an installed `pass`; empty if it is not there.

    In a checkout's copy it is empty; Nix's takes it from a variable.
    """
    found = re.search(r'^SYSTEM_EXTENSION_DIR="([^"$`]*)"$', program, re.MULTILINE)
    return found[1] if found else ""


def wrapped_program(wrapper: str) -> str:
    """The `pass` that a wrapper of Nix or Homebrew starts; empty if this is not a wrapper."""
    body = wrapper.partition("\n")[2] if wrapper.startswith("#!") else wrapper
    found = re.search(r"(/[^\s\"'\0]*/\.?pass(?:-wrapped)?)(?=[\s\"'\0]|$)", body)
    return found[1] if found else ""


def baked(extension: str, core: Core) -> str:
    """The extension with the core's paths in it, so that it does not depend on PATH.

    Raises:
        ValueError: the extension has no line for them.
    """
    line = f"pass_aws_core=({quote(core.python)} -I -S {quote(core.main)})"
    made, count = CORE_LINE.subn(lambda _: line, extension)
    if count != 1:
        raise ValueError("the extension has no line for the core's paths")
    return made


def without_core(extension: str) -> tuple[str, str]:
    """An extension without the line that `baked` writes, and the Python that it starts; empty if none."""
    found = re.search(r"^pass_aws_core=\((.*?)\)?(?: #.*)?$", extension, re.MULTILINE)
    if not found:
        return extension, ""
    words = split(found[1]) if found[1] else []
    return extension[: found.start()] + extension[found.end() :], words[0] if words else ""


def wrapper(core: Core) -> str:
    """The program `pass-aws` without bash; the current directory and PYTHON… variables do not affect it."""
    return f'#!/bin/sh\nexec {quote(core.python)} -I -S {quote(core.main)} "$@"\n'
