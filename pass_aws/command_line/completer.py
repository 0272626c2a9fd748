"""The door to argcomplete: the words that an argparse parser accepts next.

Import it before argparse. argparse and argcomplete import three modules only to translate messages, list
files and annotate types, which is a third of the cost of a TAB: while they load, empty modules replace these.
"""

from __future__ import annotations

import sys
from types import ModuleType


class _Empty(ModuleType):
    """A module that has any attribute; those that name types can be subscripted."""

    gettext = str
    TYPE_CHECKING = False

    @staticmethod
    def ngettext(one: str, *_: object) -> str:
        """Returns the text untranslated."""
        return one

    @staticmethod
    def cast(_: object, value: object) -> object:
        """Returns the value, as the real function does."""
        return value

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict


_SPARED = [name for name in ("gettext", "subprocess", "typing") if name not in sys.modules]
for _name in _SPARED:
    sys.modules[_name] = _Empty(_name)

from argcomplete.finders import CompletionFinder  # noqa: E402 - see above

for _name in _SPARED:
    del sys.modules[_name]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence


class Completer(CompletionFinder):
    """Completes the words of one parser.

    Args:
        parser: defines the options and arguments.
        values: called with `prefix`, `action`, `parser` and `parsed_args` for an argument without `choices`;
            returns its values with descriptions.
            exact: whether candidates must start with the word; otherwise, if none does, those that contain it
            are offered, for shells with their own matching rules.
    """

    def __init__(
        self, parser: argparse.ArgumentParser, values: Callable[..., Mapping[str, str]], *, exact: bool
    ) -> None:
        super().__init__(
            parser,
            always_complete_options=False,
            validator=_starts if exact else _holds,
            default_completer=values,  # type: ignore[arg-type]  # any callable works
        )
        self._current = ""
        self._of_choices = {action.help for action in parser._actions if action.choices}  # noqa: SLF001 - there is no public way

    def completions(self, words: Sequence[str], current: str) -> dict[str, str]:
        """The candidates with their descriptions.

        Args:
            words: the finished words after the program's name.
            current: the unfinished word.
        """
        self._current = current
        option, equals, _ = current.partition("=")
        begun = [*words, option] if equals and current.startswith("-") else words
        found = self._get_completions(["pass-aws", *begun], current, "", None)  # type: ignore[no-untyped-call]
        return {name: self._description(name) for name in found}

    def _description(self, name: str) -> str:
        """The description; empty for a choice, since argcomplete gives it the help of the whole argument."""
        text = self._display_completions.get(name) or ""
        return "" if text in self._of_choices else text

    def filter_completions(self, completions: list[str]) -> list[str]:
        """Each candidate once, in linear time; if any starts with the word, only those that do."""
        unique = list(dict.fromkeys(completions))
        return [name for name in unique if name.startswith(self._current)] or unique

    def quote_completions(self, completions: list[str], *_: object) -> list[str]:
        """Leaves the candidates unquoted: each shell has its own quoting."""
        return completions


def _starts(name: str, current: str) -> bool:
    return name.startswith(current)


def _holds(name: str, current: str) -> bool:
    return current.casefold() in name.casefold()
