"""A command line as it stands in bash when TAB is pressed: its words, and how a completed word is written.

bash hands its completion functions words as they were typed, quotes and all, cut at COMP_WORDBREAKS.
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
"""What needs no backslash: `~` does, bash expands `a=~`."""


class Line:
    """A line up to the cursor.

    Args:
        words: the finished words as the command would get them; redirections are left out.
        starts: where in the line each of them starts, and last the unfinished one.
        current: the unfinished word as the command would get it.
        kept: the part of `current` that readline leaves as it is; it replaces the rest.
        quote: the quote that is open at the cursor, or nothing.
        redirected: whether the unfinished word is a file behind `<` or `>`.
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
        """What readline must put in place of the unfinished word's end, so that bash reads `name` there.

        readline takes a quote at the start of the answer for the one already typed, and one at its end for
        the closing one: where it is neither, another goes beside it.

        Args:
            name: a completion of `current`, without control characters.
        """
        rest, quote = name[len(self.kept) :], self.quote
        if not quote:
            return "".join(letter if _BARE.match(letter) else "\\" + letter for letter in rest)
        if quote == "'":
            text = rest.replace("'", r"'\''")
        else:  # a backslash before `!` would keep history expansion off, and stay
            text = re.sub(r'[$`"\\]', r"\\\g<0>", rest).replace("!", "\"'!'\"")
        lead = quote if text.startswith(quote) else ""
        return lead + text + (quote if text.endswith(quote) else "")


class _Reader:
    """Takes pieces of a line one after the other."""

    def __init__(self, breaks: str) -> None:
        self.breaks = breaks
        self.words: list[str] = []
        self.starts: list[int] = []
        self.redirected = False
        self.begin()

    def begin(self) -> None:
        """Nothing of the next word has been read."""
        self.word, self.kept, self.quote, self.start = "", "", "", -1

    def end(self) -> None:
        """A blank or an arrow ends the word, if there is one."""
        if self.start >= 0:
            if not self.redirected:
                self.words.append(self.word)
                self.starts.append(self.start)
            self.redirected = False
        self.begin()

    def take(self, piece: re.Match[str]) -> None:
        """Adds a piece to the word, or ends it."""
        if piece["blank"] or piece["arrow"]:
            if piece["arrow"] and self.word.isdecimal():
                self.begin()  # `2>`: not a word but a descriptor
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
        """Adds what stands in quotes; of an open one readline replaces no more than what is in it."""
        single = piece["single"] is not None
        if not (piece["single_end"] or piece["double_end"]):
            self.kept, self.quote = self.word, "'" if single else '"'
        self.word += piece["single"] if single else _IN_DOUBLE.sub(r"\1", piece["double"])


def read(text: str, breaks: str) -> Line:
    """Takes a line apart; nothing in it is expanded.

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
