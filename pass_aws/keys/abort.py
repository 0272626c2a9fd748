"""Cancels a rotation: uses the old key again, and deletes the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.keys import proving
from pass_aws.keys.journal import CREATE, INACTIVE, PENDING, RETIRE
from pass_aws.model import tail

if TYPE_CHECKING:
    from pass_aws.keys.rotation_actions import Rotation


def abort(run: Rotation, *, asks: bool) -> None:
    """Cancels an unfinished rotation.

    Args:
        run: its entry.
        asks: whether to ask before deleting a key whose secret is lost.

    Raises:
        UserError: the old key is already deleted, or AWS refused.
    """
    journal = run.begun
    if journal.state == CREATE:
        run.drop_orphans(journal, "--abort" if asks else "")
    if journal.state in (RETIRE, INACTIVE):
        bring_back(run)
    if (new := run.begun.other) is not None:
        run.delete(new.access_key_id)
        run.tell(f"deleted the new key {tail(new.access_key_id)}")
    run.store("Abort rotation of {}.", None)
    run.tell(f"the rotation is cancelled; the key is again {tail(run.key.access_key_id)}")


def bring_back(run: Rotation) -> None:
    """Activates and uses the old key again; keeps the new one in the journal.

    Raises:
        UserError: the old key is deleted, or does not work.
    """
    journal, old = run.begun, run.begun.other
    assert old is not None  # noqa: S101 - the journal's reader ensures it
    if not run.activate(old.access_key_id, active=True):
        raise UserError(
            f"the old key {tail(old.access_key_id)} of {run.name} is deleted at AWS and cannot be restored",
            hint=f"run {run.command('--resume' if journal.state == RETIRE else '--finish')}",
        )
    proving.patiently(lambda: proving.check(old, journal.arn, run.sts, run.context), run.context)
    run.replace("Use old key of {} again.", journal._replace(state=PENDING, other=run.key), old)
    run.tell(f"the old key {tail(old.access_key_id)} is active and in use again")
