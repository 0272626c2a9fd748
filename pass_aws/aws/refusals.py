"""Turns AWS's answer, or its absence, into the message and hint for the user; never with a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import refusal_rows as rows
from pass_aws.errors import UserError
from pass_aws.model import tail

if TYPE_CHECKING:
    from pass_aws.aws.refusal_rows import Facts

HIDDEN = "…"
NO_ANSWER = {
    "dns": ("the host name {host} is unknown", "check the network and the region"),
    "refused": ("{host} refuses the connection", "check the network, firewalls and proxies"),
    "timeout": (
        "{host} does not answer in time",
        "check the network, firewalls and proxies",
    ),
    "tls": (
        "the certificate of {host} is not trusted: {text}",
        "behind a TLS-inspecting proxy, set its CA file: ca_bundle in the profile, or AWS_CA_BUNDLE",
    ),
    "proxy": ("the proxy for {host} does not work: {text}", "check HTTPS_PROXY and NO_PROXY"),
    "other": ("cannot connect to {host}: {text}", "check the network and AWS_ENDPOINT_URL"),
}


class Refusal(NamedTuple):
    """A message, a hint, and the cause, a constant of `refusal_rows`."""

    message: str
    hint: str
    cause: str


class AwsError(UserError):
    """AWS refused the call, gave an unusable answer, or could not be reached.

    Args:
        refusal: message, hint and cause.
        aws_code: AWS's error code; empty if it did not answer.
        skew: seconds by which AWS's clock is ahead of ours, if known.
    """

    def __init__(self, refusal: Refusal, *, aws_code: str = "", skew: float = 0) -> None:
        super().__init__(refusal.message, hint=refusal.hint)
        self.cause = refusal.cause
        self.aws_code = aws_code
        self.skew = skew


def refusal(facts: Facts) -> Refusal:
    """The message for the user: from the first matching row of the table, else AWS's own text."""
    known = words(facts)
    for row in rows.TABLE:
        if facts.code in row.codes and row.part in facts.text and row.when(facts):
            return Refusal(row.message.format(**known), row.hint.format(**known), row.cause)
    if facts.status >= 500:
        trouble = Refusal(
            f"AWS has trouble with {facts.call} (HTTP {facts.status})", "try again", rows.TROUBLE
        )
        return lost(facts) if facts.once else trouble
    return Refusal(
        "{call} was refused: {code}: {text}".format(**known),
        "look up the code in AWS's documentation of {call}".format(**known),
        rows.OTHER,
    )


def lost(facts: Facts, host: str = "AWS") -> Refusal:
    """A call was sent, but its answer cannot be used; AWS may have carried it out."""
    if facts.once and not facts.serial:
        message = f"the answer of {host} to {facts.call} was lost; AWS may have carried out the call"
        return Refusal(message, "check the network", rows.LOST)  # callers add how to continue
    if not facts.serial:
        return Refusal(f"the answer of {host} to {facts.call} was lost", "try again", rows.NETWORK)
    message = f"the answer to {facts.call} was lost; the one-time code of {facts.serial} may be used up"
    return Refusal(message, "wait for the next code, then run the command again", rows.LOST)


def parameter(facts: Facts, name: str) -> Refusal:
    """A value that AWS would refuse is not sent; the message does not show it."""
    return Refusal(
        f"the {plain(name, 60)} of {facts.call} is not valid", "change it in the profile", rows.PARAMETER
    )


def unreached(kind: str, host: str, text: object = "") -> Refusal:
    """The call was not sent.

    Args:
        kind: a key of NO_ANSWER.
        host: the host of the call.
        text: the library's reason.
    """
    message, hint = NO_ANSWER[kind]
    return Refusal(message.format(host=plain(host, 100), text=plain(text, 150)), hint, rows.NETWORK)


def unusable(facts: Facts, reason: object) -> Refusal:
    """The answer is unusable."""
    if facts.once:
        return lost(facts)
    message = f"the answer to {facts.call} cannot be used: {plain(reason, 150)}"
    return Refusal(message, "check whether a proxy or endpoint_url answers instead of AWS", rows.GARBAGE)


def words(facts: Facts) -> dict[str, str]:
    """The values for the table's templates."""
    unmet = "another external_id" if facts.external_id else "an external_id"
    return {
        "action": plain(_between(facts.text, "perform: ", " "), 60),
        "because": _because(facts.text),
        "call": facts.call,
        "caller": plain(_between(facts.text, "User: ", " is not authorized"), 200) or "the caller",
        "clock": clock(facts.skew),
        "code": plain(facts.code, 60),
        "duration": str(facts.duration),
        "key": tail(facts.key_id),
        "parameter": plain(_between(facts.text, "at '", "'"), 60) or "parameters",
        "partition": facts.partition,
        "region": facts.region,
        "role": facts.role_arn or "the role",
        "serial": facts.serial or "the MFA device",
        "text": plain(facts.text),
        "unmet": unmet if facts.serial else f"{unmet} or MFA",
        "wanted": plain(_between(facts.text, "failed to satisfy constraint: ", ";"), 150),
    }


def _between(text: str, before: str, after: str) -> str:
    return text.partition(before)[2].partition(after)[0]


def _because(text: str) -> str:
    """AWS's own reason, if it gives one: "… with an explicit deny in an identity-based policy"."""
    for start in ("with an explicit deny", "because "):
        if start in text:
            return f" ({plain(start + text.partition(start)[2], 150)})"
    return ""


def clock(skew: float) -> str:
    """The error of this machine's clock, in words."""
    seconds = abs(round(skew))
    if seconds < 1:
        return "this machine's clock is wrong"
    shown = f"{round(seconds / 60)} minutes" if seconds >= 120 else f"{seconds} seconds"
    return f"this machine's clock is {shown} {'behind' if skew > 0 else 'ahead of'} AWS's"


def plain(text: object, limit: int = 300) -> str:
    """An external text on one line: without control characters, cut, without its full stop."""
    shown = " ".join("".join(each if each.isprintable() else " " for each in str(text)).split())
    return f"{shown[: limit - 1]}…" if len(shown) > limit else shown.removesuffix(".")


def scrubbed(text: object, secrets: tuple[str, ...]) -> str:
    """An external text without the secrets in it."""
    shown = str(text)
    for secret in secrets:
        if secret:
            shown = shown.replace(secret, HIDDEN)
    return shown
