"""Removes the plain text of stored keys from their source, and keeps everything else in it."""

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
        UserError: it cannot be written, or not without other changes; nothing was changed.
    """

    def without(text: str) -> str:
        for one in found:
            text = editing.without(text, one.name, KEYS, credentials=True)
        return text

    _change(context.files.credentials_path, without, found, context)


def csv_file(path: str, found: Sequence[Found], context: Context) -> None:
    """Removes the keys' rows from a CSV file; raises as `credentials_file`."""
    secrets = [one.secret for one in found]
    _change(path, lambda text: import_formats.csv_without(text, secrets), found, context)


def json_file(path: str, found: Sequence[Found], context: Context) -> None:
    """Empties the secret in a JSON file; raises as `credentials_file`."""

    def without(text: str) -> str:
        try:
            return import_formats.json_without(text, [one.secret for one in found])
        except ValueError as error:
            raise UserError(
                f"{path} was not changed: {error}", hint=f"check the file {quote(path)}"
            ) from None

    _change(path, without, found, context)


def _change(path: str, without: Callable[[str], str], found: Sequence[Found], context: Context) -> None:
    writing.change(path, without, context.env, context.warn)
    context.tell(f"removed {len(found)} key{'s' * (len(found) != 1)} from {path}")


def finish(labels: Sequence[str], name: str, context: Context) -> list[str]:
    """Commits the removal of plain entries that a run was killed in, where their key is stored.

    Args:
        labels: the entries, as pass calls them.
        name: of the profile; if empty, the last part of each label.
        context: the outside.

    Returns:
        The entries that are still there.
    """
    store = context.store.whole()
    gone = [
        label
        for label in labels
        if store.removed_in_part(label) and context.store.exists(name or label.rpartition("/")[2])
    ]
    if gone:
        _remove(gone, context)
    return [label for label in labels if label not in gone]


def _remove(labels: Sequence[str], context: Context) -> None:
    context.store.whole().remove(labels, f"Remove {', '.join(labels)} from store.")
    context.tell(f"removed the entr{'ies' if len(labels) > 1 else 'y'} {', '.join(labels)}")


def entries(found: Sequence[Found], context: Context) -> None:
    """Removes ordinary entries in one commit; keeps entries with other content.

    Raises:
        UserError: an entry was kept, or they cannot be removed.
    """
    store = context.store.whole()
    labels = {one.origin.removeprefix(ENTRY): one for one in found}
    texts = {label: store.read(label).decode("utf-8", "replace") for label in labels}
    gone = [label for label, one in labels.items() if import_formats.key_alone(texts[label], one)]
    if gone:
        _remove(gone, context)
    if kept := [label for label in labels if label not in gone]:
        raise UserError(
            f"kept the entry {kept[0]}, because it contains more than the key",
            hint=f"remove the lines of the key yourself: pass edit {quote(kept[0])}",
        )
