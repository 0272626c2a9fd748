"""What one profile says about where its credentials come from, where that is half, double or nothing.

AWS's tools and aws-vault agree in most mixtures, then we do the same; where they differ the profile is
refused, since one of them would use credentials that the other would not. Whole chains are the plan's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import start_url
from pass_aws.config import endpoints, inheritance
from pass_aws.errors import UserError
from pass_aws.system import self_reference
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.config.inheritance import Level
    from pass_aws.config.profiles import Profiles

WEB_IDENTITY = ("web_identity_token_file", "web_identity_token_process")
SSO = ("sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region")
SSO_NEEDED = ("sso_start_url", "sso_region", "sso_account_id", "sso_role_name")
OTHERS = ("sso_session", "sso_start_url", *WEB_IDENTITY, "login_session", "credential_process")

SSO_CHOSEN = ("sso_account_id", "sso_role_name")
"""botocore takes SSO where one of them is set; a portal alone is no source of credentials."""
BESIDE_SSO = (
    "source_profile",
    "credential_source",
    *WEB_IDENTITY,
    "login_session",
    "credential_process",
    "aws_access_key_id",
)
"""What gives credentials without SSO."""

DIFFER = "AWS's tools use the second, aws-vault the first"


def drop_unused(name: str, found: Level) -> list[str]:
    """Takes out what both judges would not use, and returns what the user should know."""
    notes = []
    _follow_ourselves(name, found)
    if not any(key in found for key in SSO_CHOSEN) and any(key in found for key in BESIDE_SSO):
        for key in (*SSO, "sso_registration_scopes"):
            found.pop(key, None)
    if all(key in found for key in WEB_IDENTITY):
        del found["web_identity_token_process"]
        notes.append(f"profile {name}: web_identity_token_process is not used beside web_identity_token_file")
    others = (*OTHERS, *SSO_CHOSEN, "aws_access_key_id")
    if "role_arn" not in found and "credential_source" in found and any(key in found for key in others):
        del found["credential_source"]
        notes.append(f"profile {name}: credential_source is not used without role_arn")
    if "role_arn" not in found and any(key in found for key in SSO_CHOSEN):
        beside = [key for key in ("login_session", "credential_process") if key in found]
        notes += [f"profile {name}: SSO is used, {key} beside it is not" for key in beside]
    return notes


def _follow_ourselves(name: str, found: Level) -> None:
    """A `credential_process` that is pass aws itself leads to the profile that it names, as its source.

    Beside other credentials it is for the SDKs alone. One with options of its own stays, and is refused.
    """
    line = found.get("credential_process")
    if line is None or not self_reference.is_line(line.text):
        return
    source, plain = self_reference.named(line.text)
    role = found.get("role_arn")
    own_role = role is not None and role.origin.startswith("[")
    beside = own_role or any(key in found for key in BESIDE_SSO if key != "credential_process")
    if beside or source in ("", name) or any(key in found for key in SSO_CHOSEN):
        del found["credential_process"]
    elif plain:
        found["source_profile"] = line._replace(text=source)
        del found["credential_process"]


def needs_key(found: Level) -> bool:
    """Whether a stored key is all that a profile lacks: nothing in it names anybody who signs."""
    others = (*OTHERS, *SSO_CHOSEN, "credential_source", "aws_access_key_id")
    return ("role_arn" in found or "source_profile" in found) and not any(key in found for key in others)


def faults(name: str, found: Level, config: Profiles, *, stored: bool) -> list[str]:
    """Everything that contradicts itself in one profile; adds what the `[sso-session]` says.

    Args:
        name: the profile's.
        found: its values.
        config: has the `[sso-session]` sections.
        stored: whether the store has its key, which is then used whatever else it names.
    """
    wrong = _both(found, ("source_profile",), ("credential_source",), "only one of them can sign")
    if stored:
        return wrong
    wrong += _itself(name, found) + _half_key(found)
    if "role_arn" in found:
        return wrong + _role(found)
    if "source_profile" in found:
        others = OTHERS if found["source_profile"].text == name else (*OTHERS, "aws_access_key_id")
        return wrong + _both(found, ("source_profile",), others, DIFFER)
    wrong += _both(found, SSO, WEB_IDENTITY, DIFFER)
    wrong += _both(found, ("credential_process",), ("login_session",), DIFFER)
    return wrong + _tokens(found) + _sso(found, config)


def _both(found: Level, some: Sequence[str], others: Sequence[str], why: str) -> list[str]:
    """Says so where a key of each list is set."""
    one = next((key for key in some if key in found), None)
    other = next((key for key in others if key in found), None)
    if one is None or other is None:
        return []
    return [f"{found[other].where}: {one} ({found[one].origin}) and {other}: {why}"]


def _itself(name: str, found: Level) -> list[str]:
    source = found.get("source_profile")
    if source is None or source.text != name or "aws_access_key_id" in found:
        return []
    return [
        f"{source.where}: source_profile {shown(name)} is the profile itself, and no key is stored for it"
    ]


def _half_key(found: Level) -> list[str]:
    pair = ("aws_access_key_id", "aws_secret_access_key")
    there = [key for key in pair if key in found]
    if len(there) != 1:
        return []
    missing = pair[1] if there == [pair[0]] else pair[0]
    return [f"{found[there[0]].where}: {there[0]} without {missing}"]


def _role(found: Level) -> list[str]:
    """A role needs somebody who assumes it, and not two."""
    if "source_profile" in found or "credential_source" in found:
        return _both(found, ("source_profile", "credential_source"), WEB_IDENTITY, DIFFER)
    if any(key in found for key in WEB_IDENTITY):
        return _both(found, SSO, WEB_IDENTITY, DIFFER)
    other = next((key for key in (*OTHERS, "aws_access_key_id") if key in found), None)
    beside = f" ({other} of the same profile does not sign for it)" if other else ""
    return [f"{found['role_arn'].where}: role_arn without source_profile or credential_source{beside}"]


def _tokens(found: Level) -> list[str]:
    token = next((found[key] for key in WEB_IDENTITY if key in found), None)
    return [f"{token.where}: a web identity without role_arn"] if token else []


def _sso(found: Level, config: Profiles) -> list[str]:
    """Completes an SSO setting from its `[sso-session]`, and says what is missing or does not match."""
    there = [found[key] for key in SSO if key in found]
    if not there:
        return []
    wrong = _sso_session(found, config) if "sso_session" in found else []
    wrong += _start_url(found)
    alone = found.get("sso_session", there[0]).origin == "--sso-session" and "sso_account_id" not in found
    needed = SSO_NEEDED[:2] if alone else SSO_NEEDED
    missing = [key for key in needed if key not in found]
    if missing and not wrong:
        wrong.append(f"{there[0].where}: half an SSO setting: {', '.join(missing)} missing")
    return wrong


def _start_url(found: Level) -> list[str]:
    """People sign in there, so it must be a host of AWS, or of a service that somebody set on purpose."""
    url = found.get("sso_start_url")
    if url is None:
        return []
    try:
        start_url.check(url.text, overridden=endpoints.KEYS["sso_oidc"] in found)
    except ValueError as error:
        return [f"{url.at('sso_start_url')}: {error}"]
    return []


def _sso_session(found: Level, config: Profiles) -> list[str]:
    name = found["sso_session"]
    try:
        section = config.sso_session(name.text)
    except UserError as error:
        return [str(error)]
    if section is None:
        return [f"{name.where}: there is no [sso-session {shown(name.text)}]"]
    wrong = []
    for key, value in inheritance.values(section, f"[sso-session {name.text}]", config.path):
        own = found.setdefault(key, value) if key.startswith("sso_") else value
        if own.text != value.text:
            wrong.append(f"{own.where}: {key} differs from that of [sso-session {shown(name.text)}]")
    return wrong
