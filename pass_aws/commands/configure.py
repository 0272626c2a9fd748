"""`configure`: writes `credential_process` lines into the config file, so that every SDK uses the store."""

from __future__ import annotations

import difflib
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from pass_aws.config import editing, process_line
from pass_aws.errors import DONE, FAILED, NOT_FOUND, USAGE, UserError
from pass_aws.system import become
from pass_aws.text.quoting import quote
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from pass_aws.context import Context

PROGRAM = "pass-aws"
EXAMPLES = """
    pass aws configure dev               let SDKs use the stored key of dev
    pass aws configure ro --as ro-sdk    write a role into a new profile
    pass aws configure --all --dry-run   show what would be written
"""


class _Edit(NamedTuple):
    """The planned change of one profile's section.

    Args:
        name: of the section.
        source: the profile whose credentials the line gives.
        values: the keys to set; credential_process is one of them.
    """

    name: str
    source: str
    values: dict[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the profiles and what to do with them."""
    parser.add_argument("profile", nargs="*", metavar="PROFILE", help="profile whose key is in the store")
    parser.add_argument("--all", action="store_true", help="all profiles that have a stored key")
    parser.add_argument("--as", dest="name", metavar="NAME", help="write the line into this other profile")
    parser.add_argument(
        "--check", action="store_true", help="report whether the lines are correct, write nothing"
    )
    parser.add_argument("--remove", action="store_true", help="remove the lines")
    parser.add_argument("--dry-run", action="store_true", help="show the difference, write nothing")


def run(args: argparse.Namespace, context: Context) -> int:
    """Edits the config file; exit status 1 if --check finds an error, or if a profile was skipped."""
    if bool(args.profile) == args.all:
        raise UserError("give profiles, or --all", hint="run pass aws configure -h", code=USAGE)
    if (args.check and (args.remove or args.dry_run)) or (args.name and (args.all or len(args.profile) != 1)):
        raise UserError("these options cannot be combined", hint="run pass aws configure -h", code=USAGE)
    if args.remove:
        return _remove(args, context)
    edits, left_out = _edits(args, context)
    if args.check:
        return _checked(edits, context, left_out)
    changed = _write(args, context, lambda text: _set(text, edits))
    for edit in edits if changed and not args.dry_run else ():
        context.tell(f"{edit.name}: SDKs get the credentials of profile {edit.source} from the store")
    if not changed:
        context.tell("pass aws: nothing to change")
    return FAILED if left_out else DONE


def _set(text: str, edits: Iterable[_Edit]) -> str:
    for edit in edits:
        text = editing.setting(text, edit.name, edit.values)
    return text


def _edits(args: argparse.Namespace, context: Context) -> tuple[list[_Edit], bool]:
    """The changes to make, and whether a named profile must be skipped."""
    from pass_aws.credentials import listing, profile_lookup

    program = _program(context)
    more = [
        f"--{name.replace('_', '-')}={given}"
        for name in ("pass_dir", "pass_prefix")
        if (given := getattr(args, name))
    ]
    edits, left_out = [], False
    for source in listing.keys(context) if args.all else args.profile:
        name = args.name or source
        if why := _obstacle(name, context):
            context.tell(f"pass aws: skipped {printable(name)}: {why}")
            left_out |= not args.all
            continue
        region = profile_lookup.planned(source, context).settings.get("region")
        values = {process_line.KEY: process_line.written(program, source, more)}
        if args.name and region:
            values["region"] = region
        edits.append(_Edit(name, source, values))
    return edits, left_out


def _obstacle(name: str, context: Context) -> str:
    section = context.files.config().profile(name)
    if process_line.foreign(section):
        return "its credential_process runs another program"
    why = process_line.obstacle(section, context.files.credentials().profile(name))
    return f"{why}; pass aws configure {quote(name)} --as NAME writes a profile of its own" if why else ""


def _program(context: Context) -> str:
    """Our path for the config file: the one found on PATH, which stays valid after an upgrade."""
    try:
        return os.path.abspath(become.find(PROGRAM, context.parent))
    except UserError:
        raise UserError(
            f"{PROGRAM} is not on PATH", hint="run pass aws install --user", code=NOT_FOUND
        ) from None


def _remove(args: argparse.Namespace, context: Context) -> int:
    config = context.files.config()
    names = config.names if args.all else ([args.name] if args.name else args.profile)
    found = [name for name in names if process_line.ours(config.profile(name))]

    def removed(text: str) -> str:
        for name in found:
            text = editing.without(text, name, [process_line.KEY])
        return text

    if _write(args, context, removed) and not args.dry_run:
        for name in found:
            context.tell(f"{name}: removed its credential_process line")
    if args.all and not found:
        context.tell("pass aws: nothing to change")
    for name in () if args.all else set(names) - set(found):
        context.tell(f"pass aws: {printable(name)} has no credential_process line that runs pass aws")
    return DONE if args.all or len(found) == len(names) else FAILED


def _checked(edits: Iterable[_Edit], context: Context, left_out: bool) -> int:
    config, wrong = context.files.config(), left_out
    for edit in edits:
        line = process_line.ours(config.profile(edit.name))
        if line == edit.values[process_line.KEY]:
            fault = ""
        elif not line:
            fault = "no credential_process line"
        elif not _executable(process_line.program(line)):
            fault = f"its line names {process_line.program(line)}, which cannot be executed"
        else:
            fault = f"its line is {line}; pass aws configure {quote(edit.source)} rewrites it"
        wrong |= bool(fault)
        sys.stdout.write(f"{printable(edit.name)}: {printable(fault) or 'correct'}\n")
    return FAILED if wrong else DONE


def _executable(program: str) -> bool:
    try:
        become.find(program, {})
    except UserError:
        return False
    return True


def _write(args: argparse.Namespace, context: Context, change: Callable[[str], str]) -> bool:
    """Changes the file, or shows the changes; returns whether there are any."""
    old = context.files.config_text()
    new = change(old)
    if args.dry_run:
        path = context.files.config_path
        lines = difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), path, path)
        sys.stdout.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)
    elif old != new:
        context.files.change_config(change)
    return old != new
