"""The AWS CLI's caches of sign-ins: plain text, read and removed only on request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.sso import aws_cli_formats
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LARGEST = 1 << 20
"""The maximum size of a file in bytes."""


def sso_folder(env: Mapping[str, str]) -> str:
    """The directory of the tokens of `aws sso login`."""
    return f"{env.get('HOME', '')}/.aws/sso/cache"


def login_folder(env: Mapping[str, str]) -> str:
    """The directory of the sign-ins of `aws login`."""
    return env.get("AWS_LOGIN_CACHE_DIRECTORY") or f"{env.get('HOME', '')}/.aws/login/cache"


def read(folder: str, names: Sequence[str], what: str) -> tuple[str, bytes]:
    """Path and content of the first of these files that exists.

    Raises:
        UserError: none exists, or it cannot be read.
    """
    for name in names:
        path = f"{folder}/{name}"
        try:
            return path, _content(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UserError(
                f"cannot read {printable(path)}: {error.strerror}", hint="check the file's permissions"
            ) from None
    raise UserError(
        f"the AWS CLI has no sign-in for {what} in {printable(folder)}",
        hint="to sign in instead, omit --import",
    )


def with_registration(path: str, client_id: str) -> list[str]:
    """A token's file, and the files in its directory with the client registration."""
    folder = os.path.dirname(path)
    found = [path]
    for name in sorted(os.listdir(folder)):
        other = f"{folder}/{name}"
        if (
            name.endswith(".json")
            and other != path
            and aws_cli_formats.is_registration(_bytes(other), client_id)
        ):
            found.append(other)
    return found


def _bytes(path: str) -> bytes:
    try:
        return _content(path)
    except OSError:
        return b""


def _content(path: str) -> bytes:
    """What a file contains; nothing if it is a FIFO, which must not block."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        return file.read(LARGEST) or b""


def remove(paths: Sequence[str]) -> None:
    """Removes files.

    Raises:
        UserError: one cannot be removed.
    """
    for path in paths:
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UserError(
                f"cannot remove {printable(path)}: {error.strerror}", hint="remove it yourself"
            ) from None
