"""The sources of an import: files, the environment, other entries of the store, aws-vault."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.keys import import_formats
from pass_aws.system import programs
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pass_aws.context import Context
    from pass_aws.keys.import_formats import Found

LARGEST = 1 << 20
"""The maximum size of a file in bytes; no useful file is larger."""
KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token")
ENTRY = "entry "
"""The beginning of the origin of a key in an ordinary entry of the store."""
FORMATS = "run pass aws import -h to see the formats"
OUTSIDE = ("AWS_VAULT",)
"""aws-vault refuses to run if this variable is set."""


def of_credentials_file(names: Sequence[str], context: Context) -> list[Found]:
    """The keys in the AWS credentials file.

    Args:
        names: of the profiles; if empty, all that have a key.
        context: the doors.

    Raises:
        UserError: it cannot be read, or a named profile has no key there.
    """
    read, path = context.files.credentials(), context.files.credentials_path
    found = []
    for name in names or read.names:
        section = read.profile(name)
        values = {key: section.values[key].text for key in KEYS if key in section.values} if section else {}
        if values:
            found.append(import_formats.of_fields(values, name, path))
        elif names:
            raise UserError(
                f"{path} has no key for profile {shown(name)}",
                hint="run pass aws import --dry-run to see its keys",
            )
    return found


def of_csv(path: str, name: str) -> list[Found]:
    """The keys in a CSV file from the console.

    Raises:
        UserError: it cannot be read, or has another format.
    """
    return _parsed(path, lambda text: import_formats.of_csv(text, name, path))


def of_json(path: str, name: str) -> list[Found]:
    """The key in a JSON file, or, for `-`, on standard input.

    Raises:
        UserError: it cannot be read, or has another format.
    """
    return _parsed(path, lambda text: [import_formats.of_json(text, name, path)])


def _parsed(path: str, parser: Callable[[str], list[Found]]) -> list[Found]:
    try:
        return parser(_text(path))
    except ValueError as error:
        where, hint = (path, f"check the file {quote(path)}") if path != "-" else ("standard input", FORMATS)
        raise UserError(f"{where} has no access key: {error}", hint=hint) from None


def _text(path: str) -> str:
    try:
        if path == "-":
            return sys.stdin.buffer.read(LARGEST).decode("utf-8", "replace")
        with open(path, "rb") as file:
            return file.read(LARGEST).decode("utf-8", "replace")
    except OSError as error:
        raise UserError(
            f"cannot read {path}: {error.strerror}", hint=f"check it with ls -ld {quote(path)}"
        ) from None


def of_environment(name: str, context: Context) -> list[Found]:
    """The key in the caller's environment."""
    values = {key: context.parent.get(key.upper(), "") for key in KEYS}
    return [import_formats.of_fields(values, name, "the environment")]


def of_entries(labels: Sequence[str], name: str, context: Context) -> list[Found]:
    """The keys in ordinary entries anywhere in the store.

    Args:
        labels: the entries' names in pass.
        name: of the profile; if empty, the last part of each label.
        context: the doors.

    Raises:
        UserError: an entry does not exist, or cannot be read.
    """
    found = []
    for label in labels:
        if not context.store.path_exists(label):
            raise UserError(
                f"there is no entry {shown(label)} in the store", hint="run pass ls to see all entries"
            )
        text = context.store.read_path(label).decode("utf-8", "replace")
        found.append(import_formats.of_entry(text, name or label.rpartition("/")[2], f"{ENTRY}{label}"))
    return found


def of_aws_vault(backend: str, names: Sequence[str], context: Context) -> list[Found]:
    """The keys in another backend of aws-vault, read with its `export` command.

    It runs without the config file: settings in `[default]` would change what it exports.

    Raises:
        UserError: aws-vault fails, or has no keys.
    """
    if not programs.exists("aws-vault", context.parent):
        raise UserError(
            "there is no program aws-vault on PATH", hint="install it: its own export reads its backends"
        )
    env = {name: value for name, value in context.parent.items() if name not in OUTSIDE}
    env["AWS_CONFIG_FILE"] = os.devnull
    command = ["aws-vault", f"--backend={backend}"]
    found = []
    for name in names or _ran([*command, "list", "--credentials"], env, context).splitlines():
        text = _ran([*command, "export", "--no-session", "--format=json", name], env, context)
        try:
            found.append(import_formats.of_json(text, name, f"aws-vault {backend}"))
        except ValueError as error:
            raise UserError(
                f"aws-vault export {shown(name)} did not print a key: {error}",
                hint=f"update aws-vault, or type the key: pass aws add {quote(name)}",
            ) from None
    return found


def _ran(argv: Sequence[str], env: dict[str, str], context: Context) -> str:
    """Runs aws-vault, which may ask for the passphrase of its backend; returns its output."""
    with context.tty.lent() as terminal:
        done = programs.run(argv, env, stdin=terminal)
    if done.code:
        raise UserError(
            f"aws-vault ended with status {done.code}",
            hint=f"run it yourself to see why: {' '.join(map(quote, argv[:3]))}",
        )
    return done.out.decode("utf-8", "replace")
