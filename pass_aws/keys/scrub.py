"""Removing the plain text of keys that are safe in the store; every other byte of its file is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.config import editing, writing
from pass_aws.keys import import_formats
from pass_aws.keys.import_sources import KEYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.context import Context
    from pass_aws.keys.import_formats import Found


def scrub(found: Sequence[Found], csv: str, context: Context) -> None:
    """Removes keys from the CSV file, or, if that is empty, from the credentials file.

    Raises:
        UserError: it cannot be written, or not without changing something else; nothing was changed.
    """
    path = csv or context.files.credentials_path

    def without(text: str) -> str:
        if csv:
            return import_formats.csv_without(text, [one.secret for one in found])
        for one in found:
            text = editing.without(text, one.name, KEYS, credentials=True)
        return text

    writing.change(path, without, context.env, context.warn)
    context.tell(f"removed {len(found)} key{'s' * (len(found) != 1)} from {path}")
