"""Finds the Identity Center for a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.config import header, settings
from pass_aws.config.precedence import Options
from pass_aws.errors import USAGE, UserError
from pass_aws.sso import identity_center_token
from pass_aws.text import suggestions
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import printable, shown

if TYPE_CHECKING:
    from pass_aws.context import Context
    from pass_aws.sso.identity_center_token import Portal


def of_session(name: str, context: Context) -> Portal:
    """The portal of an `[sso-session NAME]`.

    Raises:
        UserError: the section does not exist, or is incomplete.
    """
    known = context.files.config().sso_sessions
    if name not in known:
        _refuse_meant(shown(header.written(header.SSO_SESSION, name)), context)
        hint = suggestions.hint(name, known, "add it to the config file, with sso_start_url and sso_region")
        raise UserError(f"there is no [sso-session {shown(name)}]", hint=hint)
    title = f"[sso-session {name}]"  # not a possible profile name
    files, options = context.files, Options(sso_session=name)
    found = settings.look_up(
        files.config(), files.credentials(), title, context.env, options, target=True, stored=False
    )
    return identity_center_token.portal(found, f"pass aws sso login --sso-session {quote(name)}")


def only_session(context: Context) -> Portal:
    """The portal of the only sso-session.

    Raises:
        UserError: there is none, or there are several; the hint names them.
    """
    names = context.files.config().sso_sessions
    if len(names) == 1:
        return of_session(names[0], context)
    if not names:
        _refuse_meant(f"[{header.SSO_SESSION} ", context)
        raise UserError(
            "the config file has no [sso-session]",
            hint="give a profile, or add [sso-session NAME] with sso_start_url and sso_region to the file",
            code=USAGE,
        )
    raise UserError(
        "there are several sso-sessions", hint=f"give one with --sso-session: {', '.join(names)}", code=USAGE
    )


def _refuse_meant(start: str, context: Context) -> None:
    """Refuses a header that should be that of an sso-session: it is why the section seems to be missing.

    Args:
        start: how the right header begins.
        context: the doors.

    Raises:
        UserError: there is one.
    """
    config = context.files.config()
    for problem in config.header_problems():
        if f"write {start}" in problem.text:
            raise UserError(str(problem), hint=f"edit {printable(config.path)}")
