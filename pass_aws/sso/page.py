"""The page after a sign-in: it loads nothing else, and works in a text browser."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Connection", "close"),
)
"""Headers against loading, referrers, caching and framing: the URL contains the authorization code."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - pass aws</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.2rem; }}
h1 {{ font-size: 1.6rem; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
<p>You can close this window.</p>
</main>
</body>
</html>
"""


class Page(NamedTuple):
    """A status and the bytes of a page."""

    status: int
    body: bytes


def _page(status: int, title: str, text: str) -> Page:
    return Page(status, _PAGE.format(title=escape(title), text=escape(text)).encode())


def signed_in(what: str) -> Page:
    """The page for a successful, stored sign-in."""
    return _page(200, "Signed in", f"pass aws is signed in to {what}.")


def failed(reason: str) -> Page:
    """The page for a sign-in that was refused, or whose answer is unusable."""
    return _page(200, "Not signed in", f"{reason[:1].upper()}{reason[1:]}. The terminal shows what to do.")


FOREIGN = _page(400, "Not signed in", "This answer does not belong to the current sign-in.")
ABSENT = _page(404, "Not found", "This address accepts only the answer to a sign-in.")
