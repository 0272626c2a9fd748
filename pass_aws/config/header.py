"""Parses a section header: the kind of section, and its name."""

from __future__ import annotations

from typing import NamedTuple

from pass_aws.text.quoting import quote, split
from pass_aws.text.safe_text import has_control, shown

PROFILE, SSO_SESSION, SERVICES = "profile", "sso-session", "services"
KINDS = (PROFILE, SSO_SESSION, SERVICES)
OF_THE_CLI = ("plugins", "preview", "toplevel")
"""Sections that only the AWS CLI uses."""


class Header(NamedTuple):
    """A parsed header.

    Args:
        kind: one of KINDS, or empty if we do not use the section.
        name: of the profile, SSO session or services.
        problem: what is wrong with it, or empty.
        fatal: whether the user probably meant a section that we cannot read.
        meant: the name of the profile that the user probably meant, or empty.
    """

    kind: str = ""
    name: str = ""
    problem: str = ""
    fatal: bool = False
    meant: str = ""


_DEFAULT = Header(
    problem="[DEFAULT] is ignored here, but botocore adds it to every profile: write [default]",
    meant="default",
)


def read(line: str, *, credentials: bool) -> Header:
    """Reads a header as botocore does, but accepts only the whole word `profile`, not longer ones.

    Args:
        line: from `[` on, without the newline.
        credentials: whether it is in a credentials file, where a profile is `[NAME]`.

    Source: botocore/configloader.py, build_profile_map.
    """
    close = line.rfind("]")
    if close < 2:
        words = [] if credentials else line[1:].split()[:1]  # nothing else is shown, since it may be a secret
        problem = "not a section header: a name between [ and ] is missing"
        return (
            _advised(problem, line[1:], fatal=True)
            if set(words) & set(KINDS)
            else Header(problem=problem, fatal=True)
        )
    inner, after = line[1:close], line[close + 1 :].strip()
    header = _in_credentials(inner) if credentials else _in_config(inner)
    if after and after[0] not in "#;" and not header.problem:
        return header._replace(problem="text after the section header is ignored")
    return header


def written(kind: str, name: str) -> str:
    """The header of a section; quoted only if botocore needs it: aws-vault keeps quotes in the name."""
    if (kind, name) == (PROFILE, "default"):
        return "[default]"
    if not set(name) & set(" \t\r\n'\"\\"):
        return f"[{kind} {name}]"
    double = "'" in name and not set(name) & set('"\\')
    return f'[{kind} "{name}"]' if double else f"[{kind} {quote(name)}]"


def _in_config(inner: str) -> Header:
    if inner in ("default", "DEFAULT"):
        return _DEFAULT if inner == "DEFAULT" else Header(PROFILE, inner)
    words = _words(inner)
    kind = next((kind for kind in KINDS if inner.startswith(kind) and words[:1] in ([kind], [])), "")
    if not kind:
        return Header() if inner in OF_THE_CLI else _advised(f"[{shown(inner)}] is not a profile", inner)
    if not words:
        return _advised(f"unclosed quote: [{shown(inner)}]", inner, fatal=True)
    if len(words) == 2 and words[1] and not has_control(words[1]):
        return Header(kind, words[1])
    if len(words) > 2:
        return _advised(f"a name with spaces needs quotes: [{shown(inner)}]", inner, fatal=True)
    return Header(problem=f"the name is empty or contains a control character: [{shown(inner)}]", fatal=True)


def _advised(problem: str, inner: str, *, fatal: bool = False) -> Header:
    """A problem, with the header that the user probably meant."""
    kind, name = _meant(inner)
    if not name or has_control(name):
        return Header(problem=problem, fatal=fatal)
    advice = f"{problem}: write {shown(written(kind, name))}"
    return Header(problem=advice, fatal=fatal, meant=name if kind == PROFILE else "")


def _meant(inner: str) -> tuple[str, str]:
    """The kind and the name that the user probably meant."""
    inner = inner.partition("]")[0].strip()  # the rest is a comment that contains a bracket
    first, _, rest = inner.partition(" ")
    word, name = first.lower().replace("_", "-"), rest.strip()
    unquoted = _words(name)
    name = unquoted[0] if len(unquoted) == 1 else name
    kind = next((kind for kind in KINDS if word.rstrip("s") == kind.rstrip("s")), "")
    if kind and name:
        return kind, name
    return PROFILE, "default" if word == "default" and not name else inner


def _in_credentials(inner: str) -> Header:
    """Parses a header in a credentials file; errors show only the name, since the rest may be a secret."""
    if inner == "DEFAULT":
        return _DEFAULT
    if inner.startswith("profile "):
        name = inner[8:].strip()
        return Header(
            problem=f"a credentials file has profile names without `profile`: write [{shown(name)}]",
            meant=name,
        )
    if has_control(inner):
        return Header(problem="a control character in the name of a section", fatal=True)
    return Header(PROFILE, inner)


def _words(text: str) -> list[str]:
    """The words as a shell splits them; none if a quote is not closed."""
    try:
        return split(text)
    except ValueError:
        return []
