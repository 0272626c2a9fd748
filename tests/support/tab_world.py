"""A throw-away environment for TAB: profiles, a store, programs that record their calls."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from keyboard import Keyboard

if TYPE_CHECKING:
    from collections.abc import Iterable

TOP = Path(__file__).resolve().parents[2]
COMPLETIONS = TOP / "completions"
BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
GIT_CONFIG = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}

SETUP = {
    "bash": f". {BASH_COMPLETION}; . {COMPLETIONS}/pass-aws.bash",
    "plain bash": f". {COMPLETIONS}/pass-aws.bash",
    "zsh": f"fpath=({COMPLETIONS} $fpath); autoload -Uz compinit && compinit -u -D",
    "fish": f"source {COMPLETIONS}/pass-aws.fish",
}
AWS_CLI = {
    "bash": "; complete -C aws_completer aws",
    "plain bash": "; complete -C aws_completer aws",
    "zsh": "; autoload -Uz bashcompinit && bashcompinit; complete -C aws_completer aws",
    "fish": "; complete -c aws -f -a '(begin; set -lx COMP_SHELL fish; set -lx COMP_LINE (commandline); "
    "aws_completer; end)'",
}
"""The setup that the AWS CLI's manual recommends for each shell."""

CONFIG = """\
[default]
region = eu-central-1
[profile ro]
role_arn = arn:aws:iam::123456789012:role/ReadOnly
source_profile = dev
[profile dev]
mfa_serial = arn:aws:iam::123456789012:mfa/alice
[profile team]
sso_session = sessions-are-none
sso_account_id = 222222222222
sso_role_name = Developer
[sso-session sessions-are-none]
sso_region = eu-central-1
"""

LISTING = """\
sessions-are-none
333333333333\tBilling\t$(touch pwned)`touch pwned`'"\\:;|&
333333333333\tx$(touch${IFS}pwned)\t-n
"""
"""What Identity Center has listed: AWS's text, with a role's name that a shell would run."""

HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    ";touch pwned;",
    "|touch pwned",
    "&& touch pwned",
    "> pwned",
    "<(touch pwned)",
    "${IFS}touch${IFS}pwned",
    "a$(touch pwned)b",
    "x`touch pwned`",
    "(touch pwned)",
    "!!",
    "hist!ory!$",
    "'single",
    "sin'gle'",
    '"double',
    'dou"ble"',
    "'\"$`\\!",
    "back\\slash\\",
    "\\n",
    "two words",
    " blanks around ",
    "col:on:",
    "user@corp",
    "k=v",
    "a=~root",
    "#hash",
    "ha#sh",
    "~",
    "~root/x",
    "*",
    "[a-z]?",
    "{a,b}",
    "%s%n",
    "$HOME",
    "prod/admin/eu",
    "é ü ñ",
    "日本語 プロファイル",
    "👍🏽",
    "a\u00e9$(touch pwned)",
)
"""Profile names that a shell would interpret."""


class World:
    """Files, programs and an environment, and nothing of the user's.

    Args:
        folder: an empty directory.
        home: the user's home directory.
    """

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        self.args, self.touched, self.here = folder / "args", folder / "gpg-was-called", folder / "here"
        self.programs, self.store = folder / "bin", folder / "store"
        self.config = home / ".aws" / "config"
        for made in (
            self.programs,
            self.here,
            self.store / "aws-vault",
            home / ".aws",
            folder / "extensions",
        ):
            made.mkdir(parents=True)
        self.config.write_text(CONFIG)
        (self.here / "policy.json").write_text("{}")
        (self.here / "folder").mkdir()
        self.keys("stored/key", "dev")
        listings = home / ".cache/pass-aws/listings"
        listings.mkdir(mode=0o700, parents=True)
        (listings / "0").write_text(LISTING)
        self.records = f"printf '%s\\0' \"$@\" >{shlex.quote(str(self.args))}"
        main = f"{sys.executable} -I -S {TOP}/pass_aws/__main__.py"
        self.program("pass-aws", f'[ -n "$_ARGCOMPLETE" ] && exec {main} "$@"\n{self.records}')
        for name in ("gpg", "gpg2", "gpg-agent", "pinentry", "curl"):
            self.program(name, f"echo {name} >>{shlex.quote(str(self.touched))}; exit 2")
        (folder / "extensions" / "aws.bash").write_text(self.records)
        (folder / "extensions" / "aws.bash").chmod(0o755)
        self.env = {
            **GIT_CONFIG,
            "HOME": str(home),
            "PATH": f"{self.programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PASSWORD_STORE_DIR": str(self.store),
            "PASSWORD_STORE_ENABLE_EXTENSIONS": "true",
            "PASSWORD_STORE_EXTENSIONS_DIR": str(folder / "extensions"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def program(self, name: str, text: str) -> None:
        """Puts a program first on PATH."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def keys(self, *names: str) -> None:
        """Creates entries in the store that are never decrypted."""
        for name in names:
            path = self.store / "aws-vault" / f"{name}.gpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"never read")

    def only(self, names: Iterable[str]) -> None:
        """Replaces all profiles by these, in the credentials file, which accepts any name."""
        self.config.write_text("")
        text = "".join(f"[{name}]\n" for name in names)
        (self.home / ".aws" / "credentials").write_text(text)
        for path in (self.store / "aws-vault").rglob("*.gpg"):
            path.unlink()

    def keyboard(self, shell: str, setup: str = "") -> Keyboard:
        """A shell with the completion."""
        fifo = self.folder / f"shell-{len(list(self.folder.iterdir()))}"
        fifo.mkdir()
        whole = SETUP[shell] + AWS_CLI[shell] + "\n" + setup
        return Keyboard(shell.rpartition(" ")[2], self.env, fifo, whole, cwd=str(self.here))

    def untouched(self) -> bool:
        """Whether nothing has run gpg or left a file."""
        return not self.touched.exists() and {path.name for path in self.here.iterdir()} == {
            "policy.json",
            "folder",
        }

    def ran_with(self) -> list[str]:
        """The arguments of the last run of the program."""
        words = self.args.read_bytes().decode().split("\0")[:-1]
        self.args.unlink()
        return words
