"""The credential options of a command line, as values of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.config.inheritance import Found

if TYPE_CHECKING:
    from pass_aws.config.inheritance import Level


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
