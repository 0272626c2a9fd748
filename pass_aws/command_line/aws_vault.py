"""aws-vault's commands, flags and variables that we do not have: a replacement, or a one-line refusal.

Source: aws-vault's own `--help` and its sources; the commands, flags and variables of version 7.13.
"""

from __future__ import annotations

from typing import NamedTuple

from pass_aws.store.location import OTHER_BACKEND


class Word(NamedTuple):
    """A flag or command of aws-vault that does not exist here under that name.

    Args:
        takes_value: whether the flag takes a value.
        refusal: why it does not work here.
        hint: what to use instead.
    """

    takes_value: bool
    refusal: str
    hint: str = ""


_SERVER = "is not a command here: exec --server needs neither a proxy nor root"
_SERVE = "run pass aws exec --server PROFILE, or pass aws serve PROFILE"
_PROCESS = (
    "for SDKs that refresh, put `credential_process = pass-aws credential-process NAME` into the profile"
)
_SSO = "belongs to aws-vault's own SSO sign-in"
_SSO_HINT = "run pass aws sso login"
_CACHE = "is not supported: commands get credentials, not a profile name"
_LIBRARY = "belongs to the command-line library of aws-vault"
_COMPLETION = "run pass-aws install --user: it installs completion for bash, zsh and fish"

_BACKENDS = (
    "--keychain", "--secret-service-collection", "--file-dir", "--op-timeout", "--op-vault-id",
    "--op-item-title-prefix", "--op-item-tag", "--op-connect-host", "--op-desktop-account-id",
    "--proton-pass-share-id", "--proton-pass-item-title-prefix", "--proton-pass-api-base",
    "--proton-pass-timeout",
)  # fmt: skip
FLAGS = {
    **{flag: Word(True, OTHER_BACKEND) for flag in _BACKENDS},
    "--biometrics": Word(False, OTHER_BACKEND, "gpg-agent or your smart card asks instead"),
    "--pass-cmd": Word(
        True, "is not supported: gpg reads the store, not pass", "PASSWORD_STORE_DIR names the store"
    ),
    "--profile-env": Word(False, _CACHE, _PROCESS),
    "--stdout": Word(False, _SSO, _SSO_HINT),
    "--help-long": Word(False, _LIBRARY, "run pass aws help, or man pass-aws"),
    "--help-man": Word(False, _LIBRARY, "run man pass-aws"),
    "--completion-bash": Word(False, _LIBRARY, _COMPLETION),
    "--completion-script-bash": Word(False, _LIBRARY, _COMPLETION),
    "--completion-script-zsh": Word(False, _LIBRARY, _COMPLETION),
}
SWITCHED_OFF = frozenset(f"--no-{flag.removeprefix('--')}" for flag in FLAGS if not FLAGS[flag].takes_value)
"""Negated flags of aws-vault that ask for what we do anyway."""

COMMANDS = {
    "migrate-backend": Word(False, "is not needed: entries of aws-vault's pass backend are used as they are"),
    "proxy": Word(False, _SERVER, _SERVE),
    "server": Word(False, _SERVER, _SERVE),
    "sso": Word(False, "is not a command here", _SSO_HINT),
}

TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
"""Values of a variable that Go parses as true."""


def refused(flag: str) -> Word | None:
    """The refusal of a flag that only aws-vault has; None for all other flags."""
    return FLAGS.get(flag)
