"""The clipboard, by pass's rules: after some seconds it is cleared and its old content restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import programs

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 45
"""pass's default in seconds, unless PASSWORD_STORE_CLIP_TIME sets another."""
SCRIPT = """
time=$1; shift
copy=("$@")
case $1 in wl-copy) paste=(wl-paste -n "${@:2}") ;; *) paste=(xclip -o "${@:2}") ;; esac
secret=$(cat; printf x); secret=${secret%x}
before=$("${paste[@]}" 2>/dev/null | base64)
printf %s "$secret" | "${copy[@]}" >/dev/null 2>&1 || exit 1
(
    sleep "$time"
    now=$("${paste[@]}" 2>/dev/null | base64)
    [[ $now == "$(printf %s "$secret" | base64)" ]] || before=$now
    printf %s "$before" | base64 -d | "${copy[@]}"
) </dev/null >/dev/null 2>&1 & disown
"""
"""bash, as pass itself uses it: it gets the secret on standard input, so it is in no argument list.

Source: password-store.sh, clip()
"""


def copy(secret: str, env: Mapping[str, str]) -> int:
    """Copies a secret; after some seconds the old content is restored.

    Args:
        secret: what to copy.
        env: sets the display, selection and time.

    Returns:
        The seconds until the clipboard is cleared.

    Raises:
        UserError: there is no display, or no program for its clipboard.
    """
    given = env.get("PASSWORD_STORE_CLIP_TIME", "")
    seconds = int(given) if given.isascii() and given.isdigit() else SECONDS
    command = ["bash", "-c", SCRIPT, "clip", str(seconds), *_command(env)]
    with programs.handed(secret.encode()) as stdin:
        done = programs.run(command, env, stdin=stdin)
    if done.code:
        raise UserError("cannot write to the clipboard", hint="check that xclip or wl-clipboard works")
    return seconds


def _command(env: Mapping[str, str]) -> list[str]:
    selection = env.get("PASSWORD_STORE_X_SELECTION") or "clipboard"
    if env.get("WAYLAND_DISPLAY"):
        return ["wl-copy", *(["--primary"] if selection == "primary" else [])]
    if env.get("DISPLAY"):
        return ["xclip", "-selection", selection]
    raise UserError(
        "there is no clipboard without a display", hint="use --reveal when nobody can see your screen"
    )
