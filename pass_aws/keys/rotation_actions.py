"""The actions of a rotation: writing its entry, and calling IAM about its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import iam
from pass_aws.errors import FAILED, UncommittedError, UserError
from pass_aws.keys import drop_sessions, verdicts
from pass_aws.keys import journal as journals
from pass_aws.keys.as_user import AsUser
from pass_aws.model import tail
from pass_aws.store import entry
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.aws.iam import ListedKey
    from pass_aws.aws.partition import Endpoint
    from pass_aws.context import Context
    from pass_aws.credentials.step import Plan
    from pass_aws.keys.journal import Journal
    from pass_aws.model import Credentials


class Rotation:
    """A rotation of an entry, which is read once; `key` and `journal` always match what is stored.

    Args:
        made: the plan for acting as the owner of the key.
        context: the doors.
        keeps: whether the request is to keep the old key inactive; hints repeat it until the journal has it.
    """

    def __init__(self, made: Plan, context: Context, *, keeps: bool = False) -> None:
        self._keeps = keeps
        self.name, self.context = made.steps[0].profile, context
        self._found = entry.parse(context.store.read(self.name), self.name)
        self._as_user = AsUser(made, context, self._found.credentials)
        self.journal = journals.read(self._found, self.name)

    @property
    def key(self) -> Credentials:
        """The key in use, which signs calls if there is no MFA."""
        return self._as_user.key

    @property
    def sts(self) -> Endpoint:
        """The STS endpoint for testing keys."""
        return self._as_user.sts

    @property
    def mfa(self) -> bool:
        """Whether calls are signed with a session that was made with MFA."""
        return self._as_user.mfa

    @property
    def user(self) -> str:
        """The name of the keys' owner."""
        return verdicts.user_name(self.begun.arn)

    @property
    def begun(self) -> Journal:
        """The journal, which must exist."""
        assert self.journal is not None  # noqa: S101 - an earlier step has stored one
        return self.journal

    def tell(self, text: str) -> None:
        """Reports what was done."""
        self.context.tell(f"{self.name}: {text}")

    def command(self, *options: str) -> str:
        """A rotate command for this entry, for hints."""
        recorded = self.journal is not None and self.journal.keep
        if self._keeps and not recorded and not {"--finish", "--abort"} & set(options):
            options = "--keep-inactive", *(option for option in options if option != "--resume")
        return " ".join(("pass aws rotate", quote(self.name), *options))

    # Writes to the store.

    def store(self, message: str, journal: Journal | None, key: Credentials | None = None) -> None:
        """Writes the entry and always reads it back, since it may contain the only copy of a key.

        Args:
            message: of the commit, with `{}` for the entry.
            journal: the progress; time and host are set here.
            key: the key in use from now on; None to keep the current one.

        Raises:
            UserError: the entry is unchanged, or, for an UncommittedError, written but not committed.
        """
        key = key or self.key
        if journal is not None:
            journal = journal._replace(at=int(self.context.clock()), host=self.context.host)
        text = journals.render(self.name, key, journal, self._found)
        store, uncommitted = self.context.store, None
        try:
            store.write(self.name, text, message.format(store.label(self.name)), must_read_back=True)
        except UncommittedError as error:
            uncommitted = error
        self._as_user.key, self.journal = key, journal
        if uncommitted:
            raise uncommitted.with_hint(f"{uncommitted.hint}; then run {self.command('--resume')}")

    def commit(self, message: str) -> None:
        """Commits what is stored, if git has not yet."""
        store = self.context.store
        store.finish(self.name, message.format(store.label(self.name)))

    def replace(self, message: str, journal: Journal, key: Credentials) -> None:
        """Stores another key for use, and invalidates all sessions and tickets of the previous one."""
        with drop_sessions.around(self.context, self.name):
            self.store(message, journal, key)

    # Calls to IAM.

    def listed(self, user: str) -> Sequence[ListedKey]:
        """The user's keys."""
        return self._as_user.ask(lambda signer, at: iam.list_access_keys(signer, at, user), iam.access_keys)

    def create(self) -> Credentials:
        """Creates a key."""
        return self._as_user.ask(
            lambda signer, at: iam.create_access_key(signer, at, self.user), iam.new_access_key
        )

    def used(self, key_id: str) -> int | None:
        """When a key was last used; None for never."""
        return self._as_user.ask(
            lambda signer, at: iam.access_key_last_used(signer, at, key_id), iam.last_used
        )

    def activate(self, key_id: str, *, active: bool) -> bool:
        """Activates or deactivates a key; False if it does not exist."""
        return self._as_user.change(
            lambda signer, at: iam.update_access_key(signer, at, self.user, key_id, active=active)
        )

    def delete(self, key_id: str, user: str = "") -> bool:
        """Deletes a key; False if it does not exist.

        Args:
            key_id: of the key.
            user: its owner, if the journal does not name the owner yet.
        """
        return self._as_user.change(
            lambda signer, at: iam.delete_access_key(signer, at, user or self.user, key_id)
        )

    def drop_orphans(self, journal: Journal, way: str = "") -> None:
        """Deletes the keys that were created since a rotation began and whose secrets are lost.

        Args:
            journal: of the rotation.
            way: to ask first: the option of this run, for the hint; empty to delete without a question.

        Raises:
            UserError: the answer was no.
        """
        user = verdicts.user_name(journal.arn)
        for orphan in verdicts.orphans(self.listed(user), journal):
            lost = (
                "its secret is lost"
                if journal.host == self.context.host
                else f"its secret may be in the store on {journal.host}, not pushed yet"
            )
            question = (
                f"The user has a new key {orphan.key_id}, created since this rotation began, probably by the"
                f" interrupted run; {lost}. Delete it?"
            )
            instead = f"run {self.command(way, '--delete-other')}"
            if way and not self.context.confirm(question, instead=instead):
                raise UserError(
                    f"the key {orphan.key_id} must be deleted first, but was kept", hint=instead, code=FAILED
                )
            self.delete(orphan.key_id, user)
            self.tell(f"deleted the key {tail(orphan.key_id)}, whose secret is lost")
