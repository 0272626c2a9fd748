"""A profile's settings, each with where it came from, checked before anything happens.

The first of option, environment, the profile, what it includes, `[default]` counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.rules import contradictions, endpoints, gathering, inheritance, keys, narrowing, partition, tags
from pass_aws.rules.checks import faults_of
from pass_aws.rules.errors import UserError
from pass_aws.rules.inheritance import Found
from pass_aws.rules.partition import Endpoint
from pass_aws.rules.shown import listed, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.rules.config import Profiles
    from pass_aws.rules.inheritance import Level


class Setting(NamedTuple):
    """A value and where it came from, for people: `[profile ro]`, `AWS_REGION`, `--region`."""

    value: str
    origin: str


class Options(NamedTuple):
    """What the command line asks of credentials; durations in seconds, `policy` is JSON text."""

    duration: int | None = None
    min_ttl: int | None = None
    fresh: bool = False
    no_session: bool = False
    mfa_token: str = ""
    prompt: str = ""
    no_input: bool = False
    region: str = ""
    role_arn: str = ""
    policy_arns: tuple[str, ...] = ()
    policy: str = ""
    read_only: bool = False
    debug: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing was asked that could change the answer."""
        return self._replace(debug=False) == Options()


class Settings:
    """What counts for one profile.

    Args:
        name: the profile's.
        exists: whether a file has a section for it or the store a key.
        stored: whether the store has a key for it.
        values: what is set, without secrets; `duration_seconds`, `session_token_ttl` and
            `chained_session_token_ttl` are in seconds, `endpoint_url` is that of STS.
        notes: what the user should be told once.
    """

    def __init__(
        self, name: str, found: Level, *, exists: bool, stored: bool, notes: tuple[str, ...]
    ) -> None:
        self.name = name
        self.exists = exists or stored
        self.stored = stored
        self.notes = notes
        self._found = found
        self.values: dict[str, Setting] = {
            key: Setting(value.text, value.origin) for key, value in found.items() if key not in SECRET
        }
        if sts := found.get(endpoints.KEYS["sts"]):
            self.values["endpoint_url"] = Setting(sts.text, sts.origin)

    def __repr__(self) -> str:
        """The name only: no secret."""
        return f"Settings({self.name})"

    def get(self, key: str) -> str:
        """A value, secrets of the files among them; empty where it is not set."""
        return self._found[key].text if key in self._found else ""

    def tags(self) -> tuple[tuple[str, str], ...]:
        """The session tags."""
        text = self.get("session_tags")
        return tags.tags(text) if text else ()

    def transitive_tags(self) -> tuple[str, ...]:
        """The keys of the tags that are passed on."""
        return tags.transitive(self.get("transitive_session_tags"))

    def policy(self) -> str:
        """The session policy's JSON text, or nothing."""
        return self.get("policy")

    def policy_arns(self) -> tuple[str, ...]:
        """The managed policies that narrow the session."""
        return narrowing.policy_arns(self.get("policy_arns"))

    def role_duration(self, default: int) -> tuple[int, bool]:
        """Seconds for AssumeRole, and whether somebody asked for them."""
        return self._seconds("duration_seconds", default)

    def session_duration(self, default: int) -> tuple[int, bool]:
        """The same for a GetSessionToken session that is delivered."""
        return self._seconds("session_token_ttl", default)

    def chained_duration(self, default: int) -> tuple[int, bool]:
        """The same for a GetSessionToken session that roles are assumed from."""
        return self._seconds("chained_session_token_ttl", default)

    def _seconds(self, key: str, default: int) -> tuple[int, bool]:
        text = self.get(key)
        return (int(text), True) if text else (default, False)

    def endpoint(self, service: str = "sts") -> Endpoint:
        """Where a call for this profile goes.

        Args:
            service: one of keys.SERVICES.
        """
        region = self.get("region") or endpoints.implicit_region(self._found)
        url = self.get(endpoints.KEYS[service])
        return Endpoint(
            region,
            partition.of_region(region).name,
            url or None,
            fips=self.get("use_fips_endpoint").lower() == "true",
            dualstack=self.get("use_dualstack_endpoint").lower() == "true",
            legacy=self.get("sts_regional_endpoints") == "legacy",
            ca_bundle=self.get("ca_bundle") or None,
        )


SECRET = frozenset({*inheritance.STATIC[1:], *endpoints.KEYS.values()})
"""What `values` does not show: secrets, and the endpoints of single services."""

CONSULTED = tuple(
    sorted(
        {
            *(name for key in keys.ALL for name in (*key.env, *key.target_env)),
            *(endpoints.variable(service) for service in keys.SERVICES),
            endpoints.GENERAL,
            keys.OUR_REGION,
            keys.TOKEN_ENV,
            keys.OTHER_CA,
        }
    )
)
"""Every environment variable that can change what `of` returns."""


def of(  # noqa: PLR0913 - each is one of the places a value comes from
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
        name: the profile's.
        env: the caller's environment.
        options: the command line's.
        target: whether it is the profile named on the command line; some of its options are for no other.
        stored: whether the store has a key for it.

    Raises:
        UserError: names everything that is wrong, each with file and line, variable or option.
    """
    files = inheritance.of(config, credentials, name)
    found = gathering.of(files, env, _from_options(options, target=target), target=target)
    faults = [*files.faults, *endpoints.add(found, files, config, env)]
    notes = contradictions.drop_unused(name, found)
    if files.exists or stored:
        faults += contradictions.faults(name, found, config, stored=stored)
    else:
        faults += _almost(name, config, credentials)
    faults += faults_of(found)
    faults += [] if faults else endpoints.crossing(found)
    if faults:
        raise UserError(listed(faults), hint=_hint(faults, config.path, credentials.path))
    _narrow(found, options, target=target)
    return Settings(name, found, exists=files.exists, stored=stored, notes=(*notes, *endpoints.notes(found)))


def _almost(name: str, *files: Profiles) -> list[str]:
    """Headers that were probably meant for a profile that does not exist."""
    problems = [problem for file in files for problem in file.header_problems()]
    return [str(problem) for problem in problems if shown(name) in re.split(r"[\s\"'\[\]]+", problem.text)]


def _hint(faults: Sequence[str], *paths: str) -> str:
    """Which files to edit; a variable or an option is named by its fault."""
    wrong = [path for path in paths if any(fault.startswith(f"{path}:") for fault in faults)]
    return f"edit {' and '.join(wrong)}" if wrong else "correct it or leave it out"


def _from_options(options: Options, *, target: bool) -> Level:
    """The command line as values; what says who you are is for the target only."""
    given = {"region": options.region, "duration": str(options.duration or "")}
    if target:
        given |= {"role_arn": options.role_arn, "policy": options.policy}
        given["policy_arns"] = " ".join(options.policy_arns)
    names = {"policy": "--policy-file", "policy_arns": "--policy-arn"}
    origins = {key: names.get(key, f"--{key.replace('_', '-')}") for key in given}
    return {key: Found(text, origins[key], origins[key]) for key, text in given.items() if text}


def _narrow(found: Level, options: Options, *, target: bool) -> None:
    """Adds the policy of `--read-only`, in the partition of the calls."""
    if target and options.read_only:
        region = found["region"].text if "region" in found else endpoints.implicit_region(found)
        role = partition.of_arn(found["role_arn"].text) if "role_arn" in found else None
        here = role or partition.of_region(region)
        arns = [found["policy_arns"].text] if "policy_arns" in found else []
        text = " ".join([*arns, f"arn:{here.name}:iam::aws:policy/ReadOnlyAccess"])
        found["policy_arns"] = Found(text, "--read-only", "--read-only")
