"""A seed as a QR code for a second device, drawn by the program qrencode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import programs

if TYPE_CHECKING:
    from collections.abc import Mapping


def drawn(otpauth: str, env: Mapping[str, str]) -> str:
    """The lines that a terminal shows as a QR code; the seed is on no disk and in no argument list.

    Raises:
        UserError: qrencode is not installed, or fails.
    """
    try:
        with programs.handed(otpauth.encode()) as stdin:
            done = programs.run(["qrencode", "-t", "UTF8", "-o", "-"], env, stdin=stdin)
    except UserError as error:
        error.hint = "install qrencode, or read the otpauth line with pass show"
        raise
    if done.code:
        raise UserError(f"qrencode ended with status {done.code}", hint="read the line with pass show")
    return done.out.decode("utf-8", "replace")
