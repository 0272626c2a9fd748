"""Installs the extension, the completions and the man page where pass, shells and man find them."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import UserError
from pass_aws.installation import install_targets, installed, pass_program
from pass_aws.text.quoting import command, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Installation(NamedTuple):
    """The files of an installation, and their places.

    Args:
        core: the program that the extension and the wrapper start.
        parts: the shipped files.
        manifest: the list of installed files.
        program: the path for `pass-aws`; empty if it is already on PATH.
        destdir: for packagers: a prefix of every path on disk.
        personal: whether it is for one user.
        dotfile: a user's file that gets one more line, and the line; empty for none.
    """

    core: install_targets.Core
    parts: tuple[install_targets.Part, ...]
    manifest: str
    program: str = ""
    destdir: str = ""
    personal: bool = False
    dotfile: tuple[str, str] = ("", "")

    def target(self, source: str) -> str:
        """The target of a shipped file; empty if it is not installed."""
        return next((part.target for part in self.parts if part.source == source), "")


def for_user(env: Mapping[str, str], core: install_targets.Core) -> Installation:
    """The installation for one user, which does not need root.

    Args:
        env: HOME, PATH and the XDG variables.
        core: this program.

    Raises:
        UserError: HOME is not set.
    """
    home, path = env.get("HOME", ""), env.get("PATH", "")
    if not home:
        raise UserError(
            "cannot install for one user: HOME is not set", hint="set HOME to your home directory"
        )
    manifest = f"{install_targets.data_home(env)}/pass-aws/installed"
    parts = install_targets.user(
        env, [shell for shell in install_targets.COMPLETIONS if shutil.which(shell, path=path)]
    )
    program = f"{home}/.local/bin/pass-aws"
    if not installed.Installed(manifest).holds(program) and (
        os.path.lexists(program) or shutil.which("pass-aws", path=path)
    ):
        program = ""  # pipx, uv or pip has installed it
    whole = Installation(core, _existing(parts), manifest, program, personal=True)
    completion = quote(whole.target(install_targets.BASH))
    line = f"[ ! -r {completion} ] || . {completion}  # pass aws"
    return (
        whole._replace(dotfile=(f"{home}/.bash_completion", line))
        if whole.target(install_targets.BASH)
        else whole
    )


def for_system(
    prefix: str,
    env: Mapping[str, str],
    core: install_targets.Core,
    *,
    extension_dir: str = "",
    destdir: str = "",
) -> Installation:
    """The installation for all users of a system.

    Args:
        prefix: such as `/usr/local`.
        env: its PATH has the `pass` that names its extension directory.
        core: this program.
        extension_dir: overrides that directory.
        destdir: for packagers, who need no `pass`.

    Raises:
        UserError: the directory is not given, and pass does not name it.
    """
    folder = (
        extension_dir or pass_program.extension_dir(env) or (install_targets.EXTENSION_DIR if destdir else "")
    )
    if not folder:
        raise UserError(
            "cannot find out where pass looks for extensions",
            hint="set it: make install EXTENSION_DIR=…; or install for yourself: pass-aws install --user",
        )
    homebrew, debian = os.path.exists(f"{prefix}/bin/brew"), os.path.exists("/etc/debian_version")
    parts = install_targets.system(prefix, folder, homebrew=homebrew, debian=debian)
    manifest = f"{prefix}/share/pass-aws/installed"
    return Installation(core, _existing(parts), manifest, f"{prefix}/bin/pass-aws", destdir)


def _existing(parts: tuple[install_targets.Part, ...]) -> tuple[install_targets.Part, ...]:
    return tuple(part for part in parts if installed.shipped(part.source))


def planned(whole: Installation) -> list[installed.File]:
    """The files of an installation.

    Raises:
        UserError: another program's file is in the way.
    """
    files = [installed.File(part.target, _content(part, whole.core), part.mode) for part in whole.parts]
    if whole.program:
        files.append(installed.File(whole.program, _program(whole.core), 0o755))
    foreign = installed.Installed(whole.manifest, whole.destdir).foreign(files)
    if foreign:
        raise UserError(
            f"these files exist and were not installed by pass aws: {', '.join(foreign)}",
            hint="move them away, or uninstall the other pass aws that installed them; then run this again",
        )
    return files


def _program(core: install_targets.Core) -> bytes:
    """The program `pass-aws`: the extension itself, or, without bash, a wrapper that starts Python."""
    if not os.path.exists(install_targets.INTERPRETER):
        return install_targets.wrapper(core).encode()
    return install_targets.baked(installed.shipped(install_targets.EXTENSION).decode(), core).encode()


def place(whole: Installation) -> list[str]:
    """Writes all files and returns their paths; a second run changes nothing.

    Raises:
        UserError: another program's file is in the way, or a directory cannot be written.
    """
    files = planned(whole)
    with _writing("install", whole):
        installed.Installed(whole.manifest, whole.destdir).place(files)
        if whole.dotfile[0]:
            installed.append_line(*whole.dotfile)
    return [file.path for file in files]


def remove(whole: Installation) -> installed.Removal:
    """Removes the installed files.

    Raises:
        UserError: a directory cannot be written.
    """
    with _writing("uninstall", whole):
        line = bool(whole.dotfile[0]) and installed.remove_line(*whole.dotfile)
        return installed.Installed(whole.manifest, whole.destdir).remove()._replace(line=line)


def _content(part: install_targets.Part, core: install_targets.Core) -> bytes:
    text = installed.shipped(part.source)
    return (
        install_targets.baked(text.decode(), core).encode()
        if part.source == install_targets.EXTENSION
        else text
    )


@contextmanager
def _writing(verb: str, whole: Installation) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}" if error.filename else f"{error}"
        hint = f"for all users run sudo make {verb}; for yourself run pass-aws {verb} --user"
        if whole.personal:
            hint = f"check who owns it: {command('ls', '-ld', _standing(error.filename or '.'))}"
        raise UserError(f"cannot write: {reason}", hint=hint) from error


def _standing(path: str) -> str:
    """The nearest directory above a path that exists."""
    folder = os.path.dirname(path)
    while folder and not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return folder or "."
