"""Checks one profile's credential settings: incomplete, contradictory, or missing.

If AWS's tools and aws-vault agree on a combination, we do the same. If they differ, we refuse the profile,
since one of them would use credentials that the other would not. `credentials/plan` checks whole chains.
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
"""botocore uses SSO if one of them is set; a portal alone is not a source of credentials."""
BESIDE_SSO = (
    "source_profile",
    "credential_source",
    *WEB_IDENTITY,
    "login_session",
    "credential_process",
    "aws_access_key_id",
)
"""Keys that give credentials without SSO."""

DIFFER = "the AWS CLI uses the second, aws-vault the first"


def drop_unused(name: str, found: Level) -> list[str]:
    """Removes keys that neither the AWS CLI nor aws-vault would use, and returns notes for the user."""
    notes = []
    _follow_ourselves(name, found)
    if not any(key in found for key in SSO_CHOSEN) and any(key in found for key in BESIDE_SSO):
        for key in (*SSO, "sso_registration_scopes"):
            found.pop(key, None)
    if all(key in found for key in WEB_IDENTITY):
        del found["web_identity_token_process"]
        notes.append(f"profile {name}: web_identity_token_process is ignored: web_identity_token_file is set")
    others = (*OTHERS, *SSO_CHOSEN, "aws_access_key_id")
    if "role_arn" not in found and "credential_source" in found and any(key in found for key in others):
        del found["credential_source"]
        notes.append(f"profile {name}: credential_source is ignored without role_arn")
    if "role_arn" not in found and any(key in found for key in SSO_CHOSEN):
        beside = [key for key in ("login_session", "credential_process") if key in found]
        notes += [f"profile {name}: {key} is ignored: the profile uses SSO" for key in beside]
    return notes


def _follow_ourselves(name: str, found: Level) -> None:
    """Replaces a `credential_process` that runs pass aws by the profile that it names, as source profile.

    If the profile has other credentials, the line is only for SDKs. A line with options is kept, and refused.
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


def needs_key(name: str, found: Level) -> bool:
    """Whether a profile lacks only a stored key: none of its settings leads to other credentials."""
    others = (*OTHERS, *SSO_CHOSEN, "credential_source", "aws_access_key_id")
    source = found.get("source_profile")
    alone = "role_arn" in found if source is None else source.text == name
    return alone and not any(key in found for key in others)


def faults(name: str, found: Level, config: Profiles, *, stored: bool) -> list[str]:
    """All contradictions in one profile; adds the values of its `[sso-session]`.

    Args:
        name: of the profile.
        found: its values.
        config: the file with the `[sso-session]` sections.
        stored: whether the store has its key, which then takes precedence.
    """
    wrong = _both(found, ("source_profile",), ("credential_source",), "use only one of them")
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
    """The fault, if a key of each list is set."""
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
        f"{source.where}: source_profile {shown(name)} is the profile itself, but no key is stored for it"
    ]


def _half_key(found: Level) -> list[str]:
    pair = ("aws_access_key_id", "aws_secret_access_key")
    there = [key for key in pair if key in found]
    if len(there) != 1:
        return []
    missing = pair[1] if there == [pair[0]] else pair[0]
    return [f"{found[there[0]].where}: {there[0]} without {missing}"]


def _role(found: Level) -> list[str]:
    """The fault, if a role does not have exactly one source of credentials."""
    if "source_profile" in found or "credential_source" in found:
        return _both(found, ("source_profile", "credential_source"), WEB_IDENTITY, DIFFER)
    if any(key in found for key in WEB_IDENTITY):
        return _both(found, SSO, WEB_IDENTITY, DIFFER)
    other = next((key for key in (*OTHERS, "aws_access_key_id") if key in found), None)
    beside = f" ({other} in the same profile is not used for it)" if other else ""
    return [f"{found['role_arn'].where}: role_arn without source_profile or credential_source{beside}"]


def _tokens(found: Level) -> list[str]:
    token = next((found[key] for key in WEB_IDENTITY if key in found), None)
    return [f"{token.where}: a web identity without role_arn"] if token else []


def _sso(found: Level, config: Profiles) -> list[str]:
    """Completes the SSO settings from the `[sso-session]`; returns what is missing or does not match."""
    there = [found[key] for key in SSO if key in found]
    if not there:
        return []
    wrong = _sso_session(found, config) if "sso_session" in found else []
    wrong += _start_url(found)
    alone = found.get("sso_session", there[0]).origin == "--sso-session" and "sso_account_id" not in found
    needed = SSO_NEEDED[:2] if alone else SSO_NEEDED
    missing = [key for key in needed if key not in found]
    if missing and not wrong:
        wrong.append(f"{_place(there[0], config)}: incomplete SSO settings: {', '.join(missing)} missing")
    return wrong


def _place(first: inheritance.Found, config: Profiles) -> str:
    """The place of SSO settings: the section that --sso-session names, not the option."""
    section = config.sso_session(first.text) if first.origin == "--sso-session" else None
    return f"{config.path}:{section.line}" if section else first.where


def _start_url(found: Level) -> list[str]:
    """Checks the start URL: its host must be AWS's, unless the user has configured another service."""
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
            wrong.append(f"{own.where}: {key} differs from the one in [sso-session {shown(name.text)}]")
    return wrong
