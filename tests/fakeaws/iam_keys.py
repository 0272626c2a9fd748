"""IAM's access keys: two per user, active or not, with the time of the last use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakeaws.clock import utc
from fakeaws.iam import IAM, PAGING, USER, named_user, page
from fakeaws.limits import OneOf, Text
from fakeaws.wire import Refused

if TYPE_CHECKING:
    from fakeaws.people import AccessKey
    from fakeaws.query import Asked

KEY_ID = Text(16, 128, r"[\w]+")
STATUS = OneOf(("Active", "Inactive", "Expired"))


@IAM.action("CreateAccessKey", {"UserName": USER})
def create_access_key(asked: Asked) -> dict[str, object]:
    """A second key at most; its secret is shown only here."""
    key = asked.world.new_key(named_user(asked), asked.world.propagation)
    return {"AccessKey": _described(key) | {"SecretAccessKey": key.secret}}


@IAM.action("ListAccessKeys", {"UserName": USER, **PAGING})
def list_access_keys(asked: Asked) -> dict[str, object]:
    """The user's keys, oldest first."""
    return page(asked, "AccessKeyMetadata", [_described(key) for key in named_user(asked).keys])


@IAM.action(
    "UpdateAccessKey", {"UserName": USER, "AccessKeyId": KEY_ID, "Status": STATUS}, "AccessKeyId", "Status"
)
def update_access_key(asked: Asked) -> None:
    """Activates or deactivates a key."""
    _own_key(asked).status = asked.text("Status")


@IAM.action("DeleteAccessKey", {"UserName": USER, "AccessKeyId": KEY_ID}, "AccessKeyId")
def delete_access_key(asked: Asked) -> None:
    """Deletes a key; sessions made from it stay valid."""
    _own_key(asked).delete()


@IAM.action("GetAccessKeyLastUsed", {"AccessKeyId": KEY_ID}, "AccessKeyId")
def get_access_key_last_used(asked: Asked) -> dict[str, object]:
    """When, where and for what a key of the account was last used."""
    key = asked.world.key(asked.text("AccessKeyId"))
    if key is None or key.user.account != asked.caller.account:
        raise _missing(asked)
    used: dict[str, object] = {"ServiceName": "N/A", "Region": "N/A"}
    if key.last_used:
        time, service, region = key.last_used
        used = {"LastUsedDate": utc(time), "ServiceName": service, "Region": region}
    return {"UserName": key.user.name, "AccessKeyLastUsed": used}


def _own_key(asked: Asked) -> AccessKey:
    wanted = asked.text("AccessKeyId")
    key = next((key for key in named_user(asked).keys if key.id == wanted), None)
    if key is None:
        raise _missing(asked)
    return key


def _missing(asked: Asked) -> Refused:
    key_id = asked.text("AccessKeyId")
    return Refused("NoSuchEntity", f"The Access Key with id {key_id} cannot be found", 404)


def _described(key: AccessKey) -> dict[str, object]:
    return {
        "UserName": key.user.name,
        "AccessKeyId": key.id,
        "Status": key.status,
        "CreateDate": utc(key.created),
    }
