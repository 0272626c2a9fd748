"""`credential_process`: runs a program of the user as SDKs do: split with shlex, without a shell."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.credentials.sources import root
from pass_aws.errors import UserError
from pass_aws.system import profile_commands, programs, self_reference
from pass_aws.text import answers
from pass_aws.text.quoting import quote, split
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.context import Context
    from pass_aws.credentials.sources.root import Root
    from pass_aws.credentials.step import Step
    from pass_aws.model import Credentials

SHELL_WORDS = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>", "2>&1", "2>/dev/null"})
"""Characters that only a shell interprets."""
ANSWER = "it must print a JSON object with Version 1, AccessKeyId and SecretAccessKey"


def source(step: Step, context: Context) -> Root:
    """Runs the program; its answer may depend on anything, so it is not cached.

    Raises:
        UserError: it fails, or prints something else.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
    """
    command = step.settings.get("credential_process")
    return root.of_key(credentials(command, context.programs_env, step.profile, now=context.clock()))


def credentials(
    command: str, env: Mapping[str, str], profile: str, *, now: float, timeout: float = programs.PATIENCE
) -> Credentials:
    """The credentials that a program prints.

    Args:
        command: the line in the config file.
        env: the program's whole environment.
        profile: of the line.
        now: Unix seconds.
        timeout: seconds until it is killed.

    Raises:
        UserError: it is pass aws itself, fails, or prints something else.
    """
    what = f"credential_process of profile {profile}"
    argv = _words(command, what)
    if self_reference.is_ourselves(argv):
        raise UserError(
            f"the {what} is pass aws itself", hint=f"remove the line, or run pass aws add {quote(profile)}"
        )
    no_shell = _no_shell(command, argv, env)
    if not programs.exists(argv[0], env):
        raise UserError(
            f"the {what} names a program that does not exist: {shown(_assigned(argv[0]) or argv[0])}",
            hint=no_shell or "write the absolute path of an installed program",
        )
    out = profile_commands.own(argv, env, what, timeout=timeout, hint=no_shell, with_credentials=True)
    try:
        return answers.of_process(out, now)
    except ValueError as error:
        raise UserError(f"the answer of the {what} cannot be used: {error}", hint=ANSWER) from None


def _words(command: str, what: str) -> list[str]:
    try:
        argv = split(command)
    except ValueError:
        raise UserError(f"the {what} has an unclosed quote", hint="close it in the config file") from None
    if not argv:
        raise UserError(f"the {what} is empty", hint="set it to a program, or remove the line")
    return argv


def _no_shell(command: str, argv: Sequence[str], env: Mapping[str, str]) -> str:
    """The hint for a line that needs a shell; empty for any other line."""
    home = env.get("HOME", "")
    if argv[0].startswith("~/") and home and not SHELL_WORDS & set(argv):
        path = quote(os.path.join(home, argv[0][2:]))
        return f"it does not run in a shell, so ~ is not expanded: write {path}"
    if _assigned(argv[0]):  # a password may stand there
        return "it does not run in a shell: put the whole line into sh -c '…'"
    if argv[0].startswith(("~", "$")) or SHELL_WORDS & set(argv):
        return f"it does not run in a shell: write sh -c {quote(command)}"
    return ""


def _assigned(word: str) -> str:
    """The variable that a shell would set, `NAME=`; empty for any other word."""
    name, equals, _ = word.partition("=")
    return f"{name}{equals}" if equals and "/" not in name else ""
