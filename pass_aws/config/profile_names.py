"""Finds profile names quickly, for completion: ten thousand profiles must cost almost nothing.

It reads only simple headers; header.py reads all forms. If any header looks unusual, this gives no answer.
"""

from __future__ import annotations

ODD = (b"\r", b"\xef", b" [", b"profile  ")
"""DOS line ends, the start of a byte order mark, indented or spaced headers."""
TABBED = (b"\t[", b"profile\t")
QUOTES = (b'"', b"'", b"\\")


def starting(content: bytes, start: str, *, credentials: bool) -> list[str] | None:
    """The profiles whose names have a prefix, in the file's order; None if the full parser is needed.

    Args:
        content: the whole file.
        start: the prefix.
        credentials: whether it is a credentials file, where a profile is `[NAME]`.
    """
    odd = (*ODD, *TABBED) if b"\t" in content else ODD  # a search for two bytes takes far longer than for one
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
    """The rest of each line that starts with this."""
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
