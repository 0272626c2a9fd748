"""aws-vault's words that are not ours: what each is here, or the one line that refuses it.

Source: aws-vault's own `--help`; the commands and flags of version 7.13.
"""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """One flag or variable of aws-vault that has no namesake here.

    Args:
        takes_value: whether a word follows the flag.
        refusal: what is wrong with it here.
        hint: ours instead.
    """

    takes_value: bool
    refusal: str
    hint: str = ""


_OTHER_BACKEND = "belongs to another backend of aws-vault: pass aws always uses the password store"
_SERVER = "is not offered: credentials reach the command through its environment"
_PROCESS = (
    "for SDKs that refresh put `credential_process = pass-aws credential-process NAME` into the profile"
)
_SSO = "concerns SSO logins, which pass aws does not make"
_SSO_HINT = "run `aws sso login` and use the profile with the AWS CLI"
_CACHE = "is not offered: profiles are never handed on by name"

FLAGS = {
    "--keychain": Word(True, _OTHER_BACKEND),
    "--secret-service-collection": Word(True, _OTHER_BACKEND),
    "--file-dir": Word(True, _OTHER_BACKEND),
    "--op-timeout": Word(True, _OTHER_BACKEND),
    "--op-vault-id": Word(True, _OTHER_BACKEND),
    "--op-item-title-prefix": Word(True, _OTHER_BACKEND),
    "--op-item-tag": Word(True, _OTHER_BACKEND),
    "--op-connect-host": Word(True, _OTHER_BACKEND),
    "--op-desktop-account-id": Word(True, _OTHER_BACKEND),
    "--proton-pass-share-id": Word(True, _OTHER_BACKEND),
    "--proton-pass-item-title-prefix": Word(True, _OTHER_BACKEND),
    "--proton-pass-api-base": Word(True, _OTHER_BACKEND),
    "--proton-pass-timeout": Word(True, _OTHER_BACKEND),
    "--biometrics": Word(False, _OTHER_BACKEND, "gpg-agent asks, or the card"),
    "--pass-cmd": Word(
        True, "is not offered: the store is read with gpg, without pass", "PASSWORD_STORE_DIR names the store"
    ),
    "--server": Word(False, _SERVER, _PROCESS),
    "--ecs-server": Word(False, _SERVER, _PROCESS),
    "--ec2-server": Word(False, _SERVER, _PROCESS),
    "--lazy": Word(False, _SERVER, _PROCESS),
    "--profile-env": Word(False, _CACHE, _PROCESS),
    "--stdout": Word(False, _SSO, _SSO_HINT),
    "--auto-logout": Word(False, "belongs to `login`, which pass aws does not have"),
}

COMMANDS = {
    "login": Word(False, "is not a command here: console sign-in is not offered"),
    "rotate": Word(
        False,
        "is not a command here: keys are not rotated",
        "make a key in IAM, then run pass aws add --force NAME",
    ),
    "migrate-backend": Word(False, "is not needed: entries of aws-vault's pass backend are used as they are"),
    "proxy": Word(False, _SERVER, _PROCESS),
    "server": Word(False, _SERVER, _PROCESS),
    "sso": Word(False, "is not a command here", _SSO_HINT),
}

# values that mean something to aws-vault's other backends or to features that are not here
_IGNORED = (
    ("AWS_VAULT_BACKEND", "pass", _OTHER_BACKEND),
    ("AWS_VAULT_PASS_CMD", "pass", "is ignored: the store is read with gpg, without pass"),
    ("AWS_VAULT_PROFILE_ENV", "false", "is ignored: profiles are never handed on by name"),
    ("AWS_VAULT_STDOUT", "false", "is ignored: it concerns SSO logins"),
)


def ignored(env: dict[str, str]) -> list[str]:
    """One line for each variable of aws-vault that is set and cannot be followed here."""
    lines = [
        f"{name}={env[name]} {why}" for name, same, why in _IGNORED if env.get(name, "") not in ("", same)
    ]
    return [line for line in lines if not line.startswith(("AWS_VAULT_PROFILE_ENV=0", "AWS_VAULT_STDOUT=0"))]
