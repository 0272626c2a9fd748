"""Finds the chain of profiles from a profile to its credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.config.settings import Settings


class LackingError(UserError):
    """A profile does not exist, or has no credentials.

    Args:
        profile: its name.
        message: as in UserError.
        hint: as in UserError.
    """

    def __init__(self, profile: str, message: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.profile = profile


def follow(name: str, look_up: Callable[[str, bool], Settings]) -> tuple[Settings, ...]:
    """Follows `source_profile` from a profile to the start of its credentials; returns the root first.

    Args:
        name: the target.
        look_up: returns the settings of a profile; its second argument says whether it is the target.

    Raises:
        UserError: the chain is a loop, which is shown in full, or a profile does not exist.
    """
    links = [_there(look_up(name, True), "")]
    seen = {name}
    while not links[-1].stored and (source := links[-1].get("source_profile")):
        if source == links[-1].name and links[-1].get("aws_access_key_id"):
            break
        if source in seen:
            loop = " → ".join([link.name for link in links] + [source])
            raise UserError(
                f"the source_profile of profile {links[-1].name} forms a loop: {loop}",
                hint="change one of them in the config file",
            )
        seen.add(source)
        links.append(_there(look_up(source, False), f", the source_profile of profile {links[-1].name}"))
    return tuple(reversed(links))


def _there(found: Settings, why: str) -> Settings:
    if not found.exists:
        raise LackingError(
            found.name,
            f"there is no profile {found.name}{why}",
            f"run pass aws list, or pass aws add {quote(found.name)}",
        )
    return found
