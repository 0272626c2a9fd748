"""Which hosts a profile's calls go to: overrides, and the region where none is set.

Source: botocore's ConfiguredEndpointProvider: variable of the service, general one, `services`, profile.
"""

from __future__ import annotations

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


def variable(service: str) -> str:
    """`AWS_ENDPOINT_URL_STS` for `sts`."""
    return f"{GENERAL}_{service.upper()}"


def add(found: Level, files: Inherited, config: Profiles, env: Mapping[str, str]) -> list[str]:
    """Adds `<service>.endpoint_url` for every service with an override, and returns what is wrong."""
    of_variables = {name: env.get(name, "") for name in (GENERAL, *map(variable, setting_keys.SERVICES))}
    ignored = found.get("ignore_configured_endpoint_urls")
    if ignored and ignored.text.lower() == "true":
        return []
    sections, faults = _services(found.get("services"), config)
    line = next(
        (level["endpoint_url"] for level in (*files.own, files.default) if "endpoint_url" in level), None
    )
    for service in setting_keys.SERVICES:
        names = (variable(service), GENERAL)
        set_ = next((Found(of_variables[name], name, name) for name in names if of_variables[name]), None)
        if url := set_ or sections.get(service) or line:
            found[KEYS[service]] = url
    for url in dict.fromkeys(found[key] for key in KEYS.values() if key in found):
        faults += _fault(url)
    return faults


def _fault(url: Found) -> list[str]:
    try:
        urls.endpoint(url.text)
    except ValueError as error:
        return [f"{url.at('endpoint_url')}: {error}"]
    return []


def _services(name: Found | None, config: Profiles) -> tuple[Level, list[str]]:
    """The overrides of a `[services NAME]` section."""
    if name is None:
        return {}, []
    try:
        section = config.services(name.text)
    except UserError as error:
        return {}, [str(error)]
    if section is None:
        return {}, [f"{name.where}: there is no [services {shown(name.text)}]"]
    origin, where = f"[services {name.text}]", f"{config.path}:{section.line}"
    blocks = {
        service: section.nested.get(service, {}).get("endpoint_url", "") for service in setting_keys.SERVICES
    }
    return {service: Found(url, origin, where) for service, url in blocks.items() if url}, []


def implicit_region(found: Level) -> str:
    """The region where none is set: that of the role's or the MFA device's partition."""
    for key in ("role_arn", "mfa_serial"):
        if key in found and (known := partition.of_arn(found[key].text)):
            return known.region
    return partition.AWS.region


def crossing(found: Level) -> list[str]:
    """Says where region and role are of different partitions; an override of the endpoint excuses it."""
    if "region" not in found or "role_arn" not in found or KEYS["sts"] in found:
        return []
    here, there = partition.of_region(found["region"].text), partition.of_arn(found["role_arn"].text)
    if there is None or here is there:
        return []
    region, role = found["region"], found["role_arn"]
    region_of = f"region {shown(region.text)} ({region.origin}) is in {here.name}"
    return [f"{role.where}: role_arn is in partition {there.name}, but {region_of}"]


def notes(found: Level) -> list[str]:
    """What the user should know: calls that do not go to AWS."""
    if url := found.get(KEYS["sts"]):
        return [f"calls go to {shown(url.text)} ({url.origin})"]
    return []
