"""Which profiles the config file lacks for the roles that a person has, and which it has too many."""

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
"""What stands in a profile's name beside letters and digits; everything else becomes `-`."""


class Wish(NamedTuple):
    """What is to be written.

    Args:
        session: name of the sso-session.
        template: of the profiles' names.
        region: for the new profiles; empty for none.
        only: a glob over the names; empty for all.
        prune: whether marked profiles of roles that are gone are taken away.
    """

    session: str
    template: str = TEMPLATE
    region: str = ""
    only: str = ""
    prune: bool = False


class Changes(NamedTuple):
    """What is done to the file.

    Args:
        new: profiles to write.
        gone: profiles to take away.
        clashes: what is left out, each with the reason.
        present: how many roles have a profile already.
    """

    new: tuple[New, ...]
    gone: tuple[Marked, ...]
    clashes: tuple[str, ...]
    present: int

    def applied(self, text: str) -> str:
        """The file's text afterwards."""
        return marked.adding(marked.without(text, self.gone), self.new)

    def lines(self, text: str) -> list[str]:
        """What changes, as a diff shows it."""
        old = text.splitlines()
        minus = [f"-{line}" for one in self.gone for line in old[one.first : one.end]]
        added = marked.adding("", self.new).splitlines()
        return [*minus, *(f"+{line}" for line in added)]


def template(text: str) -> str:
    """A template of names.

    Raises:
        ValueError: it has other fields than FIELDS, or none that tells two roles apart.
    """
    try:
        fields = [field for _, field, form, _ in string.Formatter().parse(text) if field is not None or form]
    except ValueError:
        raise ValueError("the braces of --name do not match") from None
    if wrong := [field for field in fields if field not in FIELDS]:
        known = ", ".join(f"{{{field}}}" for field in FIELDS)
        raise ValueError(f"--name knows no {{{wrong[0]}}}, but {known}")
    if "role" not in fields or not {"account_name", "account_id"} & set(fields):
        raise ValueError("--name needs {role}, and {account_name} or {account_id}")
    return text


def name(one: Assignment, wish: Wish) -> str:
    """The profile's name for a role."""
    made = wish.template.format(
        account_name=one.account_name or one.account,
        account_id=one.account,
        role=one.role,
        sso_session=wish.session,
    )
    plain = "".join(letter if letter.isalnum() or letter in PLAIN else "-" for letter in made)
    return plain.strip("-")


def changes(text: str, file: Profiles, assigned: Sequence[Assignment], wish: Wish) -> Changes:
    """What the file lacks, and what it has too many.

    Args:
        text: the config file's.
        file: the same, read.
        assigned: all roles that the person has.
        wish: what is to be written.
    """
    ours = [one for one in marked.found(text) if len(one.words) == 3 and one.words[0] == wish.session]
    has = {one.words[1:] for one in ours} | _by_hand(file, wish.session)
    wanted = [(name(one, wish), one) for one in assigned]
    wanted = [(called, one) for called, one in wanted if not wish.only or fnmatchcase(called, wish.only)]
    missing = [(called, one) for called, one in wanted if (one.account, one.role) not in has]
    there = {(one.account, one.role) for one in assigned}
    gone = [one for one in ours if wish.prune and one.words[1:] not in there and _meant(one, wish)]
    taken = set(file.names) - {one.name for one in gone}
    clashes = _clashes(missing, taken)
    new = tuple(_new(called, one, wish) for called, one in missing if called not in clashes)
    return Changes(new, tuple(gone), tuple(clashes.values()), len(wanted) - len(missing))


def _meant(one: Marked, wish: Wish) -> bool:
    return not wish.only or fnmatchcase(one.name, wish.only)


def _by_hand(file: Profiles, session: str) -> set[tuple[str, ...]]:
    """Account and role of every profile that names the session; a broken section is nobody's."""
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
    """Names that more than one role would have, or another profile has, each with what is said about it."""
    claims: dict[str, list[str]] = {}
    for called, one in missing:
        claims.setdefault(called, []).append(f"{one.role} in {one.account}")
    found = {}
    for called, roles in claims.items():
        if called in taken:
            found[called] = f"{called}: another profile has this name already (for {', '.join(roles)})"
        elif len(roles) > 1:
            found[called] = f"{called}: would be the name of {', '.join(roles)}"
    return found


def _new(called: str, one: Assignment, wish: Wish) -> New:
    values = {"sso_session": wish.session, "sso_account_id": one.account, "sso_role_name": one.role}
    values |= {"region": wish.region} if wish.region else {}
    return New((wish.session, one.account, one.role), called, values)
