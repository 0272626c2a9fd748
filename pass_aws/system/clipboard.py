"""The clipboard, by pass's rules: after a while it is cleared, and what was there before is put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import programs

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 45
"""As long as pass keeps it, unless PASSWORD_STORE_CLIP_TIME says otherwise."""
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
"""bash, as pass itself uses it: the secret comes on standard input and stands in no argument list.

Source: password-store.sh, clip()
"""


def copy(secret: str, env: Mapping[str, str]) -> int:
    """Copies a secret; after some seconds what was there before is put back.

    Args:
        secret: what to copy.
        env: says which display, selection and time.

    Returns:
        For how many seconds it stays.

    Raises:
        UserError: there is no display, or no program for its clipboard.
    """
    given = env.get("PASSWORD_STORE_CLIP_TIME", "")
    seconds = int(given) if given.isascii() and given.isdigit() else SECONDS
    command = ["bash", "-c", SCRIPT, "clip", str(seconds), *_command(env)]
    with programs.handed(secret.encode()) as stdin:
        done = programs.run(command, env, stdin=stdin)
    if done.code:
        raise UserError("the clipboard cannot be written", hint="see that xclip or wl-clipboard is installed")
    return seconds


def _command(env: Mapping[str, str]) -> list[str]:
    selection = env.get("PASSWORD_STORE_X_SELECTION") or "clipboard"
    if env.get("WAYLAND_DISPLAY"):
        return ["wl-copy", *(["--primary"] if selection == "primary" else [])]
    if env.get("DISPLAY"):
        return ["xclip", "-selection", selection]
    raise UserError("there is no display, so no clipboard", hint="use --reveal, in private")
