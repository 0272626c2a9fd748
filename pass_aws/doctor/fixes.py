"""The command lines that solve the problems; each runs as printed, in the user's own shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.text.quoting import command, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

INSTALL = {
    "apt-get": ("apt-get", "install"),
    "dnf": ("dnf", "install"),
    "pacman": ("pacman", "-S"),
    "zypper": ("zypper", "install"),
    "apk": ("apk", "add"),
    "brew": ("brew", "install"),
}
"""Package managers and their commands; the first that exists is used."""
PACKAGES = {
    ("gpg", "apt-get"): "gnupg",
    ("gpg", "dnf"): "gnupg2",
    ("gpg", "zypper"): "gpg2",
    ("gpg", ""): "gnupg",
    ("pinentry", "apt-get"): "pinentry-curses",
    ("pass", "zypper"): "password-store",
    ("bash-completion", "brew"): "bash-completion@2",
}
"""The packages of programs with another name; `""` for all other managers."""


class Person(NamedTuple):
    """The user of the commands.

    Args:
        home: the home directory.
        shell: the name of the login shell.
        editor: the command of an editor, as the user has set it.
        manager: one of INSTALL, or empty.
        is_root: no sudo is needed.
        uid: the number of this user.
        program: how pass aws is started, as words.
        core: how it is started where nothing of it is installed.
    """

    home: str = ""
    shell: str = "sh"
    editor: str = "vi"
    manager: str = ""
    is_root: bool = False
    uid: str = "0"
    program: tuple[str, ...] = ("pass-aws",)
    core: tuple[str, ...] = ("pass-aws",)

    def as_root(self, *words: str) -> str:
        """A command that needs root."""
        return command(*words) if self.is_root else command("sudo", *words)

    def install(self, program: str) -> str:
        """Installs a program with the system's package manager."""
        by = self.manager or "apt-get"
        package = PACKAGES.get((program, by)) or PACKAGES.get((program, "")) or program
        return command(*INSTALL[by], package) if by == "brew" else self.as_root(*INSTALL[by], package)

    def ours(self, *words: str) -> str:
        """A command of pass aws that works without pass and PATH."""
        return command(*self.program, *words)

    def edit(self, path: str, line: int = 0) -> str:
        """Opens a file at a line, if the user must decide."""
        return f"{self.editor} {f'+{line} ' if line else ''}{quote(path)}"

    def set_now(self, name: str, value: str) -> str:
        """Sets a variable in the running shell; `value` is shell text."""
        return f"set -gx {name} {value}" if self.shell == "fish" else f"export {name}={value}"

    def unset(self, *names: str) -> str:
        """Removes variables from the running shell."""
        return f"set -e {' '.join(names)}" if self.shell == "fish" else f"unset {' '.join(names)}"

    @property
    def startup_file(self) -> str:
        """The startup file of the user's shell."""
        known = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
        return f"{self.home}/{known.get(self.shell, '.profile')}"

    def set_for_good(self, values: Sequence[tuple[str, str]]) -> str:
        """Sets variables in the startup file, and in the running shell."""
        if self.shell == "fish":
            return "; ".join(f"set -Ux {name} {quote(value)}" for name, value in values)
        lines = [f"export {name}={quote(value)}" for name, value in values]
        return append(self.startup_file, *lines) + f" && . {quote(self.startup_file)}"


def append(path: str, *lines: str) -> str:
    """Adds lines at the end of a file."""
    return command("printf", "%s\\n", *lines) + f" >>{quote(path)}"


def line_becomes(path: str, line: int, text: str) -> str:
    """Replaces one line of a file."""
    safe = "".join(f"\\{letter}" if letter in "\\/&" else letter for letter in text)
    return _sed(path, f"{line}s/.*/{safe}/")


def first_word_becomes(path: str, line: int, word: str) -> str:
    """Replaces the key at the start of a line of a config file."""
    return _sed(path, f"{line}s/^\\([[:space:]]*\\)[^[:space:]=:]*/\\1{word}/")


def without_lines(path: str, lines: Sequence[int]) -> str:
    """Removes lines of a file."""
    return _sed(path, ";".join(f"{line}d" for line in sorted(lines)))


def _sed(path: str, script: str) -> str:
    return command("sed", "-i", "--follow-symlinks", script, path)


def pass_init(folder: str, ids: Sequence[str]) -> str:
    """Encrypts a directory of the store to these recipients, and writes them to its `.gpg-id`.

    Args:
        folder: in the store; empty for all of it.
        ids: of the recipients.
    """
    return command("pass", "init", *(("-p", folder) if folder else ()), *ids)
