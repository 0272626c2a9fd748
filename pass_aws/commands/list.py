"""`list`: profiles, stored keys and live sessions."""

from __future__ import annotations

import sys

from pass_aws.credentials import listing
from pass_aws.system import child_environment
from pass_aws.text import durations
from pass_aws.text.quoting import command
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from pass_aws.cache.token import SignIn
    from pass_aws.context import Context
    from pass_aws.credentials.listing import Row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to list."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--profiles", action="store_true", help="print the names of all profiles, one per line")
    what.add_argument(
        "--credentials", action="store_true", help="print the names of stored keys, one per line"
    )
    what.add_argument(
        "--sessions", action="store_true", help="print the names of profiles with a live session"
    )
    what.add_argument(
        "--sign-ins", action="store_true", help="show sign-ins, when they expire, whether they renew"
    )
    what.add_argument("--json", action="store_true", help="print everything as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Prints the list; problems in the config file are printed on stderr and do not stop it."""
    now = int(context.clock())
    if args.credentials:
        lines = listing.keys(context)
    elif args.sign_ins:
        lines = _signs(context.tokens.all(), now)
    elif args.profiles:
        lines = listing.profiles(context)
    else:
        rows = listing.rows(context)
        if not (rows or args.sessions or args.json):
            _tell_nothing(context)
        if args.json:
            sys.stdout.write(_json(rows, now))
            return 0
        lines = [row.profile for row in rows if row.sessions] if args.sessions else _table(rows, now)
        if not args.sessions and (signs := context.tokens.all()):
            lines += ["", *_signs(signs, now)]
    sys.stdout.writelines(f"{printable(line)}\n" for line in lines)
    if not (args.credentials or args.sessions or args.sign_ins):
        _tell_problems(context)
    return 0


def _tell_nothing(context: Context) -> None:
    """Without profiles and keys: says why, or how to start."""
    trouble = context.store.trouble()
    begin = "no profiles and no keys yet; pass aws add NAME stores a key"
    if sessions := context.files.config().sso_sessions:
        sync = command("pass", "aws", "sso", "sync", "--sso-session", sessions[0])
        begin = f"no profiles yet; {sync} writes one for each role"
    context.tell(f"{trouble}: {trouble.hint}" if trouble else begin)


def _table(rows: list[Row], now: int) -> list[str]:
    cells = [("Profile", "Credentials", "Sessions")]
    for row in rows:
        sessions = ", ".join(f"{durations.short(one.expires - now)}" for one in row.sessions)
        cells.append((row.profile, row.profile if row.stored else "-", sessions or "-"))
    first, second = (max(len(printable(line[i])) for line in cells) + 2 for i in (0, 1))
    return [f"{printable(a):<{first}}{printable(b):<{second}}{c}" for a, b, c in cells]


def _signs(signs: list[SignIn], now: int) -> list[str]:
    cells = [("Sign-in", "Kind", "Ends", "Renewed")]
    for one in signs:
        left = durations.short(one.expires - now) if one.expires > now else "ended"
        cells.append((printable(one.name), one.kind, left, "automatic" if one.refreshable else "manual"))
    widths = [max(len(line[i]) for line in cells) + 2 for i in range(3)]
    return [f"{a:<{widths[0]}}{b:<{widths[1]}}{c:<{widths[2]}}{d}" for a, b, c, d in cells]


def _json(rows: list[Row], now: int) -> str:
    import json

    answer = [
        {
            "profile": row.profile,
            "config": row.in_config,
            "stored": row.stored,
            "sessions": [
                {"expires": child_environment.moment(one.expires), "seconds_left": one.expires - now}
                for one in row.sessions
            ],
        }
        for row in rows
    ]
    return json.dumps(answer, indent=2) + "\n"


def _tell_problems(context: Context) -> None:
    for problem in (*context.files.config().problems(), *context.files.credentials().problems()):
        context.warn(f"warning: {problem}")
    if left := listing.left_by_aws_vault(context):
        context.warn(
            f"the store contains {len(left)} sessions of aws-vault; pass aws clear --aws-vault removes them"
        )
