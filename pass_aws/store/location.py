"""Where the password store is: pass's variables, aws-vault's and ours."""

from __future__ import annotations

import os

from pass_aws.errors import UserError
from pass_aws.store import walk
from pass_aws.store.entry_names import SUFFIX, clean
from pass_aws.system.user_dirs import home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OTHER_BACKEND = "belongs to another backend of aws-vault: pass aws always uses the password store"
_FALSE = frozenset({"", "0", "f", "F", "false", "FALSE", "False"})
"""What Go takes for false in a variable."""
_IGNORED = (
    ("AWS_VAULT_BACKEND", frozenset({"", "pass"}), OTHER_BACKEND),
    ("AWS_VAULT_PASS_CMD", frozenset({"", "pass"}), "is ignored: the store is read with gpg, without pass"),
    ("AWS_VAULT_PROFILE_ENV", _FALSE, "is ignored: profiles are never handed on by name"),
)
"""Variables that change what aws-vault does with its pass backend, and the values that ask for nothing."""


def root(env: Mapping[str, str]) -> str:
    """Where the store is: aws-vault's variable beats pass's; only in aws-vault's does `~/` stand for HOME.

    Raises:
        UserError: it is in the home directory, and HOME does not say where that is.
    """
    theirs = env.get("AWS_VAULT_PASS_PASSWORD_STORE_DIR", "")
    if theirs.startswith("~/"):
        theirs = home(env) + theirs[1:]
    named = theirs or env.get("PASSWORD_STORE_DIR")
    found = named or f"{home(env)}/.password-store"
    return found if found.startswith("/") else f"{os.path.abspath('.')}/{found}"


def prefix(env: Mapping[str, str]) -> str:
    """The folder of our entries; set but empty means the store's root, as in aws-vault.

    Raises:
        UserError: it would leave the store.
    """
    found = env.get("PASS_AWS_PREFIX", env.get("AWS_VAULT_PASS_PREFIX", "aws-vault"))
    if ".." in found.split("/"):
        raise UserError(
            f"the prefix {found} leaves the store", hint="set PASS_AWS_PREFIX to a folder in the store"
        )
    return clean(found)


def ignored(env: Mapping[str, str]) -> list[str]:
    """One line for each variable of aws-vault that is set and cannot be followed here."""
    return [f"{name}={env[name]} {why}" for name, same, why in _IGNORED if env.get(name, "") not in same]


def names(root: str, prefix: str, warn: Callable[[str], None], start: str = "") -> list[str]:
    """The names of all entries below the prefix that start so, sorted; needs no gpg."""
    return sorted(walk.names(f"{root}/{prefix}", SUFFIX, warn, start=start))
