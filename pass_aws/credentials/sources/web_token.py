"""The token of an identity provider, from a file or a program; read each time, since it expires soon."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import profile_commands
from pass_aws.text import answers
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def of_file(path: str, profile: str) -> str:
    """The token in the file that a profile names.

    Raises:
        UserError: it is not a readable file, or does not contain a token.
    """
    what = f"web_identity_token_file {shown(path)} of profile {profile}"
    return _checked(contents(path, what, 2 * answers.TOKEN_SIZE.stop), what)


def contents(path: str, what: str, most: int) -> bytes:
    """The first bytes of a regular file; a FIFO or a device could block us forever.

    Args:
        path: of the file.
        what: its name in errors.
        most: the maximum number of bytes.

    Raises:
        UserError: it cannot be read, or is not a regular file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "it is not a path"
        raise UserError(
            f"the {what} cannot be read: {reason}", hint="check that the program that writes it is running"
        ) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UserError(f"the {what} is not a file", hint="set it to the file that contains the token")
        return os.read(handle, most)
    finally:
        os.close(handle)


def of_process(command: str, env: Mapping[str, str], profile: str) -> str:
    """The token from the profile's `web_identity_token_process`.

    Raises:
        UserError: it fails, or prints no token.
    """
    what = f"web_identity_token_process of profile {profile}"
    return _checked(profile_commands.shell(command, env, what, with_credentials=True), what)


def _checked(text: bytes, what: str) -> str:
    try:
        return answers.web_token(text)
    except ValueError as error:
        raise UserError(
            f"the {what} gives no token: {error}",
            hint="it must contain one JSON web token and nothing else",
        ) from None
