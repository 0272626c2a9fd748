"""Finds the password store: from pass's variables, aws-vault's and ours."""

from __future__ import annotations

import os

from pass_aws.errors import UserError
from pass_aws.gpg import SUFFIX
from pass_aws.store import walk
from pass_aws.store.entry_names import clean
from pass_aws.system.user_dirs import home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OTHER_BACKEND = "belongs to another backend of aws-vault: pass aws always uses the password store"
_FALSE = frozenset({"", "0", "f", "F", "false", "FALSE", "False"})
"""Values of a variable that Go parses as false."""
_IGNORED = (
    ("AWS_VAULT_BACKEND", frozenset({"", "pass"}), OTHER_BACKEND),
    ("AWS_VAULT_PASS_CMD", frozenset({"", "pass"}), "is ignored: gpg reads the store, not pass"),
    ("AWS_VAULT_PROFILE_ENV", _FALSE, "is ignored: commands get credentials, not a profile name"),
)
"""Variables that change what aws-vault does with its pass backend, and the values that change nothing."""


def root(env: Mapping[str, str]) -> str:
    """The directory of the store: aws-vault's variable overrides pass's; only in aws-vault's `~/` means HOME.

    Raises:
        UserError: it is in the home directory, but HOME is not set.
    """
    theirs = env.get("AWS_VAULT_PASS_PASSWORD_STORE_DIR", "")
    if theirs.startswith("~/"):
        theirs = home(env) + theirs[1:]
    named = theirs or env.get("PASSWORD_STORE_DIR")
    found = named or f"{home(env)}/.password-store"
    return found if found.startswith("/") else f"{os.path.abspath('.')}/{found}"


def prefix(env: Mapping[str, str]) -> str:
    """The directory of our entries; set but empty means the store's root, as in aws-vault.

    Raises:
        UserError: it is outside the store.
    """
    found = env.get("PASS_AWS_PREFIX", env.get("AWS_VAULT_PASS_PREFIX", "aws-vault"))
    if ".." in found.split("/"):
        raise UserError(
            f"the prefix {found} is outside the store", hint="set PASS_AWS_PREFIX to a directory in the store"
        )
    return clean(found)


def ignored(env: Mapping[str, str]) -> list[str]:
    """A warning for each variable of aws-vault that is set and has no effect here."""
    return [f"{name}={env[name]} {why}" for name, same, why in _IGNORED if env.get(name, "") not in same]


def names(root: str, prefix: str, warn: Callable[[str], None], start: str = "") -> list[str]:
    """The sorted names of entries below the prefix that have a common start; does not need gpg."""
    return sorted(walk.names(f"{root}/{prefix}", SUFFIX, warn, start=start))
