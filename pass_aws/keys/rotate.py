"""Rotates a key: creates, stores and tests a new one before it deletes the old one.

Each step is written to the entry's journal before it is done, so that a killed run can be finished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws.refusal_rows import LOST, UNKNOWN_KEY
from pass_aws.aws.refusals import AwsError
from pass_aws.credentials import profile_lookup
from pass_aws.errors import UncommittedError, UserError
from pass_aws.keys import abort, proving, verdicts
from pass_aws.keys.journal import CREATE, INACTIVE, PENDING, RETIRE, Journal
from pass_aws.keys.rotation_actions import Rotation
from pass_aws.model import tail
from pass_aws.text.quoting import quote

if TYPE_CHECKING:
    from pass_aws.aws.iam import ListedKey
    from pass_aws.context import Context
    from pass_aws.keys.rotate_request import Request
    from pass_aws.model import Credentials

KEEP = "Keep old key of {} inactive."
"""The last commit of --keep-inactive."""
ATTEMPTS = 3
"""Attempts to create a key if an answer is lost, and attempts to store it."""


def rotate(profile: str, request: Request, context: Context) -> None:
    """Rotates the key at the start of a profile's chain.

    Raises:
        UserError: refused or interrupted; a working key is in the entry, and the hint says how to continue.
    """
    made = profile_lookup.planned(profile, context, as_user=True)
    name = made.steps[0].profile
    with context.locks.hold(f"rotate {context.store.path(name)}", alike=False) as lock:
        context.store.check_writable(name)  # before any call to AWS
        run = Rotation(made, context, keeps=request.keep_inactive)
        if run.journal is None and request.goes_on:
            context.store.finish(name, f"Finish rotation of {context.store.label(name)}.")
            run.tell("there is no unfinished rotation")
            return
        if run.journal is None and lock.waited:
            raise UserError(
                f"another process was already rotating the key of {name}",
                hint=f"if that process failed, run pass aws rotate {quote(name)} again",
            )
        _go_on(run, request)
        try:
            if request.abort:
                abort.abort(run, asks=not request.delete_other)
            elif run.journal is not None or _begin(run, request):
                _from_here(run, request)
        except UserError as error:
            if run.journal is not None and run.command() not in error.hint:
                way_on = verdicts.way_on(run.journal.state, error.hint, run.command)
                raise error.with_hint(way_on) from None
            raise


def _go_on(run: Rotation, request: Request) -> None:
    """R0: takes over an earlier run; writes the journal first, to check that storing works."""
    journal = run.journal
    if journal is None:
        return
    if not request.goes_on:
        verdicts.check_foreign(journal, run.name, run.context.host, run.context.clock())
    verdicts.check_key(journal, run.key.access_key_id, run.name)
    if journal.state == INACTIVE and not (request.finish or request.abort):
        run.commit(KEEP)  # a killed run may not have committed it
        if request.resume:
            return
    verdicts.check_state(journal.state, run.name, finish=request.finish, goes_back=request.abort)
    run.tell(f"continuing the rotation that {journal.host} began")
    if request.abort:
        return
    if journal.state == CREATE:
        run.drop_orphans(journal, "" if request.delete_other else "--resume")
    run.store("Resume rotation of {}.", journal._replace(keep=request.keeps(journal)))


def _begin(run: Rotation, request: Request) -> bool:
    """R1 to R3: checks the owner, makes room for a key, writes the journal; False if the key is too young."""
    who = run.context.aws.caller_identity(run.key, run.sts)
    verdicts.check_user(who, run.name)
    user, now = verdicts.user_name(who.arn), run.context.clock()
    own, others = verdicts.split(run.listed(user), run.key.access_key_id, run.name)
    if now - own.created < request.older_than:
        run.tell(f"the key {tail(own.key_id)} was created {verdicts.ago(own.created, now)}: not rotated")
        return False
    for key in others:
        _make_room(run, key, user, request)
    run.tell(f"replacing the key {tail(own.key_id)} of {who.arn}")
    begun = Journal(CREATE, who.arn, own.key_id, (own.key_id,), keep=request.keep_inactive)
    run.store("Begin rotation of {}.", begun)
    return True


def _make_room(run: Rotation, key: ListedKey, user: str, request: Request) -> None:
    """R2: deletes a second key if needed, since AWS allows a user two keys."""
    other, now = verdicts.Other(key, run.used(key.key_id)), run.context.clock()
    if not request.delete_other or not verdicts.deletable(other, now):
        raise verdicts.in_the_way(other, run.command("--delete-other"), now)
    run.delete(key.key_id, user)
    run.tell(f"deleted the other key: {verdicts.described(other, now)}")


def _from_here(run: Rotation, request: Request) -> None:
    """R4 to R11, from the state in the journal."""
    if run.begun.state == CREATE:
        made = _made(run)
        _keep(run, made)
        run.tell(f"created the key {tail(made.access_key_id)} and stored it with the old one")
    if run.begun.state == PENDING:
        _prove(run)
    if run.begun.state == RETIRE:
        _retire(run)
    if run.journal is not None and run.journal.state == INACTIVE:
        if request.finish:
            _delete(run)
        else:
            _kept(run)


def _made(run: Rotation) -> Credentials:
    """R4: CreateAccessKey; if the answer is lost, so is the secret, and that key is deleted."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return run.create()
        except AwsError as error:
            lost = error.cause == LOST or (attempt > 1 and error.aws_code == "LimitExceeded")
            if not lost:
                run.store("Abort rotation of {}.", None)  # AWS refused: nothing was changed
                raise
            if attempt == ATTEMPTS:
                raise
            run.tell(f"{error}; checking whether AWS created a key")
            run.context.pause(proving.PAUSE)
            run.drop_orphans(run.begun)
    raise AssertionError("unreachable")


def _keep(run: Rotation, made: Credentials) -> None:
    """R5: stores the new key with the old one; if that fails, deletes the new one at AWS."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            run.store("Add new key to {}.", run.begun._replace(state=PENDING, other=made))
        except UncommittedError:
            raise  # the key is stored
        except (UserError, KeyboardInterrupt) as error:
            if attempt == ATTEMPTS or not isinstance(error, UserError):
                _take_back(run, made)
                raise
            run.context.pause(proving.PAUSE)
        else:
            return


def _take_back(run: Rotation, made: Credentials) -> None:
    try:
        run.delete(made.access_key_id)
        run.tell(f"the new key {tail(made.access_key_id)} could not be stored, so it was deleted at AWS")
    except UserError:
        run.tell(f"the new key {made.access_key_id} could not be stored: delete it in IAM")


def _prove(run: Rotation) -> None:
    """R6, R7: tests that the new key works reliably, then uses it instead of the old one."""
    journal, new = run.begun, run.begun.other
    assert new is not None  # noqa: S101 - the journal's reader ensures it
    run.tell(f"waiting until all of AWS knows the key {tail(new.access_key_id)}, 5 to 60 s")
    try:
        proving.prove(new, journal.arn, run.sts, run.context)
    except AwsError as error:
        raise error.with_hint("") from None  # its hint is for keys that a user has typed
    run.replace("Use new key of {}.", journal._replace(state=RETIRE, other=run.key), new)
    run.tell(f"the key {tail(new.access_key_id)} works and is now in use")


def _retire(run: Rotation) -> None:
    """R8 to R11. With MFA a session of the old key signs; the last call that it signs deletes the key."""
    old, keep = run.begun.old, run.begun.keep
    if keep or not run.mfa:
        if not run.activate(old, active=False):
            _over(run)
            return
        run.tell(f"deactivated the old key {tail(old)}")
        _check_again(run)
    if keep:
        run.store(KEEP, run.begun._replace(state=INACTIVE))
    else:
        _delete(run)


def _kept(run: Rotation) -> None:
    """Says what can be done with a key that was kept."""
    run.tell(f"to delete the old key, run {run.command('--finish')}")
    run.tell(f"to go back to it, run {run.command('--abort')}")


def _check_again(run: Rotation) -> None:
    """R9: tests the new key while the old one is inactive; if AWS does not know it, restores the old one."""
    try:
        proving.patiently(lambda: proving.check(run.key, run.begun.arn, run.sts, run.context), run.context)
    except AwsError as error:
        if error.cause == UNKNOWN_KEY:
            abort.bring_back(run)
        raise


def _delete(run: Rotation) -> None:
    """R10: deletes the old key; it may already be deleted."""
    run.delete(run.begun.old)
    run.tell(f"deleted the old key {tail(run.begun.old)}")
    _over(run)


def _over(run: Rotation) -> None:
    """R11: removes the journal, so that the entry has only the new key."""
    run.store("Finish rotation of {}.", None)
    run.tell("the rotation is finished; the old key cannot be restored")
