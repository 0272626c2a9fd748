"""`credential_process`: what a program of the user's prints, as the SDKs run it: split by shlex, no shell."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.credentials.sources import root
from pass_aws.errors import UserError
from pass_aws.system import programs, self_reference
from pass_aws.text import answers
from pass_aws.text.quoting import quote, split
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.context import Context
    from pass_aws.credentials.plan import Step
    from pass_aws.credentials.sources.root import Root
    from pass_aws.model import Credentials

SHELL_WORDS = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>", "2>&1", "2>/dev/null"})
"""Words that only a shell understands."""
ANSWER = "it must print a JSON object with Version 1, AccessKeyId and SecretAccessKey"


def source(step: Step, context: Context) -> Root:
    """Runs the program; its answer may depend on anything, so it is never kept for another run.

    Raises:
        UserError: it fails, or answers something else.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
    """
    command = step.settings.get("credential_process")
    return root.of_key(credentials(command, context.programs_env, step.profile, now=context.clock()))


def credentials(
    command: str, env: Mapping[str, str], profile: str, *, now: float, timeout: float = programs.PATIENCE
) -> Credentials:
    """The credentials that a program prints.

    Args:
        command: the line of the config file.
        env: the program's whole environment.
        profile: whose line it is.
        now: Unix seconds.
        timeout: seconds; then it is killed.

    Raises:
        UserError: it is ourselves, fails, or answers something else.
    """
    what = f"credential_process of profile {profile}"
    argv = _words(command, what)
    if self_reference.is_ourselves(argv):
        raise UserError(f"the {what} is pass aws itself", hint="take the line out, or run pass aws add")
    no_shell = _no_shell(command, argv, env)
    if not programs.exists(argv[0], env):
        raise UserError(
            f"the {what} names a program that is not there: {shown(argv[0])}",
            hint=no_shell or "write the absolute path of an installed program",
        )
    out = programs.own(argv, env, what, timeout=timeout, hint=no_shell, with_credentials=True)
    try:
        return answers.of_process(out, now)
    except ValueError as error:
        raise UserError(f"the answer of the {what} cannot be used: {error}", hint=ANSWER) from None


def _words(command: str, what: str) -> list[str]:
    try:
        argv = split(command)
    except ValueError:
        raise UserError(f"the {what} has an open quote", hint="close it in the config file") from None
    if not argv:
        raise UserError(f"the {what} is empty", hint="name a program, or take the line out")
    return argv


def _no_shell(command: str, argv: Sequence[str], env: Mapping[str, str]) -> str:
    """What to write instead of a line that was meant for a shell; empty for any other line."""
    home = env.get("HOME", "")
    if argv[0].startswith("~/") and home and not SHELL_WORDS & set(argv):
        path = quote(os.path.join(home, argv[0][2:]))
        return f"no shell runs it, so ~ stays as it is: write {path}"
    assigns = "=" in argv[0] and "/" not in argv[0].partition("=")[0]
    if assigns or argv[0].startswith(("~", "$")) or SHELL_WORDS & set(argv):
        return f"no shell runs it: write sh -c {quote(command)}"
    return ""
