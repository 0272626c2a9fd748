"""A new access key on its way into the store: typed, checked, proved, encrypted, written into the config."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws.refusal_rows import BAD_SECRET, NETWORK, UNKNOWN_KEY
from pass_aws.aws.refusals import AwsError
from pass_aws.config import appending
from pass_aws.config.writing import NotTextError
from pass_aws.credentials import resolve
from pass_aws.errors import FAILED, UncommittedError, UserError
from pass_aws.keys import access_key, drop_sessions, journal
from pass_aws.keys.stored import Stored, stored
from pass_aws.model import Credentials, tail
from pass_aws.store import entry
from pass_aws.system import user_dirs
from pass_aws.text.quoting import command, quote

if TYPE_CHECKING:
    from pass_aws.config.profiles import Section
    from pass_aws.config.settings import Settings
    from pass_aws.context import Context


MISTYPED = {
    UNKNOWN_KEY: "look at the key id again; or is it inactive, of another partition, less than a minute old?",
    BAD_SECRET: "copy the secret again, all of it",
}
"""What to do about a key that AWS does not take and that is not stored yet."""


class Wish(NamedTuple):
    """What `add` was asked to do.

    Args:
        name: the profile.
        source: where the key comes from: `terminal`, `env` or `stdin`.
        mfa_serial: the device to write into a new profile section, or empty.
        region: the region for it, or empty.
    """

    name: str
    source: str = "terminal"
    verify: bool = True
    allow_root: bool = False
    force: bool = False
    write_config: bool = True
    mfa_serial: str = ""
    region: str = ""


def add(wish: Wish, context: Context) -> None:
    """Stores a key; nothing is written before it is proved.

    Raises:
        UserError: refused, with the reason; the store then has what it had before, or the new key whole.
    """
    user_dirs.state_folder(context.env)  # without a home nothing is asked for
    before = _before(wish, context)
    context.store.check_writable(wish.name)  # what is in the way is said before a key is typed
    credentials = _key(wish, context)
    serial = wish.mfa_serial or _prove(wish, credentials, context)
    text = entry.render(wish.name, credentials.access_key_id, credentials.secret_access_key, before)
    message = f"Add given password for {context.store.label(wish.name)} to store."
    uncommitted = None
    with drop_sessions.around(context, wish.name):
        try:
            context.store.write(wish.name, text, message)
        except UncommittedError as error:
            uncommitted = error  # the key is stored all the same, and so is done what follows from that
    context.tell(f"stored the key {tail(credentials.access_key_id)} for profile {wish.name}")
    _write_config(wish, serial, context)
    if uncommitted:
        raise uncommitted


def _before(wish: Wish, context: Context) -> entry.Entry | None:
    """The entry that is about to be replaced, once that is agreed to."""
    section = _section(wish, context)
    source = section.values.get("source_profile") if section else None
    if source is not None and not wish.force:
        raise UserError(
            f"profile {wish.name} gets its credentials from {source.text}",
            hint=f"run pass aws add {quote(source.text)}; for a key of its own, {_again(wish, '--force')}",
        )
    present = stored(wish.name, context)
    if present is None:
        return None
    if not wish.force:
        _agree(wish, present, context)
    return present.entry and journal.without(present.entry)


def _agree(wish: Wish, present: Stored, context: Context) -> None:
    """Goes on only if what is stored may be replaced."""
    if present.unread and not context.store.prefix:
        raise UserError(  # it may be a password
            f"an entry {wish.name} is stored that cannot be read: {present.unread}", hint=present.unread.hint
        )
    if not context.confirm(
        f"{present.what} for profile {wish.name}. Replace it?",
        instead=f"to replace it, run {_again(wish, '--force')}",
    ):
        raise UserError(
            f"kept the key that is stored for profile {wish.name}",
            hint=f"{_again(wish, '--force')} replaces it",
            code=FAILED,
        )


def _section(wish: Wish, context: Context) -> Section | None:
    """The profile's section; what cannot be written into the config file is refused first."""
    if not wish.write_config:
        context.files.ignore_unreadable_config()
    try:
        section = context.files.config().profile(wish.name)
        if section is None and wish.write_config:
            context.files.with_profile(wish.name, _values(wish, wish.mfa_serial))
    except NotTextError as error:
        raise UserError(
            f"no profile can be added: {error}",
            hint=f"{_again(wish, '--no-config')} leaves that file alone",
        ) from None
    return section


def _again(wish: Wish, option: str) -> str:
    """The same command with one more option."""
    given = (
        ("--env", wish.source == "env"),
        ("--stdin", wish.source == "stdin"),
        ("--no-verify", not wish.verify),
        ("--allow-root", wish.allow_root),
        ("--force", wish.force),
        ("--no-config", not wish.write_config),
    )
    options = [name for name, on in given if on]
    options += ["--mfa-serial", wish.mfa_serial] if wish.mfa_serial else []
    options += ["--region", wish.region] if wish.region else []
    return command("pass", "aws", "add", wish.name, *dict.fromkeys([*options, *option.split()]))


def _key(wish: Wish, context: Context) -> Credentials:
    key_id, secret = _given(wish, context)
    access_key.refuse_impossible(key_id, secret)
    odd = access_key.oddities(key_id, secret)
    if odd and wish.verify:
        text = "; ".join(odd)
        if not context.confirm(
            f"This looks odd: {text}. Use it all the same?",
            instead=f"if this is no AWS service, run {_again(wish, '--no-verify')}",
        ):
            raise UserError(f"not stored: {text}", code=FAILED)
    return Credentials(key_id, secret)


def _given(wish: Wish, context: Context) -> tuple[str, str]:
    if wish.source == "stdin":
        return access_key.handed_over(sys.stdin.buffer.read().decode("utf-8", "replace"))
    if wish.source == "env":
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        if missing := [name for name in names if not context.parent.get(name)]:
            raise UserError(
                f"{' and '.join(missing)} not set in the environment",
                hint=f"export {' and '.join(missing)}, or type the key: pass aws add {quote(wish.name)}",
            )
        if context.parent.get("AWS_SESSION_TOKEN"):
            raise UserError(
                "AWS_SESSION_TOKEN is set: these credentials expire; the store is for long-lived keys",
                hint="run unset AWS_SESSION_TOKEN if they are a long-lived key",
            )
        return context.parent[names[0]].strip(), context.parent[names[1]].strip()
    context.may_ask(f"the key of profile {wish.name}", instead=f"run {_again(wish, '--stdin')}")
    return context.tty.ask("Access key id: "), context.tty.ask_secret("Secret access key (not shown): ")


def _prove(wish: Wish, credentials: Credentials, context: Context) -> str:
    """Asks AWS whose key it is; returns the MFA device to put into a new section, or nothing."""
    if not wish.verify:
        return ""
    settings = resolve.settings_of(wish.name, context, stored=True)
    try:
        who = context.aws.caller_identity(credentials, settings.endpoint())
    except AwsError as error:
        hint = MISTYPED.get(error.cause, error.hint)
        if error.cause == NETWORK:
            hint = f"{hint}; to store it unproved, run {_again(wish, '--no-verify')}".lstrip("; ")
        raise error.with_hint(hint) from None
    if who.arn.endswith(":root") and not wish.allow_root:
        raise UserError(
            f"this is a key of the root user of account {who.account}",
            hint=f"make an IAM user's key instead; {_again(wish, '--allow-root')} stores it all the same",
        )
    context.tell(f"the key belongs to {who.arn} in account {who.account}")
    return _device(wish, credentials, settings, context)


def _device(wish: Wish, credentials: Credentials, settings: Settings, context: Context) -> str:
    if settings.get("mfa_serial"):
        return ""
    try:
        serials = context.aws.mfa_serials(credentials, settings.endpoint("iam"))
    except UserError:
        return ""  # many users may not list their devices; the key is proved all the same
    if not serials:
        return ""
    new = wish.write_config and context.files.config().profile(wish.name) is None
    asks = new and wish.source == "terminal" and not context.quiet and context.tty.available()
    if asks and context.tty.confirm(f"The user has the MFA device {serials[0]}. Use it for this profile?"):
        return serials[0]
    context.warn(
        "warning: the user has an MFA device, the profile has none;"
        f" its section may need mfa_serial = {serials[0]}"
    )
    return ""


def _write_config(wish: Wish, serial: str, context: Context) -> None:
    section = context.files.config().profile(wish.name)
    if section is not None:
        if wish.mfa_serial:
            context.warn(
                f"warning: profile {wish.name} is there already; put mfa_serial = {wish.mfa_serial} into it"
            )
        return
    if not wish.write_config:
        return
    if not context.files.config_is_file():
        context.warn(f"no profile is added: {context.files.config_path} is not a regular file")
        return
    values = _values(wish, serial)
    try:
        context.files.add_profile(wish.name, values)
    except UserError as error:
        section_text = appending.adding("", wish.name, values).splitlines()
        raise UserError(
            f"the key is stored, but the profile was not added: {error}",
            hint=f"add by hand: {'; '.join(section_text)}",
        ) from None
    context.tell(f"added the profile {wish.name} to {context.files.config_path}")


def _values(wish: Wish, serial: str) -> dict[str, str]:
    """What a new section says."""
    return {name: value for name, value in (("region", wish.region), ("mfa_serial", serial)) if value}
