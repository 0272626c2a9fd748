"""A profile's settings, each with its origin, checked before they are used.

The order of precedence: option, environment, the profile, included profiles, `[default]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import partition, role_request
from pass_aws.aws.partition import Endpoint
from pass_aws.config import checks, contradictions, endpoints, inheritance, precedence, setting_keys
from pass_aws.config.precedence import Options, to_level
from pass_aws.errors import UserError
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.config.inheritance import Level
    from pass_aws.config.profiles import Profiles


class Setting(NamedTuple):
    """A value and its origin, for people: `[profile ro]`, `AWS_REGION`, `--region`."""

    value: str
    origin: str


class Settings:
    """The effective settings of one profile.

    Args:
        name: of the profile.
        exists: whether a file has a section for it, or the store a key.
        stored: whether the store has a key for it.
        values: the values, without secrets; `duration_seconds`, `session_token_ttl` and
            `chained_session_token_ttl` are in seconds, `endpoint_url` is that of STS.
        notes: messages for the user, to print once.
        directions: variables with the endpoints of a command's requests, from the files.
    """

    def __init__(  # noqa: PLR0913 - keyword arguments
        self,
        name: str,
        found: Level,
        *,
        exists: bool,
        stored: bool,
        notes: tuple[str, ...],
        directions: tuple[tuple[str, str], ...],
    ) -> None:
        self.name = name
        self.exists = exists or stored
        self.stored = stored
        self.notes = notes
        self.directions = directions
        self._found = found
        self.values: dict[str, Setting] = {
            key: Setting(value.text, value.origin) for key, value in found.items() if key not in SECRET
        }
        if sts := found.get(endpoints.KEYS["sts"]):
            self.values["endpoint_url"] = Setting(sts.text, sts.origin)

    def __repr__(self) -> str:
        """Only the name, never a secret."""
        return f"Settings({self.name})"

    def get(self, key: str) -> str:
        """A value, which may be a secret in the files; empty if it is not set."""
        return self._found[key].text if key in self._found else ""

    def tags(self) -> tuple[tuple[str, str], ...]:
        """The session tags."""
        text = self.get("session_tags")
        return role_request.tags(text) if text else ()

    def transitive_tags(self) -> tuple[str, ...]:
        """The keys of the transitive tags."""
        text = self.get("transitive_session_tags")
        return role_request.transitive(text) if text else ()

    def policy(self) -> str:
        """The session policy's JSON text, or nothing."""
        return self.get("policy")

    def policy_arns(self) -> tuple[str, ...]:
        """The managed policies that limit the session."""
        text = self.get("policy_arns")
        return role_request.policy_arns(text) if text else ()

    def role_duration(self, default: int) -> tuple[int, bool]:
        """Seconds for AssumeRole, and whether they were set explicitly."""
        return self._seconds("duration_seconds", default)

    def session_duration(self, default: int) -> tuple[int, bool]:
        """Seconds for a delivered GetSessionToken session, and whether they were set explicitly."""
        return self._seconds("session_token_ttl", default)

    def chained_duration(self, default: int) -> tuple[int, bool]:
        """Seconds for a GetSessionToken session for assuming roles, and whether they were set explicitly."""
        return self._seconds("chained_session_token_ttl", default)

    @property
    def users_region(self) -> bool:
        """Whether the region comes from the caller's environment."""
        return "region" in self._found and self._found["region"].origin in setting_keys.REGION_ENV

    def _seconds(self, key: str, default: int) -> tuple[int, bool]:
        text = self.get(key)
        return (int(text), True) if text else (default, False)

    def endpoint(self, service: str = "sts") -> Endpoint:
        """The endpoint of a call for this profile.

        Args:
            service: one of setting_keys.SERVICES.

        Raises:
            UserError: sign-in tokens would be sent unencrypted; calls to STS and IAM check this themselves.
        """
        region = self.get("region") or endpoints.implicit_region(self._found)
        url = self.get(endpoints.KEYS[service])
        made = Endpoint(
            region,
            partition.of_region(region).name,
            url or None,
            fips=self.get("use_fips_endpoint").lower() == "true",
            dualstack=self.get("use_dualstack_endpoint").lower() == "true",
            legacy=self.get("sts_regional_endpoints") == "legacy",
            ca_bundle=self.get("ca_bundle") or None,
            allow_http=self.get("allow_http_endpoint").lower() == "true",
        )
        if service not in ("sts", "iam"):
            made.check_encrypted(f"signing in for profile {self.name}")
        return made


SECRET = frozenset({*inheritance.STATIC[1:], *endpoints.KEYS.values()})
"""Keys that are not in `values`: secrets, and the endpoints of single services."""


def look_up(  # noqa: PLR0913 - each is an origin of values
    config: Profiles,
    credentials: Profiles,
    name: str,
    env: Mapping[str, str],
    options: Options,
    *,
    target: bool,
    stored: bool,
) -> Settings:
    """The settings of a profile.

    Args:
        config: the config file.
        credentials: the credentials file.
        name: of the profile.
        env: the variables that the user has set.
        options: of the command line.
        target: whether it is the profile named on the command line; some options apply only to it.
        stored: whether the store has a key for it.

    Raises:
        UserError: names all faults, each with file and line, variable or option.
    """
    files = inheritance.collect(config, credentials, name)
    found = precedence.apply(files, env, to_level(options, target=target), target=target)
    faults = [*files.faults, *endpoints.add(found, files, config, env)]
    notes = contradictions.drop_unused(name, found)
    exists = files.exists or bool(options.sso_session and target)
    if exists or stored:
        faults += contradictions.faults(name, found, config, stored=stored)
    else:
        faults += checks.meant_for(name, config, credentials)
    faults += checks.faults_of(found)
    faults += [] if faults else endpoints.crossing(found)
    if faults:
        raise UserError(
            listed(faults), hint=_hint(name, found, faults, config.path, credentials.path, stored=stored)
        )
    return Settings(
        name,
        found,
        exists=exists,
        stored=stored,
        notes=(*notes, *endpoints.notes(found)),
        directions=endpoints.directions(found, files, env),
    )


def _hint(name: str, found: Level, faults: Sequence[str], *paths: str, stored: bool) -> str:
    """The hint for the faults: if only a stored key is missing, the command that stores one."""
    edit = checks.hint(faults, *paths)
    if len(faults) == 1 and not stored and contradictions.needs_key(name, found):
        return f"run pass aws add {quote(name)}" + (f", or {edit}" if edit.startswith("edit") else "")
    return edit
