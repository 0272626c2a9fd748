"""Gets the credentials of a profile for a command, and leaves a ticket for the next request."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.cache import freshness, ticket
from pass_aws.cache.ticket import Ticket
from pass_aws.credentials import profile_lookup, resolve
from pass_aws.credentials.sources import selection, sts_call
from pass_aws.credentials.step import PEOPLE
from pass_aws.errors import FAILED, CancelledError, UserError
from pass_aws.system import child_environment
from pass_aws.text import durations

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.credentials.step import Plan
    from pass_aws.model import Credentials


class Delivered(NamedTuple):
    """The credentials of a profile, with its settings and plan."""

    profile: str
    plan: Plan
    credentials: Credentials
    region: str

    @property
    def exports(self) -> list[tuple[str, str]]:
        """The variables to set, in order."""
        return child_environment.exports(
            self.credentials,
            profile=self.profile,
            region=self.region,
            users_region=self.plan.settings.users_region,
            directions=self.plan.settings.directions,
        )


class Origin(NamedTuple):
    """The state of a ticket's sources before they were read.

    Args:
        entry: path of the store entry; empty if the credentials come from elsewhere.
        times: of the entry and the AWS files.
        epoch: from `Tickets.epoch`.
        started: Unix seconds.
    """

    entry: str
    times: freshness.Times
    epoch: str
    started: float


def deliver(profile: str, context: Context, *, margin: int = ticket.MARGIN) -> Delivered:
    """Credentials for a profile.

    Args:
        profile: its name.
        context: the doors.
        margin: seconds that a cached session must still live, unless the user gave `--min-ttl`.

    Raises:
        UserError: there are no credentials.
    """
    with context.locks.ticket():
        if context.told.asked:  # the front has already asked, so we do not ask again
            context.tickets.distrust(profile)  # a planted ticket must not ask again
            raise _asked_in_vain(wrong=context.told.wrong)
        epoch, started = context.tickets.epoch(), context.clock()
        files = context.files.mtimes_ns()  # before reading, so that an edit in between makes the ticket stale
        made = profile_lookup.planned(profile, context)
        first = made.steps[0]
        entry = selection.origin(first, context)
        origin = Origin(entry, freshness.Times(*files, freshness.time_of(entry)), epoch, started)
        margin, exact = wanted(context, margin)
        credentials = resolve.resolve(made, context, margin=margin, exact=exact)
        if first.call in PEOPLE:  # the sign-in may be new; the ticket contains nothing from its file
            entry = selection.origin(first, context)
            times = origin.times._replace(entry=freshness.time_of(entry))
            origin = origin._replace(entry=entry, times=times)
        if exact:
            _say_if_short(credentials, margin, context)
        if not credentials.session_token:
            context.warn(f"warning: this is the long-lived key of {first.profile} itself, not a session")
        delivered = Delivered(profile, made, credentials, made.settings.get("region"))
        _leave_ticket(delivered, context, origin)
        return delivered


def _asked_in_vain(*, wrong: bool) -> UserError:
    again = "run the command again"
    if wrong:
        return CancelledError("the passphrase was wrong", hint=again, code=FAILED)
    return CancelledError("the passphrase was wrong, or its prompt was cancelled", hint=again)


def wanted(context: Context, default: int) -> tuple[int, bool]:
    """The life that a cached session must have left, and whether the user has set it."""
    if context.options.min_ttl is not None:
        return context.options.min_ttl, True
    for name in ("PASS_AWS_MIN_TTL", "AWS_MIN_TTL"):
        if text := context.env.get(name):
            try:
                return durations.parse(text), True
            except ValueError as error:
                raise UserError(
                    f"{name}: {error}", hint="set it to a duration such as 30m, or unset it"
                ) from None
    return default, False


def _say_if_short(credentials: Credentials, margin: int, context: Context) -> None:
    """Warns if the session lives shorter than --min-ttl."""
    left = margin if credentials.expires is None else credentials.expires - int(context.clock())
    if left < margin:
        context.warn(
            f"the session lives {durations.short(left)}, not the {durations.short(margin)} of --min-ttl;"
            " a new one would not live longer"
        )


def _leave_ticket(delivered: Delivered, context: Context, origin: Origin) -> None:
    """Leaves a ticket, so that the next plain request costs one decryption."""
    credentials, first = delivered.credentials, delivered.plan.steps[0]
    if not context.options.plain or not credentials.session_token or not origin.entry:
        return  # tickets are for plain requests and never contain a long-lived key
    files, store = context.files, context.store
    given = ticket.given(context.env, store.root, files.config_path, files.credentials_path)
    if given is None or credentials.expires is None:
        return
    if context.tickets.left(delivered.profile, credentials.expires, times=origin.times, since=origin.started):
        return
    made = Ticket(delivered.profile, credentials.expires, given, origin.entry, delivered.exports)
    context.tickets.put_ticket(made, origin.times, origin.epoch, sts_call.recipients(first, context))
