"""The user's cache and state directories; a relative XDG variable is ignored, as the standard says."""

from __future__ import annotations

from pass_aws.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


FROM_THE_SYSTEM = """run export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)\""""


def cache_folder(env: Mapping[str, str]) -> str:
    """The directory of sessions and tickets, which may be deleted at any time."""
    return _xdg(env, "XDG_CACHE_HOME", ".cache")


def state_folder(env: Mapping[str, str]) -> str:
    """The directory of the seal and the locks."""
    return _xdg(env, "XDG_STATE_HOME", ".local/state")


def home(env: Mapping[str, str]) -> str:
    """The user's home directory.

    Raises:
        UserError: HOME is not set; private files would go to the current directory, or to `/`.
    """
    found = env.get("HOME", "")
    if not found.startswith("/"):
        raise UserError(
            f"HOME is not an absolute path: {found}" if found else "HOME is not set",
            hint=FROM_THE_SYSTEM,
        )
    return found


def _xdg(env: Mapping[str, str], name: str, default: str) -> str:
    found = env.get(name, "")
    return f"{found if found.startswith('/') else f'{home(env)}/{default}'}/pass-aws"
