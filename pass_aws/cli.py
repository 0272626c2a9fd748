"""Dispatches to commands by name; the only place that turns errors into messages."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

from pass_aws import VERSION
from pass_aws.command_line import splitting
from pass_aws.command_line.parser import command, parser_of
from pass_aws.errors import BUG, DONE, FAILED, INTERRUPTED, USAGE, UserError
from pass_aws.handover import NOTHING_TOLD
from pass_aws.system import streams
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pass_aws.command_line.parser import Parser
    from pass_aws.handover import Handover


def main(argv: Sequence[str], env: Mapping[str, str], told: Handover = NOTHING_TOLD) -> int:
    """Runs the program and returns its exit status; no error goes further up.

    Args:
        argv: the words after the program's name.
        env: the environment; nothing else reads it.
        told: the front's message.
    """
    streams.prepare()
    try:
        code = dispatch(argv, env, told)
    except UserError as error:
        code = complain(error)
    except KeyboardInterrupt:
        streams.say("")
        code = INTERRUPTED
    except SystemExit as stop:  # argparse's -h
        code = stop.code if isinstance(stop.code, int) else DONE
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback of our bug could show a secret
        code = unwritten(error) if streams.is_trouble(error) else complain(bug(error))
    trouble = streams.flushed()
    return unwritten(trouble) if trouble else code


def dispatch(argv: Sequence[str], env: Mapping[str, str], told: Handover) -> int:
    """Runs the command named in argv and returns its exit status.

    Raises:
        UserError: the user can fix this.
    """
    from pass_aws.command_line import options
    from pass_aws.context import Context

    word, *given = splitting.ordered(argv)
    verb = splitting.verb_of(word)
    try:
        parser = parser_of(verb)
        words, wrapped = _without_command(verb.name, given, parser)
        args = parser.parse(words)
        args.command = wrapped
        context = Context(env, args, options.read, told=told)
        if hasattr(args, "mfa_token"):
            options.refuse_wrong(context.options)
        return command(verb).run(args, context)
    except (Exception, KeyboardInterrupt) as error:
        if verb.name == "env":
            from pass_aws.commands import env as printing

            printing.failed(given)
        if isinstance(error, UserError) and error.code == USAGE and not error.hint:
            raise error.with_hint(f"run pass aws {verb.name} -h") from None
        raise


def _without_command(name: str, given: Sequence[str], parser: Parser) -> tuple[Sequence[str], list[str]]:
    """A command's own words, and the wrapped command of `exec` and `each`."""
    if name == "exec":
        return splitting.split(given, parser)
    if name == "each" and "--" in given:
        at = list(given).index("--")
        return given[:at], list(given[at + 1 :])
    return given, []


def complain(error: UserError) -> int:
    """Prints an error and its hint, each on one line, and returns its exit status."""
    streams.say(f"pass aws: error: {printable(str(error))}")
    if error.hint:
        streams.say(f"pass aws: hint: {printable(error.hint)}")
    return error.code


def unwritten(error: Exception) -> int:
    """Reports why stdout cannot be written, unless the reader has closed it (`pass aws list | head`)."""
    streams.forget(sys.stdout, 1)
    if isinstance(error, OSError) and error.errno != errno.EPIPE:
        complain(UserError(f"cannot write to stdout: {error.strerror}"))
    return FAILED


def bug(error: Exception) -> UserError:
    """Reports a bug of ours: its place in the code, but no values."""
    trace = error.__traceback__
    where = "?"
    while trace is not None:
        code = trace.tb_frame.f_code
        if "pass_aws" in code.co_filename:
            where = f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return UserError(
        f"this is a bug in pass aws {VERSION}: {type(error).__name__} at {where}",
        hint="report this line and the command that you ran",
        code=BUG,
    )
