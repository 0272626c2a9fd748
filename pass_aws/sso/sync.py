"""Decides which profiles the config file lacks for the user's roles, and which are obsolete."""

from __future__ import annotations

import string
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.config import marked
from pass_aws.config.marked import Marked, New

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pass_aws.config.profiles import Profiles
    from pass_aws.sso.accounts import Assignment

TEMPLATE = "{account_name}/{role}"
FIELDS = ("account_name", "account_id", "role", "sso_session")
PLAIN = frozenset("._@+/-")
"""Allowed characters in a profile's name besides letters and digits; all others become `-`."""


class Request(NamedTuple):
    """A request to `sso sync`.

    Args:
        session: name of the sso-session.
        template: of the profiles' names.
        region: for the new profiles; empty for none.
        only: a glob over the names; empty for all.
        prune: whether to remove marked profiles whose roles no longer exist.
    """

    session: str
    template: str = TEMPLATE
    region: str = ""
    only: str = ""
    prune: bool = False


class Changes(NamedTuple):
    """The changes of the file.

    Args:
        new: profiles to write.
        gone: profiles to remove.
        clashes: skipped names, each with the reason.
        present: how many roles already have a profile.
    """

    new: tuple[New, ...]
    gone: tuple[Marked, ...]
    clashes: tuple[str, ...]
    present: int

    def applied(self, text: str) -> str:
        """The new text of the file."""
        return marked.adding(marked.without(text, self.gone), self.new)

    def lines(self, text: str) -> list[str]:
        """The changes in the form of a diff."""
        old = text.splitlines()
        minus = [f"-{line}" for one in self.gone for line in old[one.first : one.end]]
        added = marked.adding("", self.new).splitlines()
        return [*minus, *(f"+{line}" for line in added)]


def template(text: str) -> str:
    """Checks a template for names.

    Raises:
        ValueError: it has other fields than FIELDS, or none that distinguishes roles.
    """
    try:
        fields = [field for _, field, form, _ in string.Formatter().parse(text) if field is not None or form]
    except ValueError:
        raise ValueError("the braces of --name do not match") from None
    if wrong := [field for field in fields if field not in FIELDS]:
        known = ", ".join(f"{{{field}}}" for field in FIELDS)
        raise ValueError(f"--name does not know {{{wrong[0]}}}; it knows {known}")
    if "role" not in fields or not {"account_name", "account_id"} & set(fields):
        raise ValueError("--name needs {role}, and {account_name} or {account_id}")
    return text


def name(one: Assignment, request: Request) -> str:
    """The profile's name for a role."""
    made = request.template.format(
        account_name=one.account_name or one.account,
        account_id=one.account,
        role=one.role,
        sso_session=request.session,
    )
    plain = "".join(letter if letter.isalnum() or letter in PLAIN else "-" for letter in made)
    return plain.strip("-")


def changes(text: str, file: Profiles, assigned: Sequence[Assignment], request: Request) -> Changes:
    """The missing and the obsolete profiles of the file.

    Args:
        text: of the config file.
        file: the parsed file.
        assigned: all roles of the user.
        request: what to write.
    """
    ours = [one for one in marked.found(text) if len(one.words) == 3 and one.words[0] == request.session]
    has = {one.words[1:] for one in ours} | _by_hand(file, request.session)
    wanted = [(name(one, request), one) for one in assigned]
    wanted = [
        (called, one) for called, one in wanted if not request.only or fnmatchcase(called, request.only)
    ]
    missing = [(called, one) for called, one in wanted if (one.account, one.role) not in has]
    there = {(one.account, one.role) for one in assigned}
    gone = [one for one in ours if request.prune and one.words[1:] not in there and _meant(one, request)]
    taken = set(file.names) - {one.name for one in gone}
    clashes = _clashes(missing, taken)
    new = tuple(_new(called, one, request) for called, one in missing if called not in clashes)
    return Changes(new, tuple(gone), tuple(clashes.values()), len(wanted) - len(missing))


def _meant(one: Marked, request: Request) -> bool:
    return not request.only or fnmatchcase(one.name, request.only)


def _by_hand(file: Profiles, session: str) -> set[tuple[str, ...]]:
    """Account and role of every profile that names the session; ignores invalid sections."""
    from pass_aws.errors import UserError

    found: set[tuple[str, ...]] = set()
    for called in file.names:
        try:
            section = file.profile(called)
        except UserError:
            continue
        values = {key: value.text for key, value in section.values.items()} if section else {}
        if values.get("sso_session") == session:
            found.add((values.get("sso_account_id", ""), values.get("sso_role_name", "")))
    return found


def _clashes(missing: Iterable[tuple[str, Assignment]], taken: set[str]) -> dict[str, str]:
    """Names that several roles would get, or that another profile has, each with a message."""
    claims: dict[str, list[str]] = {}
    for called, one in missing:
        claims.setdefault(called, []).append(f"{one.role} in {one.account}")
    found = {}
    for called, roles in claims.items():
        if called in taken:
            found[called] = f"{called}: another profile already has this name (for {', '.join(roles)})"
        elif len(roles) > 1:
            found[called] = f"{called}: several roles would get this name: {', '.join(roles)}"
    return found


def _new(called: str, one: Assignment, request: Request) -> New:
    values = {"sso_session": request.session, "sso_account_id": one.account, "sso_role_name": one.role}
    values |= {"region": request.region} if request.region else {}
    return New((request.session, one.account, one.role), called, values)
