"""A profile's values: the first of option, environment, profile, included profiles, `[default]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.config import setting_keys
from pass_aws.config.inheritance import STATIC, Found, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.config.inheritance import Inherited
    from pass_aws.config.setting_keys import Key


class Options(NamedTuple):
    """The credential options; durations are in seconds, `policy` is JSON text."""

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
    sso_session: str = ""
    sso_account: str = ""
    sso_role: str = ""

    @property
    def plain(self) -> bool:
        """Whether no option is set that could change the answer."""
        return self._replace(debug=False) == Options()


def to_level(options: Options, *, target: bool) -> Level:
    """The options that set keys; those about identity apply only to the target."""
    given = {"--region": ("region", options.region), "--duration": ("duration", str(options.duration or ""))}
    if target:
        given["--sso-session"] = ("sso_session", options.sso_session)
        given["--account"] = ("sso_account_id", options.sso_account)
        given["--role"] = ("sso_role_name", options.sso_role)
        given["--role-arn"] = ("role_arn", options.role_arn)
        given["--policy-file"] = ("policy", options.policy)
        given["--policy-arn"] = ("policy_arns", " ".join(options.policy_arns))
        given["--read-only"] = ("read_only", "true" if options.read_only else "")
    return {key: Found(text, option, option) for option, (key, text) in given.items() if text}


class Surroundings:
    """The user's settings in the environment.

    Since a profile is named, a pod's own identity and its role are ignored, as in botocore.

    Args:
        env: the caller's environment.
        target: whether the profile is the one named on the command line.
    """

    def __init__(self, env: Mapping[str, str], *, target: bool) -> None:
        self._env = env
        self._target = target
        self._ignored = setting_keys.OF_TOKEN if env.get(setting_keys.TOKEN_ENV) else ()

    def look_up(self, key: Key) -> Found | None:
        """The environment's value of a key."""
        return self.first((*key.env, *(key.target_env if self._target else ())))

    def first(self, names: Sequence[str]) -> Found | None:
        """The first of these variables that is set."""
        for name in names:
            text = self._env.get(name, "")
            if text and name not in self._ignored:
                return Found(text, name, name)
        return None


def apply(files: Inherited, env: Mapping[str, str], options: Level, *, target: bool) -> Level:
    """The effective value of each key, unchecked.

    Args:
        files: the values in the files.
        env: the caller's environment.
        options: the values on the command line, by key.
        target: whether it is the profile named on the command line.
    """
    around = Surroundings(env, target=target)
    found: Level = {}
    for key in (
        *setting_keys.IDENTITY,
        *setting_keys.SETTINGS,
        *setting_keys.INSTANCE,
        *setting_keys.NARROWING,
    ):
        if value := options.get(key.name) or around.look_up(key) or _from_files(key, files):
            found[key.name] = value
    for key in setting_keys.DURATIONS:
        option = options.get("duration") if setting_keys.DURATION_ENV[0] in key.env else None
        if value := _duration(key, files, around, option):
            found[key.name] = value
    if value := around.first((setting_keys.OTHER_CA,)):
        found.setdefault("ca_bundle", value)
    return found | _static(files.own)


def _levels(key: Key, files: Inherited) -> Sequence[Level]:
    if not key.in_files:
        return ()
    return (*files.own, files.default) if key.inherited else files.own


def _from_files(key: Key, files: Inherited) -> Found | None:
    return next((level[key.name] for level in _levels(key, files) if key.name in level), None)


def _duration(key: Key, files: Inherited, around: Surroundings, option: Found | None) -> Found | None:
    """The first duration that is not zero; `0` and `0s` mean unset, as in aws-vault."""
    variables = (around.first((name,)) for name in key.env)
    lines = (level.get(key.name) for level in _levels(key, files))
    return next((value for value in (option, *variables, *lines) if value and value.text.strip("0hms")), None)


def _static(levels: Sequence[Level]) -> Level:
    """The access key in the files: all its parts come from the first section that has one."""
    level: Level = next((level for level in levels if any(key in level for key in STATIC[:2])), {})
    found = {key: level[key] for key in STATIC if key in level}
    if older := found.pop("aws_security_token", None):
        found["aws_session_token"] = older  # in botocore the older name takes precedence
    return found
