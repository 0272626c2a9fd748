"""AWS config and credentials files as text: their profiles, and the values of a profile.

Headers are scanned at once; a section is read only when needed, so ten thousand profiles cost little.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pass_aws.config import header
from pass_aws.config.body import Body, Problem, Value
from pass_aws.config.header import KINDS, PROFILE, SERVICES, SSO_SESSION
from pass_aws.errors import UserError
from pass_aws.text.safe_text import listed, shown

_INDENTED = re.compile(r"\n[^\S\n]+\[")
_PLAIN = re.compile(r"profile ([A-Za-z0-9._@+/:,=-]+)\](?:\n|$)")
"""Matches nearly all headers; the full parser reads the others."""


class Section(NamedTuple):
    """A parsed section.

    Args:
        name: of the profile, SSO session or services.
        line: of its header.
        values: lower-cased key to text and line.
        nested: lower-cased key to its nested block.
    """

    name: str
    line: int
    values: dict[str, Value]
    nested: dict[str, dict[str, str]]


class Profiles:
    """The sections of a file; made by `profiles`.

    The text is cut at its headers; the number of its piece identifies a section.
    """

    def __init__(self, text: str, path: str, *, credentials: bool) -> None:
        self.path = path
        self._credentials = credentials
        self._pieces = f"\n{text}".split("\n[")
        self._first: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        self._again: dict[tuple[str, str], list[int]] = {}
        self._problems: list[Problem] = []
        self._bodies: dict[int, Body] = {}
        self._counted = (0, 0)
        self._scan()
        self.names: tuple[str, ...] = tuple(self._first[PROFILE])
        self.sso_sessions: tuple[str, ...] = tuple(self._first[SSO_SESSION])

    def profile(self, name: str) -> Section | None:
        """The section of a profile.

        Raises:
            UserError: the section has errors; all of them are named.
        """
        return self._section(PROFILE, name)

    def sso_session(self, name: str) -> Section | None:
        """The `[sso-session NAME]` section; raises as `profile` does."""
        return self._section(SSO_SESSION, name)

    def services(self, name: str) -> Section | None:
        """The `[services NAME]` section; raises as `profile` does."""
        return self._section(SERVICES, name)

    def header_problems(self) -> tuple[Problem, ...]:
        """The problems of the headers; they are already known."""
        return tuple(self._problems)

    def problems(self) -> tuple[Problem, ...]:
        """All problems of the file, in its order; reads the whole file."""
        found = list(self._problems)
        for kind, sections in self._first.items():
            for name, piece in sections.items():
                found += self._faults(kind, name, piece)
        return tuple(sorted(found, key=lambda problem: problem.line))

    def mentioned(self, key: str) -> list[str]:
        """All texts after this key anywhere in the file, without parsing sections or checks."""
        line = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
        return line.findall("\n".join(self._pieces))

    def text(self, name: str) -> str:
        """The lines of a profile's sections, with its duplicates, unparsed; empty if there is none."""
        first = self._first[PROFILE].get(name)
        pieces = [] if first is None else [first, *self._again.get((PROFILE, name), [])]
        return "\n".join(self._pieces[piece] for piece in pieces)

    def _section(self, kind: str, name: str) -> Section | None:
        first = self._first[kind].get(name)
        if first is None:
            return None
        body = self._body(self._again.get((kind, name), [first])[-1])
        faults = [problem for problem in self._faults(kind, name, first) if problem.fatal]
        if faults:
            raise UserError(listed(map(str, faults)), hint=f"edit {self.path}")
        return Section(name, body.line, body.values, body.nested)

    def _faults(self, kind: str, name: str, first: int) -> list[Problem]:
        """A section's problems, with its duplicates."""
        again = self._again.get((kind, name), [])
        faults = self._duplicates(kind, name, first, again) if again else []
        for piece in (first, *again):
            faults += self._body(piece).problems
        return faults

    def _duplicates(self, kind: str, name: str, first: int, again: list[int]) -> list[Problem]:
        line = self._line(first)
        spellings = {self._pieces[piece].startswith("default]") for piece in (first, *again)}
        if name == "default" and len(again) == len(spellings) - 1:
            text = (
                f"both [default] and [profile default] (line {line}) exist: AWS's tools disagree which to use"
            )
            return [Problem(self.path, self._line(again[0]), text, fatal=False)]
        text = f"[{kind} {shown(name)}] occurs twice (first in line {line})"
        return [Problem(self.path, self._line(piece), text) for piece in again]

    def _body(self, piece: int) -> Body:
        if piece not in self._bodies:
            lines = self._pieces[piece].split("\n")[1:]
            self._bodies[piece] = Body(lines, self._line(piece) + 1, self.path)
        return self._bodies[piece]

    def _line(self, piece: int) -> int:
        """The line number of this piece's header, counted from the last one that was needed."""
        known, line = self._counted if self._counted[0] <= piece else (0, 0)
        line += "".join(self._pieces[known:piece]).count("\n") + piece - known
        self._counted = (piece, line)
        return line

    def _scan(self) -> None:
        """Finds the sections."""
        self._before_first()
        plain = None if self._credentials else _PLAIN.match
        first = self._first[PROFILE]
        for number, piece in enumerate(self._pieces):
            if plain and (found := plain(piece)):
                if first.setdefault(found[1], number) != number:
                    self._again.setdefault((PROFILE, found[1]), []).append(number)
            elif number:
                self._carefully(number, "[" + piece.partition("\n")[0])

    def _carefully(self, number: int, line: str) -> None:
        kind, name, problem, fatal, meant = header.read(line, credentials=self._credentials)
        if problem:
            self._problems.append(Problem(self.path, self._line(number), problem, fatal, meant))
        if kind and self._first[kind].setdefault(name, number) != number:
            self._again.setdefault((kind, name), []).append(number)

    def _before_first(self) -> None:
        lines = (line.strip() for line in self._pieces[0].split("\n"))
        for number, line in enumerate(lines):
            if line and line[0] not in "#;":
                self._problems.append(Problem(self.path, number, "before the first section header"))
                return


def profiles(text: str, path: str, *, credentials: bool = False) -> Profiles:
    """Reads the headers of a file.

    Args:
        text: the whole file; may have a byte order mark and any kind of line end.
        path: for messages.
        credentials: whether it is a credentials file, where a profile is `[NAME]`.
    """
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _INDENTED.search(f"\n{text}"):
        text = _dedented(text)
    return Profiles(text, path, credentials=credentials)


def _dedented(text: str) -> str:
    """The text with indented headers moved to the margin, unless they continue a value (as in botocore)."""
    lines = text.split("\n")
    level: int | None = None
    for at, line in enumerate(lines):
        inner = line.strip()
        indent = line.index(inner[0]) if inner else 0
        if not inner or inner[0] in "#;" or (level is not None and indent > level):
            continue
        level = None if inner[0] == "[" else indent
        if inner[0] == "[":
            lines[at] = inner
    return "\n".join(lines)
