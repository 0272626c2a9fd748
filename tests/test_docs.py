"""README and man page have every command and option of the parser, and no others."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import TOP, run
from consulted import CONSULTED

from pass_aws import errors
from pass_aws.command_line import options
from pass_aws.command_line.catalogue import COMMANDS, EXAMPLES, VERBS, Verb
from pass_aws.command_line.parser import add_globals, command, parser_of

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (TOP / "README.md").read_text()
MAN = (TOP / "man" / "pass-aws.1").read_text()
PAGES = {verb.name: getattr(command(verb), "EXAMPLES", "") for verb in COMMANDS}
TEXTS = {"README.md": README, "man/pass-aws.1": MAN, "help": EXAMPLES, "CMD -h": "".join(PAGES.values())}


def flags(parser: argparse.ArgumentParser) -> set[str]:
    """The options that a parser shows."""
    actions = (action for action in parser._actions if action.help != argparse.SUPPRESS)
    return {name for action in actions for name in action.option_strings}


def shared() -> tuple[set[str], set[str]]:
    """The options for credentials, and those of every command."""
    credentials, everywhere = (argparse.ArgumentParser(add_help=False) for _ in range(2))
    options.add(credentials)
    add_globals(everywhere)
    return flags(credentials), flags(everywhere) | {"-h", "--help"}


def own(verb: Verb) -> set[str]:
    """The command's own options."""
    credentials, everywhere = shared()
    parser = flags(parser_of(verb))
    return parser - everywhere - (credentials if credentials <= parser else set())


# The man page.


def items(section: str) -> Iterator[tuple[int, str, str]]:
    """The list items of a section: level, tag, and the text below it up to the next item."""
    body = re.split(r"^\.Sh ", MAN.partition(f".Sh {section}\n")[2], flags=re.MULTILINE)[0]
    depth, tag, text = 0, "", ""
    found = []
    for line in body.splitlines():
        if line.startswith((".It ", ".El", ".Bl ", ".Ss ")) and tag:
            found.append((depth, tag, text))
            tag, text = "", ""
        depth += line.startswith(".Bl ") - line.startswith(".El")
        if line.startswith(".It "):
            tag = line.removeprefix(".It ")
        elif tag:
            text += line + "\n"
    yield from found


def described(tag: str) -> set[str]:
    """The options in a tag: `Fl d , Fl -duration Ar time`."""
    return {f"-{name}" for name in re.findall(r"\bFl (\S+)", tag)}


def man_commands() -> dict[str, set[str]]:
    """Each command on the man page, with its options."""
    found: dict[str, set[str]] = {}
    name = ""
    for depth, tag, _ in items("COMMANDS"):
        if depth == 1:
            name = tag.split()[1]
            found[name] = set()
        else:
            found[name] |= described(tag)
    return found


def test_the_man_page_has_every_command() -> None:
    """The groups and the order are those of the help page."""
    assert list(man_commands()) == [verb.name for verb in COMMANDS]


@pytest.mark.parametrize("verb", COMMANDS, ids=[verb.name for verb in COMMANDS])
def test_the_man_page_has_every_option_of_a_command(verb: Verb) -> None:
    """Its own options are in its section, and no option that the parser does not have."""
    assert man_commands()[verb.name] == own(verb)


@pytest.mark.parametrize("verb", [verb for verb in COMMANDS if verb.alias], ids=lambda verb: verb.alias)
def test_the_man_page_has_every_alias(verb: Verb) -> None:
    """Each alias is described with the name of its command."""
    texts = {tag.split()[1]: text for depth, tag, text in items("COMMANDS") if depth == 1}
    assert f".Cm {verb.alias}\nis the same" in texts[verb.name]


def test_the_man_page_has_the_shared_options() -> None:
    """Shared options are described once; the page says which commands have those for credentials."""
    credentials, everywhere = shared()
    version = {"-V", "-v", "--version"}
    assert (
        set().union(*(described(tag) for _, tag, _ in items("OPTIONS"))) == credentials | everywhere | version
    )
    named = re.findall(r"^\.Pq Cm (.*) :$", MAN, re.MULTILINE)[0].replace(",", "").split()
    assert named == [verb.name for verb in COMMANDS if credentials <= flags(parser_of(verb))]


def test_the_man_page_has_every_variable() -> None:
    """All variables that can set settings, and all of ours and aws-vault's in the sources."""
    section = MAN.partition(".Sh ENVIRONMENT\n")[2].partition("\n.Sh ")[0]
    known = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", section))
    sources = "".join(path.read_text() for path in (TOP / "pass_aws").rglob("*.py"))
    ours = set(re.findall(r'"(PASS_AWS_[A-Z_]+)"', sources))
    wanted = {name for name in CONSULTED if not name.startswith("_")} | ours
    assert wanted <= known
    assert {name for name in known if name.startswith("PASS_AWS_")} == ours


def test_the_man_page_has_every_exit_status() -> None:
    """The exit statuses are those of the program."""
    codes = {value for name, value in vars(errors).items() if name.isupper() and isinstance(value, int)}
    assert {int(tag) for _, tag, _ in items("EXIT STATUS")} == codes


def test_the_man_page_is_well_formed() -> None:
    """mandoc has no warnings."""
    asked = ["mandoc", "-Tlint", "-Wwarning", str(TOP / "man" / "pass-aws.1")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


# README and help.


def test_the_readme_table_is_the_help_page() -> None:
    """The same commands in the same order with the same summaries."""
    section = README.partition("\n## Commands\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[a-z`, -]+`) \| (.*) \|$", section, re.MULTILINE)
    names = [f"`{verb.name}`, `{verb.alias}`" if verb.alias else f"`{verb.name}`" for verb in COMMANDS]
    assert rows == [(name, verb.summary) for name, verb in zip(names, COMMANDS, strict=True)]


def test_the_help_page_has_every_command() -> None:
    """One page has all commands, with the examples first."""
    done = run("help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 44
    rows = re.findall(r"^  ([a-z, -]+?)  +\S", done.stdout.partition(EXAMPLES)[2], re.MULTILINE)
    assert sorted(", ".join(rows).split(", ")) == sorted(VERBS)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_of_a_command_is_short(name: str) -> None:
    """A page has the usage in one line, examples, then options in groups.

    No line is too long for a terminal.
    """
    lines = run("help", name).stdout.splitlines()
    assert lines[0].startswith(f"usage: pass aws {name} ")
    assert "\n".join(lines[3:]).startswith(PAGES[name])
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 80


EXAMPLE = re.compile(r"^(?:\$ |    )?(?:.*\$\()?pass[ -]aws ([a-z].*)$", re.MULTILINE)


def typed(text: str) -> Iterator[list[str]]:
    """The words after `pass aws` or `pass-aws` in every example of a text."""
    for found in EXAMPLE.findall(text):
        yield shlex.split(re.split(r"\)\"|  +|\s#| \| ", found)[0])


@pytest.mark.parametrize("name", TEXTS)
def test_every_example_is_valid(name: str) -> None:
    """The command and the options of each example exist."""
    lines = list(typed(TEXTS[name]))
    assert lines
    for words in lines:
        ours = words[: words.index("--")] if "--" in words else words
        known = flags(parser_of(VERBS[ours[0]])) | {"--"}
        assert {word.partition("=")[0] for word in ours if word.startswith("-")} <= known, words


def test_the_prompts_are_those_of_init() -> None:
    """The README's lines for a prompt are what `init` prints."""
    section = README.partition("\n## In your shell\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (\w+) \|.*`([^`]+)` \|$", section, re.MULTILINE))
    for shell in ("bash", "zsh", "fish"):
        printed = run("init", shell).stdout
        assert rows[shell] in printed
        assert rows["direnv"] in printed


PASS_SAYS = "Error: aws is not in the password store."


def test_the_explained_messages_exist() -> None:
    """Each message that the README explains is printed by the program, or by pass."""
    section = README.partition("\n## Troubleshooting\n")[2].partition("\n## ")[0]
    sources = PASS_SAYS + "".join(path.read_text() for path in (TOP / "pass_aws").rglob("*.py"))
    quoted = re.findall(r"^\|[^|`]*`([^`]+)`", section.partition("|---|")[2], re.MULTILINE)
    assert len(quoted) > 1
    assert [text for text in quoted for part in text.split("…") if part not in sources] == []


def test_the_first_screen_of_the_readme() -> None:
    """What it is, a picture, the two commands for a new machine, and the everyday commands."""
    screen = "\n".join(README.splitlines()[:30])
    assert "](docs/demo.svg)\n" in screen
    assert "\n    make demo\n    sudo make install\n" in screen
    assert [words[0] for words in typed(screen)] == [words[0] for words in typed(EXAMPLES)]


def test_the_files_to_start_with_exist() -> None:
    """CONTRIBUTING names no file that has moved."""
    table = (TOP / "CONTRIBUTING.md").read_text().partition("## Where to start")[2].partition("\n## ")[0]
    places = re.findall(r"\| `([^`]+)` \|$", table, re.MULTILINE)
    assert len(places) >= 20
    assert [place for place in places if not (TOP / "pass_aws" / place).is_file()] == []
