"""Refuses options that do not fit the action or each other; none is ignored."""

from __future__ import annotations

from pass_aws.errors import USAGE, UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping


def for_action(args: argparse.Namespace, verb: str, options: Mapping[str, Iterable[str]]) -> None:
    """Refuses options of other actions.

    Args:
        args: the arguments, with `action`.
        verb: the command.
        options: of each action, those that not all actions have; as attributes of `args`.

    Raises:
        UserError: wrong usage.
    """
    names = {name for group in options.values() for name in group}
    for name in sorted(names.difference(options[args.action])):
        if getattr(args, name):
            raise _usage(f"{_option(name)} is not for {verb} {args.action}", verb)


def with_import(args: argparse.Namespace, verb: str, ways: Iterable[str]) -> None:
    """Refuses `--scrub` without `--import`, and `--import` with an option that selects how to sign in.

    Args:
        args: the arguments, with `import_` and `scrub`.
        verb: the command.
        ways: these options, as attributes of `args`.

    Raises:
        UserError: wrong usage.
    """
    if args.scrub and not args.import_:
        raise _usage("--scrub needs --import", verb)
    for name in ways:
        if args.import_ and getattr(args, name):
            raise _usage(f"{_option(name)} cannot be combined with --import", verb)


def _option(name: str) -> str:
    return f"--{name.rstrip('_').replace('_', '-')}"


def _usage(message: str, verb: str) -> UserError:
    return UserError(message, hint=f"run pass aws {verb} -h", code=USAGE)
