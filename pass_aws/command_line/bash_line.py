"""A bash command line at the moment of a TAB: its words, and how to write a completed word.

bash passes words to completion functions as typed, with their quotes, and split at COMP_WORDBREAKS.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_PIECE = re.compile(
    r"""
      (?P<blank>[ \t\n]+)
    | (?P<arrow>&?[<>][<>&|]*)
    | '(?P<single>[^']*)(?P<single_end>'?)
    | "(?P<double>(?:[^"\\]|\\.)*)\\?(?P<double_end>"?)
    | \\(?P<escaped>.?)
    | (?P<bare>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_DOUBLE = re.compile(r'\\(?:([$`"\\])|\n)')
_BARE = re.compile(r"[\w\-+=.,:/@%]|[^\x00-\x7f]", re.ASCII)
"""Characters that need no backslash; `~` needs one, because bash expands `a=~`."""


class Line:
    """A line up to the cursor.

    Args:
        words: the finished words as the command would get them; redirections are left out.
        starts: where in the line each word starts; the last item is the start of the unfinished word.
        current: the unfinished word as the command would get it.
        kept: the part of `current` that readline leaves as it is; it replaces the rest.
        quote: the quote that is open at the cursor, or empty.
        redirected: whether the unfinished word is a file after `<` or `>`.
    """

    __slots__ = ("current", "kept", "quote", "redirected", "starts", "words")

    def __init__(  # noqa: PLR0913 - the fields
        self,
        words: tuple[str, ...],
        starts: tuple[int, ...],
        current: str,
        kept: str,
        quote: str,
        *,
        redirected: bool,
    ) -> None:
        self.words: Final = words
        self.starts: Final = starts
        self.current: Final = current
        self.kept: Final = kept
        self.quote: Final = quote
        self.redirected: Final = redirected

    def written(self, name: str) -> str:
        """The text that readline must insert instead of the unfinished part, so that bash reads `name` there.

        readline takes a quote at the start of the answer for the one already typed, and a quote at its end
        for the closing one; if it is neither, it is doubled.

        Args:
            name: a completion of `current`, without control characters.
        """
        rest, quote = name[len(self.kept) :], self.quote
        if not quote:
            return "".join(letter if _BARE.match(letter) else "\\" + letter for letter in rest)
        if quote == "'":
            text = rest.replace("'", r"'\''")
        else:  # a backslash before `!` prevents history expansion, but bash does not remove it
            text = re.sub(r'[$`"\\]', r"\\\g<0>", rest).replace("!", "\"'!'\"")
        lead = quote if text.startswith(quote) else ""
        return lead + text + (quote if text.endswith(quote) else "")


class _Reader:
    """Builds words from the pieces of a line, one piece at a time."""

    def __init__(self, breaks: str) -> None:
        self.breaks = breaks
        self.words: list[str] = []
        self.starts: list[int] = []
        self.redirected = False
        self.begin()

    def begin(self) -> None:
        """Starts a new word."""
        self.word, self.kept, self.quote, self.start = "", "", "", -1

    def end(self) -> None:
        """Ends the word, if there is one, at a blank, `<` or `>`."""
        if self.start >= 0:
            if not self.redirected:
                self.words.append(self.word)
                self.starts.append(self.start)
            self.redirected = False
        self.begin()

    def take(self, piece: re.Match[str]) -> None:
        """Adds a piece to the word, or ends the word."""
        if piece["blank"] or piece["arrow"]:
            if piece["arrow"] and self.word.isdecimal():
                self.begin()  # the 2 of `2>` is a descriptor, not a word
            self.end()
            self.redirected |= bool(piece["arrow"])
            return
        self.start = piece.start() if self.start < 0 else self.start
        if piece["bare"]:
            self.word += piece["bare"]
            self.kept = self.word if piece["bare"] in self.breaks else self.kept
        elif piece["escaped"] is not None:
            self.word += piece["escaped"].strip("\n")
        else:
            self.take_quoted(piece)

    def take_quoted(self, piece: re.Match[str]) -> None:
        """Adds quoted text; inside an open quote readline replaces only the text after the quote."""
        single = piece["single"] is not None
        if not (piece["single_end"] or piece["double_end"]):
            self.kept, self.quote = self.word, "'" if single else '"'
        self.word += piece["single"] if single else _IN_DOUBLE.sub(r"\1", piece["double"])


def read(text: str, breaks: str) -> Line:
    """Splits a line into words, without expanding anything.

    Args:
        text: the line up to the cursor.
        breaks: bash's COMP_WORDBREAKS.
    """
    reader = _Reader(breaks)
    for piece in _PIECE.finditer(text):
        reader.take(piece)
    starts = (*reader.starts, len(text) if reader.start < 0 else reader.start)
    return Line(
        tuple(reader.words), starts, reader.word, reader.kept, reader.quote, redirected=reader.redirected
    )
