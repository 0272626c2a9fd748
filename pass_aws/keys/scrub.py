"""Removing the plain text of keys that are safe in the store; all else in its source is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.config import editing, writing
from pass_aws.errors import UserError
from pass_aws.keys import import_formats
from pass_aws.keys.import_sources import ENTRY, KEYS
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pass_aws.context import Context
    from pass_aws.keys.import_formats import Found


def credentials_file(found: Sequence[Found], context: Context) -> None:
    """Removes the keys' lines from the AWS credentials file.

    Raises:
        UserError: it cannot be written, or not without changing something else; nothing was changed.
    """

    def without(text: str) -> str:
        for one in found:
            text = editing.without(text, one.name, KEYS, credentials=True)
        return text

    _change(context.files.credentials_path, without, found, context)


def csv_file(path: str, found: Sequence[Found], context: Context) -> None:
    """Removes the keys' rows from a CSV file; raises as above."""
    secrets = [one.secret for one in found]
    _change(path, lambda text: import_formats.csv_without(text, secrets), found, context)


def json_file(path: str, found: Sequence[Found], context: Context) -> None:
    """Empties the secret in a JSON file; raises as above."""

    def without(text: str) -> str:
        try:
            return import_formats.json_without(text, [one.secret for one in found])
        except ValueError as error:
            raise UserError(f"{path} was not changed: {error}", hint=f"look at {quote(path)}") from None

    _change(path, without, found, context)


def _change(path: str, without: Callable[[str], str], found: Sequence[Found], context: Context) -> None:
    writing.change(path, without, context.env, context.warn)
    context.tell(f"removed {len(found)} key{'s' * (len(found) != 1)} from {path}")


def entries(found: Sequence[Found], context: Context) -> None:
    """Removes plain entries of pass, in one commit; those that hold something else, too, stay.

    Raises:
        UserError: one of them stays, or they cannot be removed.
    """
    store = context.store.whole()
    labels = {one.origin.removeprefix(ENTRY): one for one in found}
    texts = {label: store.read(label).decode("utf-8", "replace") for label in labels}
    gone = [label for label, one in labels.items() if import_formats.key_alone(texts[label], one)]
    if gone:
        store.remove(gone, f"Remove {', '.join(gone)} from store.")
        context.tell(f"removed the entr{'ies' if len(gone) > 1 else 'y'} {', '.join(gone)}")
    if kept := [label for label in labels if label not in gone]:
        raise UserError(
            f"the entry {kept[0]} has more in it than the key, so it was left",
            hint=f"remove the lines of the key by hand: pass edit {quote(kept[0])}",
        )
