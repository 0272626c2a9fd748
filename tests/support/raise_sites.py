"""Every place that makes an error for the user, read from the source, and which of them a run has reached."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pass_aws
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    import pytest

PACKAGE = Path(pass_aws.__file__).parent


class Site(NamedTuple):
    """One call that makes a UserError or a kind of it.

    Args:
        path: its path below the package.
        function: the innermost function around it.
        line: where the call begins; `last` is where it ends.
        kind: the class.
        values: the parts of its message and hint that are not constant text, as source.
    """

    path: str
    function: str
    line: int
    last: int
    kind: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        """The text of a site in a list of missing ones."""
        return f"{self.path}:{self.line} {self.function} {', '.join(self.values)}"


def sites() -> list[Site]:
    """All of them, in order of place."""
    trees = {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))
    }
    kinds = {"UserError"}
    while (
        more := {
            node.name
            for tree in trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and kinds & {_name(base) for base in node.bases}
        }
        - kinds
    ):
        kinds |= more
    return [
        Site(
            path,
            function,
            call.lineno,
            call.end_lineno or call.lineno,
            _name(call.func),
            tuple(sorted(_values(call))),
        )
        for path, tree in trees.items()
        for function, call in _calls(tree, "")
        if _name(call.func) in kinds
    ]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    """Each call below a node, with the function that contains it."""
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Call):
            yield inner, child
        yield from _calls(child, inner)


def _values(call: ast.Call) -> set[str]:
    """The values in the texts; the exit status is a number, and names in capitals are constants."""
    texts = [
        *call.args,
        *(word.value for word in call.keywords if word.arg not in ("code", "aws_code", "skew")),
    ]
    return {value for text in texts for value in _parts(text)}


def _parts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                yield from _parts(value.value)
    elif isinstance(node, ast.IfExp | ast.BoolOp):
        for each in (node.body, node.orelse) if isinstance(node, ast.IfExp) else node.values:
            yield from _parts(each)
    elif not isinstance(node, ast.Constant) and not _name(node).isupper():
        yield ast.unparse(node)


class Reached:
    """The sites that runs in this process have reached.

    Args:
        patch: undoes the recording.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._known = sites()
        self.sites: set[Site] = set()
        self.last: set[Site] = set()
        make = UserError.__init__

        def made(error: UserError, message: str, *, hint: str = "", **more: int) -> None:
            self._note(sys._getframe(1))
            make(error, message, hint=hint, **more)

        patch.setattr(UserError, "__init__", made)

    def _note(self, frame: FrameType | None) -> None:
        """Finds the innermost call of ours that is in the list; calls in constructors are not."""
        while frame is not None:
            where = frame.f_code.co_filename.removeprefix(f"{PACKAGE}/")
            fits = [
                site
                for site in self._known
                if site.path == where and site.line <= frame.f_lineno <= site.last
            ]
            if fits:
                self.last.add(min(fits, key=lambda site: site.last - site.line))
                self.sites |= self.last
                return
            frame = frame.f_back
