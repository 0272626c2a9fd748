"""The door to argcomplete: what an argparse parser would take next.

Import it before argparse. That and argcomplete import three modules only to translate messages, list files
and note types, a third of what a TAB costs: while they load, something empty stands in their place.
"""

from __future__ import annotations

import sys
from types import ModuleType


class _Empty(ModuleType):
    """Has every name that is wanted of it; those of types can be subscripted."""

    gettext = str
    TYPE_CHECKING = False

    @staticmethod
    def ngettext(one: str, *_: object) -> str:
        """Does not translate."""
        return one

    @staticmethod
    def cast(_: object, value: object) -> object:
        """Does nothing, as the real one."""
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
        parser: says which options and arguments there are.
        values: called with `prefix`, `action`, `parser` and `parsed_args` for an argument without `choices`;
            returns its values, with what each is.
        exact: whether only what starts with the word will do; else what has it inside is taken where nothing
            does, for shells that match by rules of their own.
    """

    def __init__(
        self, parser: argparse.ArgumentParser, values: Callable[..., Mapping[str, str]], *, exact: bool
    ) -> None:
        super().__init__(
            parser,
            always_complete_options=False,
            validator=_starts if exact else _holds,
            default_completer=values,  # type: ignore[arg-type]  # any callable will do
        )
        self._current = ""
        self._of_choices = {action.help for action in parser._actions if action.choices}  # noqa: SLF001 - nothing public tells

    def completions(self, words: Sequence[str], current: str) -> dict[str, str]:
        """What can stand there, with what each is.

        Args:
            words: the finished words behind the program's name.
            current: the unfinished one.
        """
        self._current = current
        option, equals, _ = current.partition("=")
        begun = [*words, option] if equals and current.startswith("-") else words
        found = self._get_completions(["pass-aws", *begun], current, "", None)  # type: ignore[no-untyped-call]
        return {name: self._description(name) for name in found}

    def _description(self, name: str) -> str:
        """What it is; of a choice argcomplete says what the whole argument is."""
        text = self._display_completions.get(name) or ""
        return "" if text in self._of_choices else text

    def filter_completions(self, completions: list[str]) -> list[str]:
        """Each once, in linear time; where any starts with the word, only those."""
        unique = list(dict.fromkeys(completions))
        return [name for name in unique if name.startswith(self._current)] or unique

    def quote_completions(self, completions: list[str], *_: object) -> list[str]:
        """As they are: each shell has its own quoting."""
        return completions


def _starts(name: str, current: str) -> bool:
    return name.startswith(current)


def _holds(name: str, current: str) -> bool:
    return current.casefold() in name.casefold()
