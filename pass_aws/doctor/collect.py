"""Collects the facts of all doors; slow doors run in parallel."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pass_aws.doctor import (
    collect_files,
    collect_gpg,
    collect_installation,
    collect_permissions,
    collect_recipients,
    collect_shells,
    collect_store,
)
from pass_aws.doctor.facts import Facts
from pass_aws.doctor.facts_installation import MISSING, Clock
from pass_aws.errors import UserError
from pass_aws.gpg.invocation import words
from pass_aws.gpg.keys import keys
from pass_aws.store.recipients import is_fingerprint
from pass_aws.system import become

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.context import Context
    from pass_aws.doctor.collect_gpg import Ring
    from pass_aws.doctor.facts_installation import Extension

SIGNING_KEY, CACHE_KEY = "PASSWORD_STORE_SIGNING_KEY", "PASS_AWS_CACHE_KEY"


def facts(wanted: Sequence[str], context: Context, *, online: bool) -> Facts:
    """Collects the input of the checks, without changing anything.

    Args:
        wanted: names of the profiles to check completely.
        context: the outside.
        online: whether AWS is asked for the time.

    Raises:
        UserError: HOME is not set.
    """
    become.forbid_looking_in()  # entries are decrypted
    env = {**context.env, **context.parent}
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(3) as pool:
        known = collect_gpg.ring(env, scratch)
        there = collect_store.seen(env, known)
        store = collect_store.facts(
            there, wanted, known, env, context.clock()
        )  # forks: no thread may run yet
        extension = pool.submit(collect_installation.extension, env, there.opened.root)
        shells = pool.submit(lambda: collect_shells.new_shells(env, _there(extension.result()), scratch))
        clock = pool.submit(_clock, wanted, context) if online else None
        aws = collect_files.aws_config(wanted, there.keys, context)
        files = (context.files.config_path, context.files.credentials_path)
        own = collect_gpg.secret(known)
        return Facts(
            context.clock(),
            collect_installation.person(env),
            collect_gpg.facts(known, env),
            collect_gpg.usable(own),
            collect_gpg.trusts_all(known),
            tuple(collect_recipients.sets(known, own, there.opened.root, there.folders, env))
            if known.has_keys
            else (),
            bool(words(env.get(SIGNING_KEY, ""))),
            any(map(is_fingerprint, words(env.get(SIGNING_KEY, "")))),
            env.get(CACHE_KEY, "") if known.has_keys else "",
            _count(known, env.get(CACHE_KEY, "")),
            store,
            collect_permissions.places(there, known, files, env),
            aws,
            collect_files.plain_text(aws, env),
            collect_files.other_tools(len(there.names) - len(there.keys), aws, env),
            extension.result(),
            shells.result(),
            clock.result() if clock else Clock(),
        )


def _there(extension: Extension) -> dict[str, str]:
    """The installed files, by their sources."""
    return {
        collect_installation.source(part.path): part.path for part in extension.parts if part.state != MISSING
    }


def _count(known: Ring, chosen: str) -> int:
    """The number of our keys that a name matches."""
    if not chosen:
        return 0
    meant = {key.primary for key in keys(known.gpg, "--list-keys", chosen)}
    return len(meant & {key.primary for key in collect_gpg.secret(known)})


def _clock(wanted: Sequence[str], context: Context) -> Clock:
    """The time according to the endpoint of the first named profile."""
    from pass_aws.aws import partition
    from pass_aws.credentials import profile_lookup

    has = shutil.which("timedatectl", path=context.env.get("PATH", "")) is not None
    url = "https://sts.amazonaws.com"
    try:
        settings = profile_lookup.settings_of(wanted[0] if wanted else "default", context, stored=True)
        endpoint = settings.endpoint()
        endpoint = endpoint._replace(region=endpoint.region or "us-east-1")
        url = endpoint.url or f"https://{partition.sts(endpoint)[0]}"
        return Clock(True, url, "", context.aws.seconds_ahead(endpoint), has)
    except UserError as error:
        return Clock(True, url, str(error), 0, has)
