"""From what AWS answered, or did not, to the two lines the user reads; never with a secret in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import refusal_rows as rows
from pass_aws.errors import UserError
from pass_aws.model import tail

if TYPE_CHECKING:
    from pass_aws.aws.refusal_rows import Facts

HIDDEN = "…"
NO_ANSWER = {
    "dns": ("the name {host} is not known", "look whether the network and the region are right"),
    "refused": ("nobody answers at {host}", "look whether the network, a firewall or a proxy is in the way"),
    "timeout": (
        "{host} does not answer in time",
        "look whether the network, a firewall or a proxy is in the way",
    ),
    "tls": (
        "the certificate of {host} is not trusted: {text}",
        "behind an inspecting proxy name its CA file: ca_bundle in the profile, or AWS_CA_BUNDLE",
    ),
    "proxy": ("the proxy for {host} does not work: {text}", "check HTTPS_PROXY and NO_PROXY"),
    "other": ("{host} cannot be asked: {text}", ""),
}


class Refusal(NamedTuple):
    """One line saying what is wrong, one saying what to do, and the cause, a constant of `refusal_rows`."""

    message: str
    hint: str
    cause: str


class AwsError(UserError):
    """AWS said no, could not be understood, or could not be reached.

    Args:
        refusal: message, hint and cause.
        aws_code: AWS's error code; empty where it did not answer.
        skew: seconds AWS's clock is ahead of ours, as far as known.
    """

    def __init__(self, refusal: Refusal, *, aws_code: str = "", skew: float = 0) -> None:
        super().__init__(refusal.message, hint=refusal.hint)
        self.cause = refusal.cause
        self.aws_code = aws_code
        self.skew = skew


def refusal(facts: Facts) -> Refusal:
    """What to tell the user: the first row of the table that fits, else AWS's own words."""
    known = words(facts)
    for row in rows.TABLE:
        if facts.code in row.codes and row.part in facts.text and row.when(facts):
            return Refusal(row.message.format(**known), row.hint.format(**known), row.cause)
    if facts.status >= 500:
        trouble = Refusal(
            f"AWS has trouble with {facts.call} (HTTP {facts.status})", "try again", rows.TROUBLE
        )
        return lost(facts) if facts.once else trouble
    return Refusal("{call} was refused: {code}: {text}".format(**known), "", rows.OTHER)


def lost(facts: Facts, host: str = "AWS") -> Refusal:
    """No usable answer to a call that had been sent; it may have been carried out."""
    if facts.once and not facts.serial:
        message = f"the answer of {host} to {facts.call} got lost; it may have been carried out"
        return Refusal(message, "", rows.LOST)
    if not facts.serial:
        return Refusal(f"the answer of {host} to {facts.call} got lost", "try again", rows.NETWORK)
    message = f"the answer to {facts.call} got lost, and the one-time code of {facts.serial} may be spent"
    return Refusal(message, "wait for the next code, then run it again", rows.LOST)


def parameter(facts: Facts, name: str) -> Refusal:
    """A value that AWS would refuse, refused before it was sent; the value is not shown."""
    return Refusal(
        f"the {plain(name, 60)} for {facts.call} cannot be right", "change it in the profile", rows.PARAMETER
    )


def unreached(kind: str, host: str, text: object = "") -> Refusal:
    """The call was never sent.

    Args:
        kind: a key of NO_ANSWER.
        host: where it should have gone.
        text: the library's reason.
    """
    message, hint = NO_ANSWER[kind]
    return Refusal(message.format(host=plain(host, 100), text=plain(text, 150)), hint, rows.NETWORK)


def unusable(facts: Facts, reason: object) -> Refusal:
    """An answer that is not one."""
    if facts.once:
        return lost(facts)
    message = f"the answer to {facts.call} cannot be used: {plain(reason, 150)}"
    return Refusal(message, "look whether a proxy or endpoint_url answers in AWS's place", rows.GARBAGE)


def words(facts: Facts) -> dict[str, str]:
    """What the table's templates are filled with."""
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
    """AWS's own reason, where it gives one: "… with an explicit deny in an identity-based policy"."""
    for start in ("with an explicit deny", "because "):
        if start in text:
            return f" ({plain(start + text.partition(start)[2], 150)})"
    return ""


def clock(skew: float) -> str:
    """How far this machine's clock is off, in words."""
    seconds = abs(round(skew))
    if seconds < 1:
        return "this machine's clock is wrong"
    shown = f"{round(seconds / 60)} minutes" if seconds >= 120 else f"{seconds} seconds"
    return f"this machine's clock is {shown} {'behind' if skew > 0 else 'ahead of'} AWS's"


def plain(text: object, limit: int = 300) -> str:
    """A foreign text on one line: no control characters, cut, without its full stop."""
    shown = " ".join("".join(each if each.isprintable() else " " for each in str(text)).split())
    return f"{shown[: limit - 1]}…" if len(shown) > limit else shown.removesuffix(".")


def scrubbed(text: object, secrets: tuple[str, ...]) -> str:
    """A foreign text with every secret in it taken out."""
    shown = str(text)
    for secret in secrets:
        if secret:
            shown = shown.replace(secret, HIDDEN)
    return shown
