"""Lists the user's accounts and roles: page by page, in parallel, with pauses if AWS throttles."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from random import random
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pass_aws.aws.refusal_rows import NETWORK, TROUBLE
from pass_aws.aws.refusals import AwsError
from pass_aws.errors import UserError
from pass_aws.sso import answers, identity_center, refusal_rows, requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pass_aws.context import Context
    from pass_aws.sso.identity_center_token import Portal
    from pass_aws.sso.requests import Call

T = TypeVar("T")
WORKERS = 8
TRIES = 12
FIRST, LONGEST = 0.2, 5.0
"""Seconds of the first and the longest pause if AWS throttles; each is varied at random by half."""
MOST_PAGES = 1_000
"""The maximum number of pages of a listing, in case an answer never ends."""


class Assignment(NamedTuple):
    """A role that the user has in an account."""

    account: str
    account_name: str
    role: str


def listed(portal: Portal, context: Context, *, how: identity_center.How | None = None) -> list[Assignment]:
    """All assignments, sorted by account name, number and role; completion offers them from now on.

    Raises:
        UserError: no sign-in is possible, or AWS refuses or cannot be reached.
    """
    found = identity_center.with_token(
        portal, context, lambda access: _Listing(portal, access, context).all(), how=how
    )
    rows = [(one.account, one.role, one.account_name) for one in found]
    context.listings.put(portal.digest, portal.name, rows)
    return found


class _Listing:
    """One listing over all pages."""

    def __init__(self, portal: Portal, access: str, context: Context) -> None:
        self._portal, self._access, self._context = portal, access, context
        self._over = threading.Event()
        self._done = self._all = 0

    def all(self) -> list[Assignment]:
        accounts = self._pages(self._page_of_accounts)
        self._all = len(accounts)
        pool = ThreadPoolExecutor(WORKERS)
        try:
            with self._context.tty.progress(lambda: f"accounts: {self._done} of {self._all}"):
                found = list(pool.map(self._roles, accounts))
        except BaseException:
            self._over.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        rows = [
            Assignment(*account, role)
            for account, roles in zip(accounts, found, strict=True)
            for role in roles
        ]
        return sorted(rows, key=lambda row: (row.account_name.lower(), row.account, row.role))

    def _roles(self, account: tuple[str, str]) -> list[str]:
        found = self._pages(lambda after: self._page_of_roles(account[0], after))
        self._done += 1
        return found

    def _page_of_accounts(self, after: str) -> tuple[list[tuple[str, str]], str]:
        asked = requests.accounts(self._portal.sso, self._access, after)
        return self._patiently(asked, answers.accounts)

    def _page_of_roles(self, account: str, after: str) -> tuple[list[str], str]:
        asked = requests.roles(self._portal.sso, self._access, account, after)
        return self._patiently(asked, answers.roles)

    @staticmethod
    def _pages(page: Callable[[str], tuple[list[T], str]]) -> list[T]:
        found, after = page("")
        for _ in range(MOST_PAGES):
            if not after:
                return found
            more, after = page(after)
            found += more
        raise UserError(
            f"Identity Center lists more than {MOST_PAGES} pages",
            hint="for one role: pass aws exec --sso-session NAME --account ID --role NAME -- CMD",
        )

    def _patiently(self, asked: Call, reader: Callable[[Mapping[str, Any]], T]) -> T:
        """Repeats a call with growing pauses if AWS throttles or has an error."""
        pause = FIRST
        for left in range(TRIES, 0, -1):
            try:
                return self._context.aws.read(asked, reader, quiet=True)
            except AwsError as error:
                again = error.aws_code == refusal_rows.THROTTLED or error.cause in (NETWORK, TROUBLE)
                if left == 1 or not again or self._over.is_set():
                    raise
            self._over.wait(pause * (0.5 + random()))  # noqa: S311 - not used for security
            pause = min(pause * 2, LONGEST)
        raise AssertionError
