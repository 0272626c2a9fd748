"""Collects facts about each stored key: age, last use, readers, and copies elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import iam
from pass_aws.aws.refusal_rows import UNKNOWN_KEY
from pass_aws.aws.refusals import AwsError
from pass_aws.credentials import profile_lookup
from pass_aws.errors import FAILED, UserError
from pass_aws.gpg import keys as gpg_keys
from pass_aws.keys import journal
from pass_aws.keys.findings import Known
from pass_aws.store import entry, entry_names, git

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.aws.iam import ListedKey
    from pass_aws.aws.partition import Endpoint
    from pass_aws.context import Context
    from pass_aws.model import Credentials

AT_ONCE = 8


def audit(names: Sequence[str], older_than: int, context: Context, *, offline: bool) -> list[Known]:
    """The facts about stored keys.

    Args:
        names: of the entries.
        older_than: the age in seconds from which a key is old.
        context: the doors.
        offline: do not call AWS.

    Raises:
        UserError: the user did not give a passphrase, or prompts are forbidden.
    """
    plain = _plain(context)
    found = [_local(name, older_than, plain, context) for name in names]
    return [known for known, _ in found] if offline else _asked(found, context)


def _plain(context: Context) -> frozenset[str]:
    """The key ids in the AWS credentials file."""
    return frozenset(context.files.credentials().mentioned("aws_access_key_id"))


def _local(
    name: str, older_than: int, plain: frozenset[str], context: Context
) -> tuple[Known, Credentials | None]:
    """The facts from the entry, git and gpg."""
    store = context.store
    known = Known(name, older_than, changed=git.last_change(store.path(name), store.root, store.env))
    try:
        text = store.read(name)
        inside = entry.named(text, name)
        read = entry.parse(text, inside)
        unfinished = journal.read(read, name)
    except UserError as error:
        if error.code != FAILED:
            raise
        return known._replace(trouble=str(error)), None
    readers, wanted = _readers(name, context)
    key = read.credentials
    return known._replace(
        key_id=key.access_key_id,
        account=key.account_id,
        readers=readers,
        wanted=wanted,
        swapped="" if inside == entry_names.clean(name) else inside,
        plain=key.access_key_id in plain,
        rotation=unfinished.state if unfinished else "",
    ), key


def _readers(name: str, context: Context) -> tuple[frozenset[str], frozenset[str]]:
    """The fingerprints of an entry's recipients, and of those it would be encrypted for now.

    A key that is not on this machine is represented by its id; hidden recipients are skipped.
    """
    gpg, store = context.gpg, context.store
    ids = [one for one in gpg_keys.recipients_of(gpg, store.path(name)) if one != gpg_keys.HIDDEN]
    primary = {key.id: key.primary for key in gpg_keys.keys(gpg, "--list-keys", *ids)} if ids else {}
    try:
        named = store.recipients(name).ids
    except UserError:
        return frozenset(primary.get(one, one) for one in ids), frozenset()
    wanted = gpg_keys.keys(gpg, "--list-keys", *named)
    return frozenset(primary.get(one, one) for one in ids), frozenset(key.primary for key in wanted)


def _asked(found: Sequence[tuple[Known, Credentials | None]], context: Context) -> list[Known]:
    """Adds IAM's facts, with several calls at the same time."""
    from concurrent.futures import ThreadPoolExecutor

    ready = [(known, key, _endpoint(known, context)) for known, key in found]
    first = [_at_aws(*ready[0], context)] if ready else []  # it makes the client that all others share
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return first + list(pool.map(lambda one: _at_aws(one[0], one[1], one[2], context), ready[1:]))


def _endpoint(known: Known, context: Context) -> Endpoint | UserError:
    try:
        return profile_lookup.settings_of(known.profile, context, stored=True).endpoint("iam")
    except UserError as error:
        return error


def _at_aws(known: Known, key: Credentials | None, endpoint: Endpoint | UserError, context: Context) -> Known:
    """Adds IAM's facts about a key, in calls signed by that key."""
    if key is None:
        return known
    try:
        if isinstance(endpoint, UserError):
            raise endpoint
        listed = context.aws.read(iam.list_access_keys(key, endpoint, ""), iam.access_keys)
        own = next((one for one in listed if one.key_id == key.access_key_id), None)
        used = context.aws.read(iam.access_key_last_used(key, endpoint, key.access_key_id), iam.last_used)
    except UserError as error:
        unknown = isinstance(error, AwsError) and error.cause == UNKNOWN_KEY
        return known._replace(unknown=unknown, trouble="" if unknown else str(error))
    return _with(known, own, used)


def _with(known: Known, own: ListedKey | None, used: int | None) -> Known:
    return known._replace(asked=True, created=own.created if own else None, used=used)
