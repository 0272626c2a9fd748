"""Asks the user for a one-time code: on the terminal, with pinentry, zenity or kdialog."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.errors import INTERRUPTED, MUST_ASK, UserError
from pass_aws.mfa import drivers
from pass_aws.mfa.drivers import PINENTRY, TERMINAL, YKMAN, ZENITY

if TYPE_CHECKING:
    from pass_aws.context import Context

TITLE = "pass aws"
REFUSED = 1
"""Exit status of zenity and kdialog if the user closes the window; also zenity's without a display."""


def absence(driver: str, context: Context) -> str:
    """Why a driver cannot be used now; empty if it can."""
    if driver == TERMINAL:
        return context.tty.absence()
    if driver == PINENTRY:
        return _pinentry_absence(context)
    from shutil import which  # shutil loads all compression modules

    if not which(driver, path=context.env.get("PATH")):
        return "it is not installed"
    return "" if driver == YKMAN or _display(context) else "there is no display"


def asked(driver: str, serial: str, trouble: str, context: Context) -> str:
    """The text that the user has typed.

    Args:
        driver: one of drivers.TYPED.
        serial: the MFA device.
        trouble: what was wrong with the last answer, or empty.
        context: the doors.

    Raises:
        UserError: cancelled, or no prompt was possible.
    """
    question = f"MFA code for {serial}: "
    if driver == PINENTRY:
        return _pinentry(question, trouble, context)
    whole = f"{trouble}. {question}" if trouble else question
    return context.tty.ask(whole) if driver == TERMINAL else _dialog(driver, whole, context)


def _display(context: Context) -> bool:
    return bool(context.env.get("DISPLAY") or context.env.get("WAYLAND_DISPLAY"))


def _pinentry_absence(context: Context) -> str:
    from pass_aws.mfa import pinentry_program

    configured = pinentry_program.configured(context.env)
    program = configured or pinentry_program.installed(context.env)
    return drivers.pinentry_absence(
        os.path.realpath(program) if program else "",
        configured=bool(configured),
        display=_display(context),
        terminal=context.tty.absence(),
    )


def _pinentry(question: str, trouble: str, context: Context) -> str:
    from pass_aws.gpg import invocation
    from pass_aws.mfa import pinentry, pinentry_program

    program = pinentry_program.configured(context.env) or pinentry_program.installed(context.env)
    shown = pinentry.Question(TITLE, question, "Code:", trouble)
    with context.tty.lent():
        return pinentry.ask(program, context.env, shown, terminal=invocation.tty(context.env))


def _dialog(driver: str, question: str, context: Context) -> str:
    """Asks in a window; underscores are doubled for zenity, which uses single ones for shortcuts."""
    from pass_aws.system import programs

    argv = (
        [driver, "--entry", "--title", TITLE, "--text", question.replace("_", "__")]
        if driver == ZENITY
        else [driver, "--title", TITLE, "--inputbox", question]
    )
    complaints = os.memfd_create("complaints")
    try:
        with context.tty.waiting(f"waiting for an answer in {driver}"):
            done = programs.run(argv, context.env, stderr=complaints)
        said = os.pread(complaints, 4096, 0)
    finally:
        os.close(complaints)
    if done.code == REFUSED and b"display" not in said:
        raise UserError("cancelled", code=INTERRUPTED)
    if done.code:
        raise UserError(f"{driver} could not ask", hint="use another --prompt", code=MUST_ASK)
    return done.out.decode(errors="replace")
