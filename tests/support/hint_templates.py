"""Every text of the program that names a command to run, read from the source: `{}` stands for a value."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pass_aws
from pass_aws.command_line.catalogue import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(pass_aws.__file__).parent
LEFT_OUT = (
    "doctor",  # its commands are typed, as printed, by tests/doctor
    "command_line/catalogue.py",
    "commands/version.py",
    "config/marked.py",
    "installation/install_targets.py",
    "installation/shells.py",
)
"""Rooms and modules without hints."""
NO_HINTS = {"add_argument", "add_parser", "debug", "Verb"}
"""Calls whose texts are help or debug lines."""
PROGRAMS = "|".join(
    (
        rf"pass[ -]aws ({'|'.join(verb.name for verb in COMMANDS)}|\{{\}}|CMD)(?!\w)",
        r"pass (init|show|edit|ls|mv|rm|git|insert)\b",
        "(gpg|gpgconf) -",
        "git -",
        "git-crypt [a-z]",
        "(ls|rm|chmod|ln) [-a-z]",
        "(sudo|kill|script|iconv|timedatectl) [-a-z{]",
        "make install",
        "(ykman|pipx) [a-z]",
        "aws (iam|sts|sso|login|configure) [a-z]",
        "(unset|export) [A-Z{]",
        "eval [^{]",
    )
)
COMMAND = re.compile(rf"(?<![-\w/`])({PROGRAMS})")


def templates() -> dict[str, str]:
    """Each text with a command, and the first place where it is made."""
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(PACKAGE)
        if not {str(where), where.parts[0]} & set(LEFT_OUT):
            for line, text in _texts(ast.parse(path.read_text())):
                found.setdefault(text, f"{where}:{line}")
    return found


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    left = set(_left_out(tree))
    for node in ast.walk(tree):
        if node in left or not isinstance(node, ast.Constant | ast.JoinedStr | ast.Call):
            continue
        text = _command(node) if isinstance(node, ast.Call) else _text(node)
        if COMMAND.search(text):
            yield node.lineno, text


def _left_out(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, help, and the fixed parts of a text with values, which is one text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from (part for part in node.values if isinstance(part, ast.Constant))
        elif (isinstance(node, ast.Call) and _name(node.func) in NO_HINTS) or (
            isinstance(node, ast.Assign) and {_name(name) for name in node.targets} & {"EXAMPLES", "usage"}
        ):
            yield from ast.walk(node)


def _command(call: ast.Call) -> str:
    """The line that a call of `quoting.command` makes, or a method of that name; empty for any other call."""
    if _name(call.func) not in ("command", "again"):
        return ""
    return " ".join(_text(word) or "{}" for word in call.args if not isinstance(word, ast.Starred))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
