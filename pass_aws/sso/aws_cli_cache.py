"""The AWS CLI's caches of sign-ins: plain text, read and removed when somebody asks for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.sso import imported
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LARGEST = 1 << 20
"""Bytes of a file that are read."""


def sso_folder(env: Mapping[str, str]) -> str:
    """Where `aws sso login` keeps tokens."""
    return f"{env.get('HOME', '')}/.aws/sso/cache"


def login_folder(env: Mapping[str, str]) -> str:
    """Where `aws login` keeps its."""
    return env.get("AWS_LOGIN_CACHE_DIRECTORY") or f"{env.get('HOME', '')}/.aws/login/cache"


def read(folder: str, names: Sequence[str], what: str) -> tuple[str, bytes]:
    """Path and content of the first of these files that is there.

    Raises:
        UserError: none is there, or it cannot be read.
    """
    for name in names:
        path = f"{folder}/{name}"
        try:
            with open(path, "rb") as file:
                return path, file.read(LARGEST)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UserError(
                f"cannot read {printable(path)}: {error.strerror}", hint="look at the file"
            ) from None
    raise UserError(f"the AWS CLI has no sign-in of {what} in {printable(folder)}", hint="leave --import out")


def with_registration(path: str, client_id: str) -> list[str]:
    """A token's file, and those beside it that hold the registration it came by."""
    folder = os.path.dirname(path)
    found = [path]
    for name in sorted(os.listdir(folder)):
        other = f"{folder}/{name}"
        if name.endswith(".json") and other != path and imported.is_registration(_bytes(other), client_id):
            found.append(other)
    return found


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST)
    except OSError:
        return b""


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
            raise UserError(f"cannot remove {printable(path)}: {error.strerror}", hint="remove it") from None
