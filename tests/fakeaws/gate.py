"""The checks of every signed request: signature, scope, time, key."""

from __future__ import annotations

import hmac
import re
from calendar import timegm
from time import strptime
from typing import TYPE_CHECKING

from fakeaws import sigv4
from fakeaws.clock import compact
from fakeaws.people import Caller, LastUsed
from fakeaws.wire import Refused

if TYPE_CHECKING:
    from fakeaws.people import AccessKey, Session
    from fakeaws.wire import Call, Request
    from fakeaws.world import World

TOLERANCE = 300
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
PARTITIONS = {
    "us-gov-": "aws-us-gov",
    "cn-": "aws-cn",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
}
UNKNOWN = ("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret"
    " Access Key and signing method. Consult the service documentation for details."
)


def authenticate(world: World, request: Request, call: Call, service: str) -> Caller:
    """The sender of the request; a failed check is a refusal with AWS's code and text."""
    header = request.header("authorization")
    if not header:
        raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    claim = sigv4.parse(header)
    call.key_id, call.region = claim.key_id, claim.region
    _check_scope(claim, request, service)
    _check_time(world, request.header("x-amz-date"))
    holder = _holder(world, claim, request.header("x-amz-security-token"))
    _check_signature(holder.secret, claim, request)
    caller = _caller(world, holder, claim)
    call.caller = caller.arn
    return caller


def partition(region: str) -> str:
    """The partition of a region."""
    return next((name for prefix, name in PARTITIONS.items() if region.startswith(prefix)), "aws")


def _check_scope(claim: sigv4.Authorization, request: Request, service: str) -> None:
    date = request.header("x-amz-date")
    if not date:
        message = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        raise Refused("IncompleteSignature", message)
    sent = {name for name, _ in request.headers if name.startswith("x-amz-")} | {"host"}
    unsigned = sorted(sent - set(claim.signed))
    problem = ""
    if claim.terminator != "aws4_request":
        problem = (
            f"Credential should be scoped with a valid terminator: 'aws4_request', not '{claim.terminator}'."
        )
    elif claim.service != service:
        problem = f"Credential should be scoped to correct service: '{service}'. "
    elif not REGION.fullmatch(claim.region):
        problem = "Credential should be scoped to a valid region. "
    elif claim.date != date[:8]:
        problem = (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP:"
            f" '{claim.date}' != '{date[:8]}', from '{date}'."
        )
    elif unsigned:
        problem = f"'{unsigned[0]}' must be a 'SignedHeader' in the AWS Authorization."
    if problem:
        raise Refused("SignatureDoesNotMatch", problem, 403)


def _check_time(world: World, date: str) -> None:
    try:
        sent = timegm(strptime(date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        message = f"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        raise Refused("IncompleteSignature", message) from None
    now = world.clock.wall()
    first, last = now - TOLERANCE, now + TOLERANCE
    if sent < int(first):
        message = f"Signature expired: {date} is now earlier than {compact(first)} ({compact(now)} - 5 min.)"
        raise Refused("SignatureDoesNotMatch", message, 403)
    if sent > last:
        message = (
            f"Signature not yet current: {date} is still later than {compact(last)} ({compact(now)} + 5 min.)"
        )
        raise Refused("SignatureDoesNotMatch", message, 403)


def _holder(world: World, claim: sigv4.Authorization, token: str) -> AccessKey | Session:
    if token:
        session = world.sessions.get(claim.key_id)
        if session and hmac.compare_digest(session.token.encode(), token.encode()):
            return session
    else:
        key = world.key(claim.key_id)
        if key and key.answers(world.clock.now()):
            return key
    raise Refused(*UNKNOWN)


def _check_signature(secret: str, claim: sigv4.Authorization, request: Request) -> None:
    right = sigv4.signature(secret, claim, request)
    if not hmac.compare_digest(right.encode(), claim.signature.encode()):
        raise Refused("SignatureDoesNotMatch", MISMATCH, 403)


def _caller(world: World, holder: AccessKey | Session, claim: sigv4.Authorization) -> Caller:
    now = world.clock.now()
    if isinstance(holder, tuple):
        if now >= holder.expires:
            raise Refused("ExpiredToken", "The security token included in the request is expired", 403)
        caller = holder.caller
    else:
        user = holder.user
        caller = Caller("user", user.arn, user.arn, user.user_id, user.account, user.partition, user)
        holder.last_used = LastUsed(now // 60 * 60, claim.service, claim.region)
    if caller.partition != partition(claim.region):
        raise Refused(*UNKNOWN)
    return caller
