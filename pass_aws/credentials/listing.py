"""Lists profiles, stored keys and live sessions, without gpg or network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.store import entry_names

if TYPE_CHECKING:
    from pass_aws.cache.index import Live
    from pass_aws.context import Context


class Row(NamedTuple):
    """A profile: whether the config file has it, whether the store has its key, and its live sessions."""

    profile: str
    in_config: bool
    stored: bool
    sessions: tuple[Live, ...]


def keys(context: Context) -> list[str]:
    """The names of stored keys, without sessions and tokens that aws-vault has left."""
    return [name for name in context.store.names() if entry_names.is_key(name)]


def left_by_aws_vault(context: Context) -> list[str]:
    """The names of the sessions and tokens that aws-vault left in the store."""
    return [name for name in context.store.names() if not entry_names.is_key(name)]


def profiles(context: Context) -> list[str]:
    """All profiles: those in the config file in its order, then keys without a section."""
    config = [*context.files.config().names, *context.files.credentials().names]
    return list(dict.fromkeys([*config, *keys(context)]))


def rows(context: Context) -> list[Row]:
    """The rows of the list, in the order of `profiles`; names that only have sessions come last."""
    config = dict.fromkeys([*context.files.config().names, *context.files.credentials().names])
    stored = dict.fromkeys(keys(context))
    live: dict[str, list[Live]] = {}
    for one in context.tickets.live():
        live.setdefault(one.profile, []).append(one)
    names = config | stored | dict.fromkeys(sorted(live))
    return [Row(name, name in config, name in stored, tuple(live.get(name, ()))) for name in names]
