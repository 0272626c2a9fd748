"""`credential_process` lines that run pass aws: their syntax, and where they would have no effect.

botocore splits the line with shlex, the Go and JavaScript SDKs run it in a shell, and some cut it at ` #`: so
words are quoted with backslashes, which all of them read in the same way.
Source: AWS SDKs reference, "Process credential provider".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.errors import UserError
from pass_aws.system import self_reference
from pass_aws.text.quoting import split
from pass_aws.text.safe_text import has_control, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pass_aws.config.profiles import Section

KEY = "credential_process"
VERB = "credential-process"
PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@%+,=")
BEFORE_IT = (
    ("role_arn", "SDKs assume its role themselves"),
    ("web_identity_token_file", "SDKs use its web identity"),
    ("sso_session", "SDKs use its SSO settings"),
    ("sso_start_url", "SDKs use its SSO settings"),
    ("login_session", "SDKs use its login_session"),
    ("aws_access_key_id", "SDKs use the key that is in the file"),
)
"""Keys that some or all SDKs prefer to credential_process."""


def written(program: str, profile: str, options: Sequence[str] = ()) -> str:
    """The value of credential_process for a profile.

    Args:
        program: an absolute path, since its caller may have a minimal PATH.
        profile: the profile of the credentials.
        options: further words of our command line.

    Raises:
        UserError: a word contains a control character, which is not possible in a line.
    """
    words = [program, VERB, profile, *options]
    if wrong := next((word for word in words if has_control(word)), ""):
        raise UserError(
            f"{shown(wrong)} cannot be written into a config file",
            hint="rename the profile, or install pass-aws at a path without control characters",
        )
    return " ".join(map(_escaped, words))


def _escaped(word: str) -> str:
    return "".join(c if c in PLAIN or not c.isascii() else f"\\{c}" for c in word) or "''"


def ours(section: Section | None) -> str:
    """The profile's line if it runs pass aws, else empty."""
    text = section.values[KEY].text if section and KEY in section.values else ""
    return text if text and self_reference.is_line(text) else ""


def foreign(section: Section | None) -> bool:
    """Whether the profile's credential_process runs another program."""
    return bool(section and KEY in section.values and not ours(section))


def program(line: str) -> str:
    """The program in one of our lines."""
    return split(line)[0]


def before_a_server(config: Section | None, credentials: Section | None) -> str:
    """Why SDKs would not use a credential server, which is their last choice: [default] has credentials.

    Args:
        config: the section `default` of the config file.
        credentials: the section `default` of the credentials file.
    """
    process = "SDKs run its credential_process" if config and KEY in config.values else ""
    return obstacle(config, credentials) or process


def obstacle(config: Section | None, credentials: Section | None) -> str:
    """Why SDKs would not use a profile's credential_process; empty if they do."""
    if credentials and "aws_access_key_id" in credentials.values:
        return "SDKs use the key that is in the credentials file"
    return next((why for key, why in BEFORE_IT if config and key in config.values), "")
