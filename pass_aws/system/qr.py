"""QR codes on the terminal, drawn by the program qrencode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import programs

if TYPE_CHECKING:
    from collections.abc import Mapping


def drawn(text: str, env: Mapping[str, str], *, instead: str) -> str:
    """The lines of a QR code; the text is not written to disk or passed as an argument.

    Args:
        text: the content of the code.
        env: qrencode's environment.
        instead: the alternative to the QR code, for hints.

    Raises:
        UserError: qrencode is not installed, or fails.
    """
    try:
        with programs.handed(text.encode()) as stdin:
            done = programs.run(["qrencode", "-t", "UTF8", "-o", "-"], env, stdin=stdin)
    except UserError as error:
        raise error.with_hint(f"install qrencode, or {instead}") from None
    if done.code:
        raise UserError(f"qrencode ended with status {done.code}", hint=instead)
    return done.out.decode("utf-8", "replace")
