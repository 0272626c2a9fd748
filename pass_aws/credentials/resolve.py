"""Turns a profile into credentials: from a cached session if there is one, else with the planned calls."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pass_aws.aws.refusal_rows import EXPIRED
from pass_aws.aws.refusals import AwsError
from pass_aws.config import settings
from pass_aws.credentials import chain, digest, plan
from pass_aws.credentials.sources import selection, sts_call
from pass_aws.credentials.step import PROCESS, SESSION_TOKEN, USER_LIFE, capped, capping
from pass_aws.errors import MUST_ASK, UserError
from pass_aws.mfa.drivers import NobodyError
from pass_aws.store import entry
from pass_aws.system import self_reference
from pass_aws.text.quoting import command, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.credentials.sources.root import Root
    from pass_aws.credentials.step import Plan, Step
    from pass_aws.model import Credentials

TOKENS = ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""Variables that show that the environment's credentials are a session."""
LAST_MINUTE = 60
"""Seconds; a session with less life left is never served, one with more if no new one is possible."""


def planned(name: str, context: Context, *, federation: int = 0) -> Plan:
    """The plan for a profile, made without decryption, prompts or calls.

    Args:
        name: of the profile.
        context: the doors.
        federation: for the console: the life of a plain key's federation token in seconds; else 0.

    Raises:
        UserError: unknown profiles, loops, contradictions, values out of range.
    """
    has_token = any(context.env.get(token) for token in TOKENS)
    return _checked(
        name,
        context,
        lambda links: plan.make(
            links, no_session=context.options.no_session, env_has_token=has_token, federation=federation
        ),
    )


def as_user(name: str, context: Context) -> Plan:
    """The plan for acting as the IAM user at the start of a profile's chain.

    Raises:
        UserError: as `planned`, or the chain does not start with a stored key.
    """
    return _checked(
        name, context, lambda links: plan.make_for_user(links, no_session=context.options.no_session)
    )


def _checked(name: str, context: Context, planner: Callable[[Sequence[Settings]], Plan]) -> Plan:
    def look_up(profile: str, target: bool) -> Settings:
        return settings_of(profile, context, target=target)

    try:
        made = planner(chain.follow(name, look_up))
    except chain.LackingError as lacking:
        raise _with_place(lacking, context) from None
    for number, step in enumerate(made.steps):
        if loop := self_reference.circle(context.env, step.program):
            raise UserError(
                f"the {step.program} calls itself: {loop}",
                hint="make it use another profile, or remove the line",
            )
        context.debug(f"step {number + 1}: {step.call} for profile {step.profile}")
    return made


def settings_of(
    profile: str, context: Context, *, target: bool = True, stored: bool | None = None
) -> Settings:
    """The settings of one profile.

    Args:
        profile: its name.
        context: the doors.
        target: whether it is the profile of the request.
        stored: whether the store has its key; looked up if None.
    """
    if stored is None:
        stored = entry.kind(profile) == "key" and context.store.exists(profile)
    files = context.files
    return settings.look_up(
        files.config(),
        files.credentials(),
        profile,
        context.parent,
        context.options,
        target=target,
        stored=stored,
    )


def _with_place(lacking: chain.LackingError, context: Context) -> UserError:
    """Completes the error: reports a missing store; the hint names keys elsewhere, or similar ones."""
    if trouble := context.store.trouble():
        return UserError(f"{lacking}: {trouble}", hint=trouble.hint)
    if label := context.store.elsewhere(lacking.profile):
        there = quote(context.store.label(lacking.profile))
        return lacking.with_hint(f"the store has {label}: run pass mv {quote(label)} {there}")
    near = _meant(lacking.profile, context)
    return lacking.with_hint(f"did you mean {near}") if near not in ("", lacking.profile) else lacking


USER_MARGIN = USER_LIFE // 2
"""Seconds that a session must live, so that it can sign all calls of a command about its user."""


def _meant(name: str, context: Context) -> str:
    """The most similar profile name, but not one whose program has called us."""
    from pass_aws.credentials import listing
    from pass_aws.text import suggestions

    inside = {line.rpartition(" of profile ")[2] for line in self_reference.running(context.env)}
    known = [profile for profile in listing.profiles(context) if profile not in inside]
    while (near := suggestions.to(name, known)) and _asks(near, name, context):
        known.remove(near)
    return near


def _asks(profile: str, name: str, context: Context) -> bool:
    """Whether a profile's credential_process is pass aws for the profile of this name."""
    try:
        section = context.files.config().profile(profile)
    except UserError:
        return False
    line = section.values.get("credential_process") if section else None
    return (
        line is not None and self_reference.is_line(line.text) and self_reference.named(line.text)[0] == name
    )


def resolve(made: Plan, context: Context, *, margin: int, exact: bool = False) -> Credentials:
    """The credentials of a plan.

    Args:
        made: from `planned`.
        context: the doors.
        margin: seconds of life that a cached session must have left.
        exact: whether the margin was set explicitly.

    Raises:
        UserError: there are no credentials.
    """
    for note in made.notes:
        context.warn(note)
    run, last = _Run(made, context, margin, exact=exact), len(made.steps) - 1
    try:
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

    def __init__(self, made: Plan, context: Context, margin: int, *, exact: bool) -> None:
        self.steps = made.steps
        self.context = context
        self.margin, self.exact = margin, exact
        self.fresh = context.options.fresh
        self.entry = selection.stem(self.steps[0])
        self._distrusted: set[int] = set()

    @cached_property
    def root(self) -> Root:
        """The root of the chain, read or run once."""
        return selection.root_of(self.steps[0], self.context)

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
        """Serves a session that expires soon if nobody can answer a prompt, or AWS cannot be reached."""
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
