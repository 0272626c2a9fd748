"""`mfa`: prints one-time codes from the store; creates, lists and removes virtual devices."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pass_aws.command_line import combinations, options
from pass_aws.errors import DONE, FAILED, USAGE, UserError
from pass_aws.text.quoting import command, quote
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    import argparse

    from pass_aws.config.settings import Settings
    from pass_aws.context import Context
    from pass_aws.keys.as_user import AsUser

EXAMPLES = """
    pass aws mfa code dev     print the current code, each only once
    pass aws mfa enroll dev   create a device for dev's user, store its seed
    pass aws mfa list         list devices, their profiles and code sources
    pass aws mfa remove dev   delete dev's device, at AWS and in the store
"""
OPTIONS = {
    "code": ("serial",),
    "enroll": ("name", "qr", "write_config", "no_try"),
    "remove": ("serial", "write_config", "force"),
    "list": ("json",),
}
"""Options of each action beyond the common ones; all others are refused, not ignored."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the actions and the options of all of them."""
    parser.add_argument("action", choices=tuple(OPTIONS), metavar="ACTION", help=", ".join(OPTIONS))
    parser.add_argument(
        "profile", nargs="?", metavar="PROFILE", help="profile that uses the device; not for list"
    )
    parser.add_argument("--serial", metavar="ARN", help="device ARN (default: the profile's mfa_serial)")
    parser.add_argument("--name", metavar="NAME", help="name of the new device (default: USER-HOST)")
    parser.add_argument("--qr", action="store_true", help="show the seed as a QR code, for a second device")
    parser.add_argument("--no-try", action="store_true", help="do not test the new device")
    parser.add_argument("--write-config", action="store_true", help="write mfa_serial into the config file")
    parser.add_argument("--json", action="store_true", help="list: print JSON")
    parser.add_argument("-f", "--force", action="store_true", help="remove: do not ask")
    options.add_of_user(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Does the action."""
    from pass_aws.aws import values

    combinations.for_action(args, "mfa", OPTIONS)
    options.valid("--serial", args.serial, values.device)
    if (args.action == "list") == bool(args.profile):
        what = "takes no profile" if args.profile else "needs a profile"
        raise UserError(f"mfa {args.action} {what}", hint="run pass aws mfa -h", code=USAGE)
    action = {"code": _code, "enroll": _enroll, "remove": _remove, "list": _list}[args.action]
    return action(args, context)


def _serial(args: argparse.Namespace, context: Context) -> tuple[str, Settings]:
    """The selected device, and the settings of the profile that it belongs to."""
    from pass_aws.credentials import profile_lookup

    found = profile_lookup.settings_of(args.profile, context)
    serial = args.serial or found.get("mfa_serial")
    if not serial:
        raise UserError(
            f"profile {args.profile} has no mfa_serial",
            hint=f"run pass aws mfa enroll {quote(args.profile)}, or give a device with --serial",
        )
    return serial, found


def _code(args: argparse.Namespace, context: Context) -> int:
    from pass_aws.mfa import codes
    from pass_aws.mfa.token_code import Codes

    serial, settings = _serial(args, context)
    if not codes.entry(serial, settings, context):
        raise UserError(
            f"the store has no seed for {serial}",
            hint="pass aws mfa list shows where codes come from; mfa_entry sets an entry with another name",
        )
    device = Codes(serial, settings, context)
    code = device.from_store()
    device.spend(code)
    sys.stdout.write(f"{code.text}\n")
    sys.stdout.flush()
    context.tell(f"valid for {max(0, int(code.until - context.clock()))} s")
    return DONE


def _caller(args: argparse.Namespace, context: Context) -> tuple[AsUser, str, str]:
    """The IAM caller for the profile's user, the account, and the user's name."""
    from pass_aws.credentials import profile_lookup
    from pass_aws.keys import verdicts
    from pass_aws.keys.as_user import AsUser

    caller = AsUser(profile_lookup.planned(args.profile, context, as_user=True), context)
    who = caller.identity()
    verdicts.check_user(who, caller.name)
    return caller, who.arn.rpartition(":user/")[0], verdicts.user_name(who.arn)


def _enroll(args: argparse.Namespace, context: Context) -> int:
    from pass_aws.mfa import codes, device_codes, enrol
    from pass_aws.system import qr

    if args.name is not None:
        enrol.check_name(args.name)
    caller, account, user = _caller(args, context)
    name = args.name or enrol.plain_name(f"{user}-{context.host}")
    enrol.check_name(name)
    serial = f"{account}:mfa/{name}"
    prefix = context.env.get("PASS_AWS_MFA_PREFIX", codes.PREFIX)
    with context.locks.hold(f"enrol {serial}", alike=False):
        enrolment = enrol.Enrolment(serial, user, caller, prefix, context)
        try:
            enrolment.run()
        except UserError as error:
            if enrolment.unfinished:
                again = f"pass aws mfa enroll {quote(args.profile)} --name {quote(name)}"
                hint = f"{error.hint}; then run {again}" if error.hint else f"run {again} to continue"
                raise error.with_hint(hint) from None
            raise
    made = enrolment.begun
    if args.qr:
        instead = f"read the otpauth line with {command('pass', 'show', enrolment.label)}"
        sys.stdout.write(qr.drawn(made.otpauth, context.parent, instead=instead))
        sys.stdout.flush()
    _propose(args, serial, context)
    if not args.no_try and not device_codes.try_out(made.seed, serial, user, caller, context):
        raise UserError(
            f"the device {serial} is enrolled, but AWS does not accept its codes yet",
            hint=f"try again in a minute: pass aws mfa code {quote(args.profile)} --serial {quote(serial)}",
        )
    return DONE


def _propose(args: argparse.Namespace, serial: str, context: Context) -> None:
    """Writes mfa_serial into the profile if the user agrees; policies may require MFA from now on."""
    from pass_aws.config import editing

    context.warn("policies that require MFA apply to this user from now on")
    asks = not (args.write_config or context.quiet) and context.tty.available()
    question = f"Write mfa_serial = {serial} into profile {args.profile}?"
    if args.write_config or (asks and context.tty.confirm(question)):
        context.files.change_config(lambda text: editing.setting(text, args.profile, {"mfa_serial": serial}))
        context.tell(f"profile {args.profile} has mfa_serial = {serial}")
    else:
        context.tell(f"to use it, add this line to profile {args.profile}: mfa_serial = {serial}")


def _remove(args: argparse.Namespace, context: Context) -> int:
    from pass_aws.config import editing
    from pass_aws.mfa import unenrol

    serial, settings = _serial(args, context)
    if label := unenrol.place_of_seed(serial, settings, context):
        unenrol.check_seed(label, context)
    again = command(
        "pass", "aws", "mfa", "remove", args.profile, *(["--serial", serial] if args.serial else []), "-f"
    )
    if not args.force and not context.confirm(f"Delete the MFA device {serial}?", instead=f"run {again}"):
        raise UserError("the device was not deleted", hint=f"{again} deletes it", code=FAILED)
    caller, _, user = _caller(args, context)
    there = unenrol.at_aws(serial, user, caller)
    context.tell(f"the device {serial} {'is deleted' if there else 'did not exist'} at AWS")
    if label:
        unenrol.seed(label, context)
        context.tell(f"removed its seed, {label}, from the store")
    if args.write_config:
        context.files.change_config(lambda text: editing.without(text, args.profile, ["mfa_serial"]))
    elif settings.get("mfa_serial") == serial:
        context.tell(
            f"profile {args.profile} still has the line mfa_serial = {serial}; --write-config removes it"
        )
    return DONE


def _list(args: argparse.Namespace, context: Context) -> int:
    from pass_aws.mfa import device_list

    rows, trouble = device_list.rows(context), context.store.trouble()
    if trouble and not rows:
        raise trouble
    if trouble:
        context.warn(f"warning: {trouble}: {trouble.hint}")
    if args.json:
        import json

        sys.stdout.write(json.dumps([row._asdict() for row in rows], indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{printable(line)}\n" for line in device_list.table(rows))
    return DONE
