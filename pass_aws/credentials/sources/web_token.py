"""The token of an identity provider, from a file or a program: read afresh each time, as it soon expires."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import programs
from pass_aws.text import answers
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def of_file(path: str, profile: str) -> str:
    """The token in the file that a profile names.

    Raises:
        UserError: the file cannot be read, is none, or holds no token.
    """
    what = f"web_identity_token_file {shown(path)} of profile {profile}"
    return _checked(contents(path, what, 2 * answers.TOKEN_SIZE.stop), what)


def contents(path: str, what: str, most: int) -> bytes:
    """The first bytes of a file; a FIFO or a device, which would let us wait for ever, is none.

    Args:
        path: where it is.
        what: how errors call it.
        most: how many bytes.

    Raises:
        UserError: it cannot be read, or is no file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "it is not a path"
        raise UserError(
            f"the {what} cannot be read: {reason}", hint="look whether whatever writes it is running"
        ) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise UserError(f"the {what} is not a file", hint="name the file that holds the token")
        return os.read(handle, most)
    finally:
        os.close(handle)


def of_process(command: str, env: Mapping[str, str], profile: str) -> str:
    """The token that the profile's `web_identity_token_process` prints.

    Raises:
        UserError: it fails, or prints no token.
    """
    what = f"web_identity_token_process of profile {profile}"
    return _checked(programs.shell(command, env, what, with_credentials=True), what)


def _checked(text: bytes, what: str) -> str:
    try:
        return answers.web_token(text)
    except ValueError as error:
        raise UserError(
            f"the {what} gives no token: {error}", hint="it must hold one JSON web token and nothing else"
        ) from None
