"""aws-vault's words that are not ours: what each is here, or the one line that refuses it.

Source: aws-vault's own `--help` and its sources; the commands, flags and variables of version 7.13.
"""

from __future__ import annotations

from typing import NamedTuple

from pass_aws.store.location import OTHER_BACKEND


class Word(NamedTuple):
    """One flag or command of aws-vault that has no namesake here.

    Args:
        takes_value: whether a word follows the flag.
        refusal: what is wrong with it here.
        hint: ours instead.
    """

    takes_value: bool
    refusal: str
    hint: str = ""


_SERVER = "is not a command here: the server of exec needs no proxy and no root"
_SERVE = "run pass aws exec --server PROFILE, or pass aws serve PROFILE"
_PROCESS = (
    "for SDKs that refresh put `credential_process = pass-aws credential-process NAME` into the profile"
)
_SSO = "concerns SSO logins, which pass aws does not make"
_SSO_HINT = "run `aws sso login` and use the profile with the AWS CLI"
_CACHE = "is not offered: profiles are never handed on by name"
_LIBRARY = "belongs to the library that aws-vault reads its command line with"
_COMPLETION = "run pass-aws install --user, which brings completion for bash, zsh and fish"

_BACKENDS = (
    "--keychain", "--secret-service-collection", "--file-dir", "--op-timeout", "--op-vault-id",
    "--op-item-title-prefix", "--op-item-tag", "--op-connect-host", "--op-desktop-account-id",
    "--proton-pass-share-id", "--proton-pass-item-title-prefix", "--proton-pass-api-base",
    "--proton-pass-timeout",
)  # fmt: skip
FLAGS = {
    **{flag: Word(True, OTHER_BACKEND) for flag in _BACKENDS},
    "--biometrics": Word(False, OTHER_BACKEND, "gpg-agent asks, or the card"),
    "--pass-cmd": Word(
        True, "is not offered: the store is read with gpg, without pass", "PASSWORD_STORE_DIR names the store"
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
"""Switches that are not ours, turned off: so they are."""

COMMANDS = {
    "migrate-backend": Word(False, "is not needed: entries of aws-vault's pass backend are used as they are"),
    "proxy": Word(False, _SERVER, _SERVE),
    "server": Word(False, _SERVER, _SERVE),
    "sso": Word(False, "is not a command here", _SSO_HINT),
}

TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
"""What Go takes for true in a variable."""


def refused(flag: str) -> Word | None:
    """The line for a flag of aws-vault that is not ours; None if it is none of its flags."""
    return FLAGS.get(flag)
