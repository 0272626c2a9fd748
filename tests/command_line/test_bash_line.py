"""Splitting a bash line and quoting a name in it, compared with a real bash."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pass_aws.command_line import bash_line
from pass_aws.command_line.candidates import REGIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

BREAKS = " \t\n\"'@><=;|&(:"
PRINTABLE = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
NAMES = st.text(PRINTABLE | st.sampled_from("'\"\\$`! ~*:=@#{},"), min_size=1, max_size=12)


def in_bash(words: Sequence[str]) -> list[str]:
    """How bash reads words in its own syntax, without history expansion."""
    script = "".join(f"printf '%s\\0' {word}\n" for word in words)
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, check=True, text=True, cwd="/"
    )
    return done.stdout.split("\0")[:-1]


@given(
    st.lists(st.tuples(NAMES, st.integers(0, 12), st.sampled_from(["", "'", '"'])), min_size=20, max_size=20)
)
@settings(max_examples=40, deadline=None)
def test_a_completed_name_is_read_back(cases: list[tuple[str, int, str]]) -> None:
    """Whatever part of a name is typed, in whatever quotes, after completion bash reads exactly that name."""
    words, wanted = [], []
    for name, typed, quote in cases:
        head = "x " + quote + _typed(name[:typed], quote)
        line = bash_line.read(head, BREAKS)
        assert line.current == name[:typed]
        answer = line.written(name)
        words.append(_inserted(head[2:], line, answer))
        wanted.append(name)
    assert in_bash(words) == wanted


def _typed(text: str, quote: str) -> str:
    """The name as a user would quote it."""
    if quote == "'":
        return text.replace("'", "'\\''")
    if quote == '"':
        return "".join("\\" + letter if letter in '\\"$`' else letter for letter in text)
    return "".join("\\" + letter if letter in " '\"\\$`!~*#{}?[]()<>|&;" else letter for letter in text)


def _inserted(word: str, line: bash_line.Line, answer: str) -> str:
    """What readline does: it replaces the end of the word, then closes the quote (readline's insert_match)."""
    if line.quote:
        start = word.rindex(line.quote, 0, len(word)) if line.quote == "'" else _opening(word)
        begun = word[: start + 1]
        begun = begun[:-1] if answer.startswith(line.quote) else begun
        return begun + answer + ("" if answer.endswith(line.quote) else line.quote)
    start = max(
        (at + 1 for at in range(len(word)) if word[at] in BREAKS and not _quoted(word, at)), default=0
    )
    return word[:start] + answer


def _quoted(word: str, at: int) -> bool:
    backslashes = len(word[:at]) - len(word[:at].rstrip("\\"))
    return backslashes % 2 == 1


def _opening(word: str) -> int:
    return next(at for at in range(len(word) - 1, -1, -1) if word[at] == '"' and not _quoted(word, at))


@given(st.lists(NAMES, max_size=6))
@settings(max_examples=60, deadline=None)
def test_words_are_those_of_bash(names: list[str]) -> None:
    """The finished words of a line are the arguments that bash would pass."""
    line = bash_line.read("pass aws " + "".join(f"{shlex.quote(name)} " for name in names), BREAKS)
    assert line.words == ("pass", "aws", *names)
    assert line.current == ""


@pytest.mark.parametrize(
    ("text", "words", "current"),
    [
        ("", (), ""),
        ("pass", (), "pass"),
        ("a\\ b c", ("a b",), "c"),
        ("a\\\nb", (), "ab"),
        ('"a\\$\\b" c', ("a$\\b",), "c"),
        ("'a'\"b\"c d", ("abc",), "d"),
        ("a#b #c d", ("a#b", "#c"), "d"),
        ("a 2>/dev/null b", ("a",), "b"),
        ("a >x b", ("a",), "b"),
        ("a &>x b", ("a",), "b"),
        ("a $(touch x) b", ("a", "$(touch", "x)"), "b"),
        ("a '' b", ("a", ""), "b"),
        ("a 'b c", ("a",), "b c"),
        ('a "b c\\', ("a",), "b c"),
        ("a b\\", ("a",), "b"),
    ],
)
def test_words(text: str, words: tuple[str, ...], current: str) -> None:
    """Quotes are removed, redirections are not words, nothing is expanded."""
    line = bash_line.read(text, BREAKS)
    assert (line.words, line.current) == (words, current)


@pytest.mark.parametrize(
    ("text", "kept", "quote", "redirected"),
    [
        ("a b:c", "b:", "", False),
        ("a b\\:c", "", "", False),
        ("a --x=y", "--x=", "", False),
        ("a b:'c:d", "b:", "'", False),
        ('a "b:c":d', "b:c:", "", False),
        ("a > b", "", "", True),
        ("a >", "", "", True),
        ("a > b c", "", "", False),
    ],
)
def test_what_readline_replaces(text: str, kept: str, quote: str, redirected: bool) -> None:
    """A completion replaces the text after the last unquoted break, or after the open quote."""
    line = bash_line.read(text, BREAKS)
    assert (line.kept, line.quote, line.redirected) == (kept, quote, redirected)


def test_the_position_of_each_word() -> None:
    """The position of each word in the line is known, also that of the unfinished one."""
    text = "pass aws  exec 'a b' -- git c"
    line = bash_line.read(text, BREAKS)
    assert [text[start:].split(" ", 1)[0] for start in line.starts] == [
        "pass",
        "aws",
        "exec",
        "'a",
        "--",
        "git",
        "c",
    ]


def test_botocore_knows_every_region() -> None:
    """botocore knows every region that is offered for completion."""
    from botocore.session import Session

    session = Session()
    known = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("sts", partition, allow_non_regional=True)
    }
    assert set(REGIONS) <= known
