"""The user's cache and state directories; a relative XDG variable is ignored, as the standard says."""

from __future__ import annotations

from pass_aws.errors import UserError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


FROM_THE_SYSTEM = """run export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)\""""


def cache_folder(env: Mapping[str, str]) -> str:
    """The directory of sessions and tickets, which may be deleted at any time."""
    return _private(env, "XDG_CACHE_HOME", ".cache")


def state_folder(env: Mapping[str, str]) -> str:
    """The directory of the seal and the locks."""
    return _private(env, "XDG_STATE_HOME", ".local/state")


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


def base(env: Mapping[str, str], variable: str, default: str) -> str:
    """A base directory of this user: what an XDG variable says, else `default` below HOME."""
    found = env.get(variable, "")
    return found if found.startswith("/") else f"{env.get('HOME', '')}/{default}"


def _private(env: Mapping[str, str], variable: str, default: str) -> str:
    if not env.get(variable, "").startswith("/"):
        home(env)
    return f"{base(env, variable, default)}/pass-aws"
