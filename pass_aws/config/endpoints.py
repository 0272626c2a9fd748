"""The endpoints of a profile's calls: overrides, and the default region.

Source: botocore's ConfiguredEndpointProvider: variable of the service, general one, `services`, profile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pass_aws.aws import partition, urls
from pass_aws.config import setting_keys
from pass_aws.config.inheritance import Found, Level
from pass_aws.errors import UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pass_aws.config.inheritance import Inherited
    from pass_aws.config.profiles import Profiles

GENERAL = "AWS_ENDPOINT_URL"
KEYS = {service: f"{service}.endpoint_url" for service in setting_keys.SERVICES}
SWITCHES = {
    "use_fips_endpoint": "AWS_USE_FIPS_ENDPOINT",
    "use_dualstack_endpoint": "AWS_USE_DUALSTACK_ENDPOINT",
    "sts_regional_endpoints": "AWS_STS_REGIONAL_ENDPOINTS",
    "ca_bundle": "AWS_CA_BUNDLE",
}
_SERVICE = re.compile("[a-z0-9_]+")


def variable(service: str) -> str:
    """`AWS_ENDPOINT_URL_STS` for `sts`."""
    return f"{GENERAL}_{service.upper()}"


def add(found: Level, files: Inherited, config: Profiles, env: Mapping[str, str]) -> list[str]:
    """Adds `<service>.endpoint_url` for every service with an override, and returns the faults.

    Overrides come from the profile or included profiles; those of `[default]` apply only to `[default]`.
    """
    if _ignored(found):
        return []
    sections, faults = _services(found.get("services"), config)
    line = _line(files)
    for service in sorted({*setting_keys.SERVICES, *sections}):
        set_ = next(
            (Found(env[name], name, name) for name in (variable(service), GENERAL) if env.get(name)), None
        )
        if url := set_ or sections.get(service) or line:
            found[f"{service}.endpoint_url"] = url
    urls_ = dict.fromkeys(found[key] for key in found if key.endswith(".endpoint_url"))
    return [*faults, *(fault for url in urls_ for fault in _fault(url))]


def _line(files: Inherited) -> Found | None:
    return next((level["endpoint_url"] for level in files.own if "endpoint_url" in level), None)


def _ignored(found: Level) -> bool:
    switch = found.get("ignore_configured_endpoint_urls")
    return switch is not None and switch.text.lower() == "true"


def directions(found: Level, files: Inherited, env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The variables that set the endpoints of a command's SDK, from the profile itself.

    They do not include the environment's own settings, which the command inherits anyway.

    Args:
        found: the effective values, with those that `add` has added.
        files: the values in the files.
        env: the user's environment.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    line = None if _ignored(found) or env.get(GENERAL) else _line(files)
    services = [
        (variable(key.removesuffix(".endpoint_url")), url.text)
        for key, url in sorted(found.items())
        if key.endswith(".endpoint_url") and url.origin.startswith("[services ")
    ]
    switches = [
        (name, found[key].text)
        for key, name in SWITCHES.items()
        if key in found and found[key].origin.startswith("[")
    ]
    return (*([(GENERAL, line.text)] if line else []), *services, *switches)


def _fault(url: Found) -> list[str]:
    try:
        urls.endpoint(url.text)
    except ValueError as error:
        return [f"{url.at('endpoint_url')}: {error}"]
    return []


def _services(name: Found | None, config: Profiles) -> tuple[Level, list[str]]:
    """The overrides in a `[services NAME]` section."""
    if name is None:
        return {}, []
    try:
        section = config.services(name.text)
    except UserError as error:
        return {}, [str(error)]
    if section is None:
        return {}, [f"{name.where}: there is no [services {shown(name.text)}]"]
    origin, where = f"[services {name.text}]", f"{config.path}:{section.line}"
    blocks = {service: block.get("endpoint_url", "") for service, block in section.nested.items()}
    found = {service: Found(url, origin, where) for service, url in blocks.items() if url}
    wrong = [service for service in found if not _SERVICE.fullmatch(service)]
    faults = [f"{where}: {shown(service)} is not the name of a service (s3, dynamodb)" for service in wrong]
    return found, faults


def implicit_region(found: Level) -> str:
    """The default region: that of the role's or the MFA device's partition."""
    for key in ("role_arn", "mfa_serial"):
        if key in found and (known := partition.of_arn(found[key].text)):
            return known.region
    return partition.AWS.region


def crossing(found: Level) -> list[str]:
    """The fault, if region and role are in different partitions; allowed with an endpoint override."""
    if "region" not in found or "role_arn" not in found or KEYS["sts"] in found:
        return []
    here, there = partition.of_region(found["region"].text), partition.of_arn(found["role_arn"].text)
    if there is None or here is there:
        return []
    region, role = found["region"], found["role_arn"]
    region_of = f"region {shown(region.text)} ({region.origin}) is in {here.name}"
    return [f"{role.where}: role_arn is in partition {there.name}, but {region_of}"]


def notes(found: Level) -> list[str]:
    """Notes for the user about calls that do not go to AWS."""
    if url := found.get(KEYS["sts"]):
        return [f"calls go to {shown(url.text)} ({url.origin})"]
    return []
