"""`import`: stores access keys from files, the environment, ordinary entries, or aws-vault."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pass_aws.command_line import options
from pass_aws.errors import DONE, FAILED, USAGE, UserError
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    import argparse

    from pass_aws.context import Context
    from pass_aws.keys.import_formats import Found
    from pass_aws.keys.import_keys import Verdict

EXAMPLES = """
    pass aws import --dry-run           show the keys in ~/.aws/credentials
    pass aws import dev --scrub         import dev, delete it from the file
    pass aws import dev --csv keys.csv  import a CSV file from the console
    pass aws import --aws-vault keychain
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares which keys to import, the source, and what to do with it afterwards."""
    parser.add_argument(
        "profiles", nargs="*", metavar="PROFILE", help="profiles to import (default: all in the source)"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--csv", metavar="FILE", help="CSV file from the AWS console")
    source.add_argument("--json", metavar="FILE", help="JSON printed by the AWS CLI; - is standard input")
    source.add_argument("--env", action="store_true", help="read AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    source.add_argument(
        "--entry", metavar="NAME", action="append", help="ordinary pass entry that holds a key"
    )
    source.add_argument("--aws-vault", metavar="BACKEND", help="other aws-vault backend: keychain, file, …")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")
    parser.add_argument("--scrub", action="store_true", help="delete the key's plain text at its source")
    parser.add_argument("--force", action="store_true", help="replace other keys that are stored")
    parser.add_argument("--no-verify", action="store_true", help="do not check the keys at AWS")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before storing")
    options.add_no_input(parser)


def run(args: argparse.Namespace, context: Context) -> int:
    """Shows the keys, asks, stores them, and with --scrub removes the plain text."""
    from pass_aws.keys import import_keys

    if args.scrub and (args.env or args.aws_vault or args.json == "-"):
        raise UserError(
            "--scrub removes keys only from files and entries",
            hint="omit --scrub, and remove the source yourself afterwards",
            code=USAGE,
        )
    if args.entry and args.scrub and not args.dry_run and not _unscrubbed(args, context):
        return DONE
    verdicts = import_keys.judge(_found(args, context), context, verify=not args.no_verify)
    if not verdicts:
        raise UserError("there are no keys to import", hint="run pass aws import -h to see the sources")
    sys.stdout.writelines(f"{printable(line)}\n" for line in import_keys.table(verdicts))
    sys.stdout.flush()
    wanted = [one for one in verdicts if one.state == import_keys.NEW]
    wanted += [one for one in verdicts if one.state == import_keys.CONFLICT and args.force]
    left = [one for one in verdicts if one not in wanted and one.state != import_keys.SAME]
    if not args.dry_run:
        _import(wanted, verdicts, args, context)
    return _told(left, args, context)


def _unscrubbed(args: argparse.Namespace, context: Context) -> list[str]:
    """The entries that are left once a scrub that was killed is finished."""
    from pass_aws.keys import scrub

    left = scrub.finish(args.entry, args.profiles[0] if len(args.profiles) == 1 else "", context)
    args.entry = left
    return left


def _told(left: list[Verdict], args: argparse.Namespace, context: Context) -> int:
    """Reports the skipped keys as an error."""
    from pass_aws.keys import import_keys

    if not left:
        return DONE
    names = ", ".join(one.found.name or "-" for one in left)
    conflict = any(one.state == import_keys.CONFLICT for one in left)
    what = f"{len(left)} keys" if len(left) > 1 else "1 key"
    doing = "would be" if args.dry_run else "were" if len(left) > 1 else "was"
    raise UserError(
        f"{what} {doing} skipped: {names}",
        hint="--force replaces keys that are already stored" if conflict else "the table shows the reasons",
        code=FAILED,
    )


def _found(args: argparse.Namespace, context: Context) -> list[Found]:
    from pass_aws.keys import import_sources

    if args.aws_vault:
        return import_sources.of_aws_vault(args.aws_vault, args.profiles, context)
    if not (args.csv or args.json or args.env or args.entry):
        return import_sources.of_credentials_file(args.profiles, context)
    needed = bool(args.json or args.env)
    if len(args.profiles) > 1 or (needed and not args.profiles):
        raise UserError("give one profile for the key", hint="run pass aws import -h", code=USAGE)
    name = args.profiles[0] if args.profiles else ""
    if args.csv:
        return import_sources.of_csv(args.csv, name)
    if args.json:
        return import_sources.of_json(args.json, name)
    return (
        import_sources.of_environment(name, context)
        if args.env
        else import_sources.of_entries(args.entry, name, context)
    )


def _agree(number: int, context: Context) -> None:
    question = f"Store {number} key{'s' * (number != 1)}?"
    if not context.confirm(question, instead="run the command again with --yes"):
        raise UserError("nothing was stored", hint="run the command again and answer y", code=FAILED)


def _import(
    wanted: list[Verdict], verdicts: list[Verdict], args: argparse.Namespace, context: Context
) -> None:
    from pass_aws.keys import import_keys

    if wanted and not args.yes:
        _agree(len(wanted), context)
    _check(wanted, args, context)
    for one in wanted:
        import_keys.store(one, context)
    for one in (one for one in verdicts if one.state == import_keys.SAME):
        import_keys.finish(one, context)
    safe = [one.found for one in verdicts if one in wanted or one.state == import_keys.SAME]
    if safe and args.scrub:
        _scrub(safe, args, context)
    elif safe and not (args.env or args.entry or args.aws_vault):
        context.tell(f"the plain text is still in {safe[0].origin}; --scrub removes it")
    elif safe and args.entry:
        context.tell(f"the entry still exists; pass rm {quote(args.entry[0])} removes it")
    if wanted:
        for line in import_keys.advice([one.found.name for one in wanted]):
            context.tell(line)


def _check(wanted: list[Verdict], args: argparse.Namespace, context: Context) -> None:
    """Fails before the first write if any write would fail."""
    for one in wanted:
        context.store.check_writable(one.found.name)
    if args.scrub:
        for label in args.entry or ():
            context.store.whole().check_history(label)


def _scrub(safe: list[Found], args: argparse.Namespace, context: Context) -> None:
    from pass_aws.keys import scrub

    if args.csv:
        scrub.csv_file(args.csv, safe, context)
    elif args.json:
        scrub.json_file(args.json, safe, context)
    elif args.entry:
        scrub.entries(safe, context)
    else:
        scrub.credentials_file(safe, context)
