"""The objects that tests create: users, roles, web identity tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakeaws import ids
from fakeaws.people import Role, User, WebToken

if TYPE_CHECKING:
    from fakeaws.world import World

ACCOUNT = "111111111111"


class Accounts:
    """The accounts of a world, and how to add objects."""

    def __init__(self, world: World) -> None:
        self.world = world

    def user(
        self,
        name: str,
        account: str = ACCOUNT,
        *,
        path: str = "/",
        partition: str = "aws",
        deny: tuple[str, ...] = (),
        deny_without_mfa: tuple[str, ...] = (),
    ) -> User:
        """An IAM user; see people.User."""
        user = User(
            self.world,
            name,
            account,
            path=path,
            partition=partition,
            deny=deny,
            deny_without_mfa=deny_without_mfa,
        )
        with self.world.lock:
            self.world.users[account, name] = user
        return user

    def root(self, account: str = ACCOUNT) -> User:
        """The account's root user."""
        return self.user("<root_account>", account)

    def role(
        self,
        name: str,
        account: str = ACCOUNT,
        *,
        trust: tuple[str, ...] | list[str] | None = None,
        mfa: bool = False,
        mfa_max_age: int = 0,
        external_id: str | None = None,
        max_session: int = 3600,
        path: str = "/",
        partition: str = "aws",
    ) -> Role:
        """A role that trusts its own account by default; see people.Role."""
        arn = f"arn:{partition}:iam::{account}:role{path}{name}"
        trusted = (account,) if trust is None else tuple(trust)
        unique, created = ids.unique_id("AROA", account), self.world.clock.now()
        role = Role(
            name, account, arn, unique, trusted, mfa, mfa_max_age, external_id or "", max_session, path,
            created, partition,
        )  # fmt: skip
        with self.world.lock:
            self.world.roles[arn] = role
        return role

    def web_token(
        self,
        subject: str = "repo:team/app",
        *,
        issuer: str = "oidc.example.com",
        audience: str = "sts.amazonaws.com",
        expires_in: float = 300,
    ) -> WebToken:
        """A token of an OIDC issuer; roles accept it if their trust names the issuer."""
        text = ".".join(("eyJhbGciOiJSUzI1NiJ9", ids.session_token().rstrip("="), ids.session_token()[:86]))
        token = WebToken(text, issuer, subject, audience, self.world.clock.now() + expires_in)
        with self.world.lock:
            self.world.web_tokens[text] = token
        return token
