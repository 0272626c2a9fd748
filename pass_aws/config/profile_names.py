"""A glance at the headers of an AWS file, for TAB: ten thousand profiles must cost next to nothing.

config.py is the judge of what a header says; where one looks odd, a glance is not enough.
"""

from __future__ import annotations

ODD = (b"\r", b"\xef", b" [", b"profile  ")
"""Line ends of DOS, what a byte order mark begins with, headers that are indented or spaced."""
TABBED = (b"\t[", b"profile\t")
QUOTES = (b'"', b"'", b"\\")


def starting(content: bytes, start: str, *, credentials: bool) -> list[str] | None:
    """The profiles whose names start so, in the file's order; None where only care can tell.

    Args:
        content: the whole file.
        start: how the names start.
        credentials: whether it is a credentials file, where a profile is `[NAME]`.
    """
    odd = (*ODD, *TABBED) if b"\t" in content else ODD  # to look for two bytes takes far longer than for one
    if any(sign in content for sign in odd) or (not credentials and _quotes(content)):
        return None
    before = (b"[" if credentials else b"[profile ") + _encoded(start)
    heads = [start + rest.decode("utf-8", "surrogateescape") for rest in _behind(content, before)]
    if not credentials and "default".startswith(start) and _behind(content, b"[default]"):
        heads.append("default]")
    if "]" in heads or "DEFAULT]" in heads or not all(map(_plain, heads)):
        return None
    return list(dict.fromkeys(head[:-1] for head in heads))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _behind(content: bytes, start: bytes) -> list[bytes]:
    """What follows on the lines that start so."""
    pieces = content.split(b"\n" + start)
    if content.startswith(start):
        pieces[0] = content[len(start) :]
    else:
        del pieces[0]
    return [piece.partition(b"\n")[0] for piece in pieces]


def _quotes(content: bytes) -> bool:
    """Whether a header has a quote or a backslash."""
    if not any(quote in content for quote in QUOTES):
        return False
    heads = b"".join(_behind(content, b"["))
    return any(quote in heads for quote in QUOTES)


def _plain(head: str) -> bool:
    return head.isprintable() and " " not in head and head.find("]") == len(head) - 1
