"""AWS config and credentials files as text: which profiles they name, and what a profile says.

Headers are scanned at once, a section's lines read when somebody asks for it: ten thousand profiles cost
little.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.rules import body
from pass_aws.rules.body import Problem, Value, has_control
from pass_aws.rules.errors import UserError
from pass_aws.rules.shown import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

PROFILE, SSO_SESSION, SERVICES = "profile", "sso-session", "services"
KINDS = (PROFILE, SSO_SESSION, SERVICES)
NOT_OURS = ("plugins", "preview", "toplevel")
"""Sections that the AWS CLI has for itself."""

_INDENTED = re.compile(r"\n[^\S\n]+\[")
_PLAIN_HEADER = re.compile(r"profile ([A-Za-z0-9._@+/:,=-]+)\](?:\n|$)")


class Section(NamedTuple):
    """A section that has been read.

    Args:
        name: of the profile, SSO session or services.
        line: of its header.
        values: lower-cased key to text and line.
        nested: lower-cased key to the block below it.
    """

    name: str
    line: int
    values: dict[str, Value]
    nested: dict[str, dict[str, str]]


class Profiles:
    """What a file names; `profiles` makes it.

    The text is cut at its headers; a section is known by the number of its piece.
    """

    def __init__(self, text: str, path: str, *, credentials: bool) -> None:
        self.path = path
        self._credentials = credentials
        self._pieces = f"\n{_dedented(text)}".split("\n[")
        self._found: dict[str, dict[str, list[int]]] = {kind: {} for kind in KINDS}
        self._problems: list[Problem] = []
        self._bodies: dict[int, body.Body] = {}
        self._counted = (1, 0)
        self._scan()
        self.names: tuple[str, ...] = tuple(self._found[PROFILE])

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
        """What is wrong with the headers; costs nothing."""
        return tuple(self._problems)

    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong with the file, in its order; reads all of it."""
        found = set(self._problems)
        for kind, sections in self._found.items():
            for name, pieces in sections.items():
                found.update(self._faults(kind, name, pieces))
        return tuple(sorted(found, key=lambda problem: problem.line))

    def _section(self, kind: str, name: str) -> Section | None:
        pieces = self._found[kind].get(name)
        if not pieces:
            return None
        faults = [problem for problem in self._faults(kind, name, pieces) if problem.fatal]
        if faults:
            raise UserError("; ".join(map(str, faults)), hint=f"edit {self.path}")
        read = self._body(pieces[-1])
        return Section(name, self._line(pieces[-1]), read.values, read.nested)

    def _faults(self, kind: str, name: str, pieces: list[int]) -> list[Problem]:
        """A section's problems, its duplicates among them."""
        faults = self._duplicates(kind, name, pieces) if len(pieces) > 1 else []
        for piece in pieces:
            faults.extend(self._body(piece).problems)
        return faults

    def _duplicates(self, kind: str, name: str, pieces: list[int]) -> list[Problem]:
        first, *others = (self._line(piece) for piece in pieces)
        if len(pieces) == 2 and {self._pieces[piece].startswith("default]") for piece in pieces} == {
            True,
            False,
        }:
            text = f"both [default] and [profile default] (line {first}): AWS tools differ in which counts"
            return [Problem(self.path, others[0], text, fatal=False)]
        text = f"[{kind} {shown(name)}] is there twice (first in line {first})"
        return [Problem(self.path, line, text) for line in others]

    def _body(self, piece: int) -> body.Body:
        if piece not in self._bodies:
            lines = self._pieces[piece].split("\n")[1:]
            self._bodies[piece] = body.read(lines, self._line(piece) + 1, self.path)
        return self._bodies[piece]

    def _line(self, piece: int) -> int:
        """The number of the line of this piece's header."""
        known, line = self._counted if self._counted[0] <= piece else (1, 0)
        line = line or self._pieces[0].count("\n") + 1
        line += sum(text.count("\n") + 1 for text in self._pieces[known:piece])
        self._counted = (piece, line)
        return line

    def _scan(self) -> None:
        """Finds the headers."""
        self._before_first(self._pieces[0])
        plain = None if self._credentials else _PLAIN_HEADER.match
        profiles = self._found[PROFILE]
        for number, piece in enumerate(self._pieces[1:], 1):
            if plain and (match := plain(piece)):
                profiles.setdefault(match[1], []).append(number)
            else:
                self._header("[" + piece.partition("\n")[0].rstrip(), number)

    def _before_first(self, before: str) -> None:
        lines = [line.strip() for line in before.split("\n")]
        stray = [line for line in lines if line and line[0] not in "#;"]
        if stray:
            self._problems.append(
                Problem(self.path, 1, f"before the first section header: {shown(stray[0])}")
            )

    def _header(self, line: str, piece: int) -> None:
        close = line.rfind("]")
        if close < 2:
            self._problem(piece, f"not a section header: {shown(line)}")
            return
        inner = line[1:close]
        if (after := line[close + 1 :].strip()) and after[0] not in "#;":
            self._problem(piece, f"text after the section header is ignored: {shown(after)}", fatal=False)
        kind, name = self._named(inner, piece)
        if kind:
            self._found[kind].setdefault(name, []).append(piece)

    def _problem(self, piece: int, text: str, *, fatal: bool = True) -> None:
        self._problems.append(Problem(self.path, self._line(piece), text, fatal))

    def _named(self, inner: str, piece: int) -> tuple[str, str]:
        """Kind and name of a section, or two empty texts where it is none of ours."""
        if inner == "DEFAULT":
            self._problem(
                piece,
                "[DEFAULT] is ignored (botocore adds it to every profile): write [default]",
                fatal=False,
            )
            return "", ""
        if self._credentials:
            return self._in_credentials(inner, piece)
        if inner == "default":
            return PROFILE, inner
        kind = inner.split(None, 1)[0] if inner.strip() else ""
        if kind not in KINDS or inner[0].isspace():
            if inner not in NOT_OURS:
                self._problem(
                    piece,
                    f"[{shown(inner)}] is no profile: write [profile {shown(inner.strip())}]",
                    fatal=False,
                )
            return "", ""
        return self._quoted(kind, inner, piece)

    def _in_credentials(self, inner: str, piece: int) -> tuple[str, str]:
        if inner.startswith("profile "):
            self._problem(
                piece, f"a credentials file has no `profile`: write [{shown(inner[8:])}]", fatal=False
            )
            return "", ""
        if has_control(inner):
            self._problem(piece, f"control character in the name {shown(inner)}")
            return "", ""
        return PROFILE, inner

    def _quoted(self, kind: str, inner: str, piece: int) -> tuple[str, str]:
        """Takes the name apart as a shell would, which is what botocore does."""
        rest = inner[len(kind) :].strip(" \t")
        words = _words(rest)
        if len(words) == 1 and words[0] and not has_control(words[0]):
            return kind, words[0]
        what = "quotes do not match in" if words == [] and rest else "a name with spaces needs quotes:"
        if len(words) == 1:
            what = "an empty name or a control character in"
        self._problem(piece, f"{what} [{shown(inner)}]")
        return "", ""


def _dedented(text: str) -> str:
    """The text with indented headers moved to the margin, unless they continue a value (as for botocore)."""
    if not _INDENTED.search(f"\n{text}"):
        return text
    lines = text.split("\n")
    level: int | None = None
    for at, line in enumerate(lines):
        inner = line.strip()
        indent = len(line) - len(line.lstrip())
        if not inner or inner[0] in "#;" or (level is not None and indent > level):
            continue
        level = None if inner[0] == "[" else indent
        if inner[0] == "[":
            lines[at] = inner
    return "\n".join(lines)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def profiles(text: str, path: str, *, credentials: bool = False) -> Profiles:
    """Reads the headers of a file.

    Args:
        text: the whole file; a byte order mark and any kind of line end are understood.
        path: for messages.
        credentials: whether it is a credentials file, where a profile is `[NAME]`.
    """
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Profiles(text, path, credentials=credentials)


def adding(text: str, name: str, values: Mapping[str, str]) -> str:
    """The text with one profile appended, every other byte kept.

    Raises:
        UserError: the name or a value cannot be written so that it is read back, or the profile is there.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = name if _words(name) == [name] else shlex.quote(name)
    header = "[default]" if name == "default" else f"[profile {plain}]"
    lines = [header, *(f"{key} = {value}" for key, value in values.items())]
    joint = "" if not text.strip("\ufeff") else newline if text.endswith(("\n", "\r")) else newline * 2
    added = text + joint + "".join(line + newline for line in lines)
    _check_added(text, added, name, values)
    return added


def _check_added(text: str, added: str, name: str, values: Mapping[str, str]) -> None:
    before, after = profiles(text, "").names, profiles(added, "")
    if name in before:
        raise UserError(f"profile {shown(name)} is already in the config file")
    section = after.profile(name) if after.names == (*before, name) else None
    if section is None or {key: value.text for key, value in section.values.items()} != dict(values):
        raise UserError(f"profile {shown(name)} cannot be written to a config file")
