"""Collects facts about the AWS files and the plain-text files of other tools; keeps no secret."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from pass_aws.credentials import chain, plan, profile_lookup
from pass_aws.credentials.chain import LackingError
from pass_aws.doctor.facts_files import AwsConfig, Line, OtherTools, PlainText, Plan
from pass_aws.doctor.other_tools import GRANTED
from pass_aws.errors import UserError
from pass_aws.installation import startup_files
from pass_aws.sso import aws_cli_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pass_aws.config.profiles import Profiles
    from pass_aws.config.settings import Settings
    from pass_aws.context import Context

MOST_PLANNED = 500
"""The number of profiles that are planned if the user names none."""
SECRETS = re.compile(
    rb'"(?:access|refresh)Token"|"clientSecret"|"?(?:SecretAccessKey|aws_secret_access_key)"?'
)
MOST_FILES, LARGEST = 1000, 1 << 20
SETS = re.compile(
    r"^\s*(?:(?:export|typeset|declare|set)\s+(?:-\w+\s+)*)?(AWS_(?:VAULT|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN))"
    r"(?:=|\s+)(?![^#]*[`$]\(|[\"']?\s*$)[^\s;]"
)
"""A line that sets one of these to what stands there; not to what a command prints, nor to nothing."""
STATIC = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def aws_config(wanted: Sequence[str], stored: Iterable[str], context: Context) -> AwsConfig:
    """The two files, and which profiles have no way to credentials.

    Args:
        wanted: names of the profiles to plan; if empty, all, or the first of too many.
        stored: the names of the stored keys.
        context: the outside.
    """
    trouble: list[str] = []
    files = context.files
    config, credentials = _read(files.config, trouble), _read(files.credentials, trouble)
    names = list(wanted)
    if config and credentials and not wanted:
        names = list(dict.fromkeys([*config.names, *credentials.names]))
    some = names if wanted else names[:MOST_PLANNED]
    known = frozenset(stored)

    @cache
    def look_up(name: str, target: bool) -> Settings:
        return profile_lookup.settings_of(name, context, target=target, stored=name in known)

    checked = some if config and credentials else []
    plans = [made for name in checked if (made := _planned(name, look_up, is_wanted=bool(wanted)))]
    return AwsConfig(
        config,
        credentials,
        files.config_path,
        files.credentials_path,
        tuple(trouble),
        known,
        len(checked),
        tuple(plans),
        is_partial=len(some) < len(names),
    )


def _read(file: Callable[[], Profiles], trouble: list[str]) -> Profiles | None:
    try:
        return file()
    except UserError as error:
        trouble.append(str(error))
        return None


def _planned(name: str, look_up: Callable[[str, bool], Settings], *, is_wanted: bool) -> Plan | None:
    """The reason why a profile has no plan; None if it has one, or does not need one."""
    try:
        links = chain.follow(look_up(name, True), lambda source: look_up(source, False))
        plan.make(links, no_session=False, env_has_token=True, federation=0)
    except LackingError as lacking:
        itself = lacking.profile == name
        return Plan(name, str(lacking), lacking.profile) if is_wanted or not itself else None
    except UserError as error:
        return Plan(name, str(error))
    return None


def plain_text(aws: AwsConfig, env: Mapping[str, str]) -> PlainText:
    """The unencrypted credentials."""
    homes = startup_files.homes(env)
    lines = startup_files.mentions(homes, SETS)
    found = [(path, number, SETS.search(text)) for path, number, text in lines]
    static = all(env.get(name) for name in STATIC)
    exported = STATIC if static and not (env.get("AWS_SESSION_TOKEN") or env.get("AWS_VAULT")) else ()
    return PlainText(
        _with_key(aws.credentials),
        _with_key(aws.config),
        tuple(_caches(env)),
        tuple(Line(path, number, match[1]) for path, number, match in found if match),
        exported,
    )


def _with_key(file: Profiles | None) -> tuple[str, ...]:
    """The profiles with a long-lived key; a session expires, so it is ignored."""
    if file is None or not file.mentioned("aws_secret_access_key"):
        return ()
    found = []
    for name in file.names:
        with suppress(UserError):
            section = file.profile(name)
            values = section.values if section else {}
            if {
                "aws_access_key_id",
                "aws_secret_access_key",
            } <= values.keys() and "aws_session_token" not in values:
                found.append(name)
    return tuple(found)


def _caches(env: Mapping[str, str]) -> Iterable[tuple[str, int]]:
    home = env.get("HOME", "")
    own = (f"{home}/.aws/cli/cache", f"{home}/.aws/boto/cache", f"{home}/.awsume/cache")
    for folder in (aws_cli_cache.sso_folder(env), aws_cli_cache.login_folder(env), *own):
        if count := sum(map(_has_secret, _files(folder))):
            yield folder, count


def _files(folder: str) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(folder) if entry.is_file()][:MOST_FILES]
    except OSError:
        return []


def _has_secret(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return bool(SECRETS.search(file.read(LARGEST)))
    except OSError:
        return False


def other_tools(sessions: int, aws: AwsConfig, env: Mapping[str, str]) -> OtherTools:
    """The leftovers of other tools.

    Args:
        sessions: of aws-vault in the store.
        aws: the AWS files.
        env: the caller's.
    """
    names = ("start_url", "region", "account_id", "role_name", "registration_scopes")
    backend = env.get("AWS_VAULT_BACKEND", "")
    return OtherTools(
        sessions,
        "" if backend == "pass" else backend,
        bool(_files(f"{env.get('HOME', '')}/.awsvault/keys")),
        sum(len(aws.config.mentioned(f"{GRANTED}{name}")) for name in names) if aws.config else 0,
    )
