"""Turns a profile into credentials: from a cached session if there is one, else with the planned calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws.refusal_rows import EXPIRED
from pass_aws.aws.refusals import AwsError
from pass_aws.credentials import digest
from pass_aws.credentials.sources import selection, sts_call
from pass_aws.credentials.step import PROCESS, SESSION_TOKEN, USER_LIFE, capped, capping
from pass_aws.errors import MUST_ASK, NobodyError, UserError
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.sources.root import Root
    from pass_aws.credentials.step import Plan, Step
    from pass_aws.model import Credentials

LAST_MINUTE = 60
"""Seconds; a session with less life left is never served, one with more if no new one is possible."""


USER_MARGIN = USER_LIFE // 2
"""Seconds that a session must live, so that it can sign all calls of a command about its user."""


def resolve(made: Plan, context: Context, *, margin: int, exact: bool) -> Credentials:
    """The credentials of a plan.

    Args:
        made: from profile_lookup.planned.
        context: the doors.
        margin: seconds of life that a cached session must have left.
        exact: whether the margin was set explicitly.

    Raises:
        UserError: there are no credentials.
    """
    for note in made.notes:
        context.warn(note)
    last = len(made.steps) - 1
    try:
        run = _Run(made, context, selection.root_of(made.steps[0], context), margin, exact=exact)
        credentials = run.answer(last)
    except NobodyError as nobody:
        raise nobody.with_hint(f"run once in a terminal: {_same(made, context)}") from None
    context.tickets.share(run.digest(last), credentials.expires, profile=made.settings.name, entry=run.entry)
    return credentials


def _same(made: Plan, context: Context) -> str:
    """A command that makes the sessions of this plan, so that the next run finds them."""
    options = context.options
    words = ["pass", "aws", "exec", made.settings.name]
    words += ["-d", str(options.duration)] if options.duration else []
    words += ["--no-session"] if options.no_session else []
    words += ["--role-arn", options.role_arn] if options.role_arn else []
    words += ["--policy-file", context.args.policy_file] if options.policy else []
    words += [word for arn in options.policy_arns for word in ("--policy-arn", arn)]
    words += ["--read-only"] if options.read_only else []
    return command(*words, "--", "true")


class _Run:
    """Runs a plan's steps from the last one backwards, so that nothing is requested before it is needed."""

    def __init__(self, made: Plan, context: Context, root: Root, margin: int, *, exact: bool) -> None:
        self.steps, self.root = made.steps, root
        self.context = context
        self.margin, self.exact = margin, exact
        self.fresh = context.options.fresh
        self.entry = selection.stem(self.steps[0])
        self._distrusted: set[int] = set()

    def digest(self, number: int) -> str:
        """The digest that names a step's session."""
        return digest.compute(self.steps[: number + 1], self.root.identity)

    def answer(self, number: int) -> Credentials:
        """The credentials after a step, from a cached session if one fits."""
        if number == 0 and not self.root.cached:
            return self.root.fetch()
        last = number == len(self.steps) - 1
        margin = self.margin if last else LAST_MINUTE
        known = self.digest(number)
        looked = False
        while True:
            if found := self._cached(number, known, margin):
                return found
            with self.context.locks.hold(known) as lock:
                if lock.waited and not looked:
                    looked = True
                    continue  # the previous holder has left the answer, which needs no lock
                if found := self._cached(number, known, margin):
                    return found
                return self._renewed(number, known)

    def _cached(self, number: int, known: str, margin: int) -> Credentials | None:
        if self.fresh or number in self._distrusted:
            return None
        step = self.steps[number]
        life = step.duration if step.call == SESSION_TOKEN and step.given else 0
        exact = self.exact and number == len(self.steps) - 1
        found = self.context.tickets.session(known, left=margin, life=life, exact=exact)
        self.context.debug(f"{step.call} for profile {step.profile}: {'cached' if found else 'not cached'}")
        return found

    def _renewed(self, number: int, known: str) -> Credentials:
        step = self.steps[number]
        try:
            made = self._call(number)
        except UserError as error:
            served = self._last_resort(step, known, error)
            if served is None:
                raise
            return served
        self.context.tickets.put_session(
            known,
            made,
            life=max(step.duration, (made.expires or 0) - int(self.context.clock())),
            profile=step.profile,
            entry=self.entry,
            recipients=sts_call.recipients(self.steps[0], self.context),
        )
        return made

    def _last_resort(self, step: Step, known: str, error: UserError) -> Credentials | None:
        """Serves a session that expires soon if the user cannot be asked, or AWS cannot be reached."""
        if self.fresh or not (error.code == MUST_ASK or sts_call.unreachable(error)):
            return None
        served = self.context.tickets.session(known, left=LAST_MINUTE, life=0)
        if served is not None:
            self.context.warn(f"{step.profile}: {error}; using the session that expires soon")
        return served

    def _capped(self, number: int, before: Credentials) -> Step:
        """A step with its final duration: only a credential_process's answer shows if it is a session."""
        step = self.steps[number]
        if number != 1 or self.steps[0].call != PROCESS or not before.session_token:
            return step
        shorter = capped(step)
        if shorter is not step:
            self.context.warn(capping(step.duration))
        return shorter

    def _call(self, number: int) -> Credentials:
        if number == 0:
            return self.root.fetch()
        before = self.answer(number - 1)
        step = self._capped(number, before)
        if not step.mfa_serial:
            try:
                return sts_call.call(step, before, self.context)
            except AwsError as error:
                cached = number > 1 or self.root.cached
                if error.cause != EXPIRED or number - 1 in self._distrusted or not cached:
                    raise
            self._distrusted.add(number - 1)  # our clock or our cache was wrong
            return self._call(number)
        with self.context.locks.hold(f"{before.access_key_id} {step.mfa_serial}") as device:
            return sts_call.call_with_code(step, before, self.context, device)
