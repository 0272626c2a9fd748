"""Compares this machine's clock with that of AWS."""

from __future__ import annotations

from time import gmtime, strftime
from typing import TYPE_CHECKING

from pass_aws.doctor.finding import Finding, fail, ok, warn
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.doctor.facts import Facts

REFUSED, NOTED = 300, 60
"""Seconds of difference: AWS refuses the signature; it will soon.

Source: AWS Signature Version 4 for API requests, "Troubleshoot": five minutes.
"""


def clock(facts: Facts) -> Iterator[Finding]:
    """AWS accepts the time of our signatures."""
    found = facts.clock
    if not found.was_asked:
        return
    if found.trouble:
        why = "pass aws cannot get sessions"
        yield fail("clock", f"cannot reach AWS: {found.trouble}", why, command("curl", "-sSI", found.url))
        return
    seconds = abs(round(found.ahead))
    if seconds <= NOTED:
        yield ok("clock", f"AWS answers, and its clock is within {max(seconds, 1)} s of ours")
        return
    which = "behind" if found.ahead > 0 else "ahead of"
    now = strftime("%Y-%m-%d %H:%M:%S", gmtime(facts.now + found.ahead))
    synchronise, at_once = ("timedatectl", "set-ntp", "true"), ("date", "-u", "-s", now)
    fix = facts.person.as_root(*(synchronise if found.has_timedatectl else at_once))
    why = "AWS refuses signatures if the clock is five minutes off, and one-time codes are wrong"
    status = fail if seconds >= REFUSED else warn
    yield status("clock", f"this machine's clock is {seconds} s {which} AWS's", why, fix)
