"""IAM's calls for a user's access keys, with strict readers for their answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws.sts import Call
from pass_aws.model import Credentials
from pass_aws.text import json_objects
from pass_aws.text.answers import instant, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.aws.partition import Endpoint


class ListedKey(NamedTuple):
    """A user's access key as IAM lists it.

    Args:
        key_id: its id.
        active: whether AWS accepts it.
        created: Unix seconds.
    """

    key_id: str
    active: bool
    created: int


def list_access_keys(signer: Credentials, endpoint: Endpoint, user: str) -> Call:
    """Lists the user's keys; IAM allows two, so one page is enough.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
    """
    return Call("ListAccessKeys", "iam", endpoint, {"UserName": user}, signer)


def create_access_key(signer: Credentials, endpoint: Endpoint, user: str) -> Call:
    """Creates a key for the user; only this answer contains its secret.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    """
    return Call("CreateAccessKey", "iam", endpoint, {"UserName": user}, signer, once=True)


def update_access_key(
    signer: Credentials, endpoint: Endpoint, user: str, key_id: str, *, active: bool
) -> Call:
    """Activates or deactivates a key.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
    """
    status = "Active" if active else "Inactive"
    parameters = {"UserName": user, "AccessKeyId": key_id, "Status": status}
    return Call("UpdateAccessKey", "iam", endpoint, parameters, signer)


def delete_access_key(signer: Credentials, endpoint: Endpoint, user: str, key_id: str) -> Call:
    """Deletes a key permanently.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html
    """
    return Call("DeleteAccessKey", "iam", endpoint, {"UserName": user, "AccessKeyId": key_id}, signer)


def access_key_last_used(signer: Credentials, endpoint: Endpoint, key_id: str) -> Call:
    """Gets the time when a key was last used, to about a minute.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
    """
    return Call("GetAccessKeyLastUsed", "iam", endpoint, {"AccessKeyId": key_id}, signer)


def access_keys(answer: Mapping[str, object]) -> list[ListedKey]:
    """Reads the answer of ListAccessKeys.

    Raises:
        ValueError: what is wrong with it.
    """
    return [_listed(each) for each in json_objects.many(answer.get("AccessKeyMetadata"), "AccessKeyMetadata")]


def _listed(found: Mapping[str, object]) -> ListedKey:
    key_id = visible(found.get("AccessKeyId"), "AccessKeyId")
    return ListedKey(key_id, found.get("Status") == "Active", instant(found.get("CreateDate"), "CreateDate"))


def new_access_key(answer: Mapping[str, object]) -> Credentials:
    """Reads the answer of CreateAccessKey.

    Raises:
        ValueError: what is wrong with it.
    """
    found = json_objects.one(answer.get("AccessKey"), "AccessKey is missing")
    return Credentials(
        visible(found.get("AccessKeyId"), "AccessKeyId"),
        visible(found.get("SecretAccessKey"), "SecretAccessKey"),
    )


def last_used(answer: Mapping[str, object]) -> int | None:
    """Reads the answer of GetAccessKeyLastUsed: Unix seconds, or None for never.

    Raises:
        ValueError: what is wrong with it.
    """
    found = json_objects.one(answer.get("AccessKeyLastUsed"), "AccessKeyLastUsed is missing")
    date = found.get("LastUsedDate")
    return instant(date, "LastUsedDate") if isinstance(date, datetime) else None
