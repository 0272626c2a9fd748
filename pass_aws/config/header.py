"""One section header: what kind of section it begins, and whose."""

from __future__ import annotations

import shlex
from typing import NamedTuple

from pass_aws.text.safe_text import has_control, shown

PROFILE, SSO_SESSION, SERVICES = "profile", "sso-session", "services"
KINDS = (PROFILE, SSO_SESSION, SERVICES)
OF_THE_CLI = ("plugins", "preview", "toplevel")
"""Sections that the AWS CLI has for itself."""


class Header(NamedTuple):
    """What a header says.

    Args:
        kind: one of KINDS, or empty where the section is none of ours.
        name: of the profile, SSO session or services.
        problem: what is wrong with it, or empty.
        fatal: whether a section is lost that was probably meant.
    """

    kind: str = ""
    name: str = ""
    problem: str = ""
    fatal: bool = False


def read(line: str, *, credentials: bool) -> Header:
    """Reads a header as botocore does, but takes no word for `profile` that only begins like it.

    Args:
        line: from `[` on, without the newline.
        credentials: whether it stands in a credentials file, where a profile is `[NAME]`.

    Source: botocore/configloader.py, build_profile_map.
    """
    close = line.rfind("]")
    if close < 2:
        return Header(problem=f"not a section header: {shown(line)}", fatal=True)
    inner, after = line[1:close], line[close + 1 :].strip()
    header = _in_credentials(inner) if credentials else _in_config(inner)
    if after and after[0] not in "#;" and not header.problem:
        return header._replace(problem="text after the section header is ignored")
    return header


def _in_config(inner: str) -> Header:
    if inner == "default":
        return Header(PROFILE, inner)
    if inner == "DEFAULT":
        return Header(problem="[DEFAULT] is ignored, botocore adds it to every profile: write [default]")
    words = _words(inner)
    kind = next((kind for kind in KINDS if inner.startswith(kind) and words[:1] in ([kind], [])), "")
    if not kind:
        return Header(problem="" if inner in OF_THE_CLI else _no_profile(inner))
    if not words:
        return Header(problem=f"a quote without its other half: [{shown(inner)}]", fatal=True)
    if len(words) == 2 and words[1] and not has_control(words[1]):
        return Header(kind, words[1])
    what = "a name with spaces needs quotes" if len(words) > 2 else "no name, or a control character in it"
    return Header(problem=f"{what}: [{shown(inner)}]", fatal=True)


def _no_profile(inner: str) -> str:
    return f"[{shown(inner)}] is no profile: write [profile {shown(inner.strip())}]"


def _in_credentials(inner: str) -> Header:
    if inner == "DEFAULT":
        return Header(problem="[DEFAULT] is ignored, botocore adds it to every profile: write [default]")
    if inner.startswith("profile "):
        return Header(problem=f"no profile is called so in a credentials file: write [{shown(inner[8:])}]")
    if has_control(inner):
        return Header(problem=f"a control character in the name: [{shown(inner)}]", fatal=True)
    return Header(PROFILE, inner)


def _words(text: str) -> list[str]:
    """The words a shell would see; none where a quote is left open."""
    try:
        return shlex.split(text)
    except ValueError:
        return []
