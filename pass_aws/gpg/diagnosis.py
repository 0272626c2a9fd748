"""Why gpg did not decrypt, and what the user can do: from its status lines, never from its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import FAILED, MUST_ASK, CancelledError, UserError
from pass_aws.text.quoting import command
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from pass_aws.gpg.process import Ran

HERE, ABSENT, UNREACHABLE, CARD = "here", "absent", "unreachable", "card"
"""Places of the secret key: in the agent, absent, unknown, on a smart card."""

BAD_PASSPHRASE, BAD_PIN, TIMEOUT, NO_PINENTRY = 11, 87, 62, 85
CANCELLED, FULLY_CANCELLED, FORBIDDEN, NO_MEMORY = 99, 198, 251, 32854
"""Codes of libgpg-error."""


class NoSecretKeyError(UserError):
    """No secret key for the file is on this machine."""


class BadFileError(UserError):
    """A file that gpg cannot process, such as a damaged one."""


class Failure:
    """The facts about a run of gpg that did not decrypt."""

    def __init__(self, ran: Ran) -> None:
        self.status, self.fields = ran.status, ran.status.fields
        self.said = set(ran.status.keywords)
        self.reasons = ran.status.errors("pkdecrypt_failed")
        self.mode_refused = FORBIDDEN in ran.status.errors("set_pinentry_mode")
        self.code, self.out = ran.code, ran.out
        self.complaint = ran.messages.strip().split("\n")[-1] or f"exit status {ran.code}"

    @property
    def recipients(self) -> list[str]:
        """The ids of the keys that the file is encrypted for."""
        return [key for fields in self.fields("ENC_TO") for key in fields[:1]]

    @property
    def keyless(self) -> bool:
        """Whether no secret key opened an encrypted file; for a truncated file gpg ends with 0 instead."""
        opened = self.said & {"DECRYPTION_KEY", "DECRYPTION_INFO"}
        return bool(self.code and self.said & {"ENC_TO", "NEED_PASSPHRASE_SYM"} and not opened)

    @property
    def asked(self) -> bool:
        """Whether a pinentry was started."""
        return "PINENTRY_LAUNCHED" in self.said

    @property
    def wrong(self) -> bool:
        """Whether an answer was given that is not the passphrase or PIN."""
        return bool(self.reasons & {BAD_PASSPHRASE, BAD_PIN})

    @property
    def cancelled(self) -> bool:
        """Whether the prompt was cancelled."""
        return bool(self.reasons & {CANCELLED, FULLY_CANCELLED, TIMEOUT})

    @property
    def no_memory(self) -> bool:
        """Whether the agent had no secure memory left; it recovers when its other clients are done."""
        return NO_MEMORY in self.reasons

    @property
    def locked(self) -> bool:
        """Whether a passphrase was needed, but this run could not ask for it or was not allowed to."""
        return bool(self.said & {"NEED_PASSPHRASE", "NEED_PASSPHRASE_SYM"} or NO_PINENTRY in self.reasons)


class Situation(NamedTuple):
    """Further facts, besides gpg's status lines.

    Args:
        name: of the file in errors; for an entry its name in pass.
        may_ask: whether gpg was allowed to ask.
        place: of its key.
        card: the serial number of the card with the key.
        inserted: whether that card is inserted.
        terminal_gone: whether the pinentry was one for terminals, and there is no terminal.
        foreign_terminal: the terminal of such a pinentry, if it belongs to another user, as after `su`.
    """

    name: str
    may_ask: bool = True
    place: str = HERE
    card: str = ""
    inserted: bool = False
    terminal_gone: bool = False
    foreign_terminal: str = ""


def no_key(failure: Failure, situation: Situation) -> UserError:
    """The error for an encrypted file that no key opened, most certain cause first."""
    answered = failure.wrong or failure.cancelled
    if situation.place == CARD and not situation.inserted:
        return _card(situation)
    if situation.foreign_terminal:
        return _foreign_terminal(situation.foreign_terminal, situation.name)
    if situation.terminal_gone:
        what = f"no terminal to ask for the passphrase of {situation.name}"
        return UserError(what, hint=_unlock(situation), code=MUST_ASK)
    if situation.place == CARD and not answered:
        return _card(situation)
    if answered or failure.asked:
        return _unanswered(failure, situation)
    return _not_asked(failure, situation)


def _foreign_terminal(path: str, name: str) -> UserError:
    return UserError(
        f"gpg cannot ask on {shown(path)}, a terminal of another user, for the passphrase of {name}",
        hint="run script -q /dev/null for a terminal of your own, then the command again",
        code=MUST_ASK,
    )


def _not_asked(failure: Failure, situation: Situation) -> UserError:
    """The error for a run without a prompt."""
    if situation.place == UNREACHABLE:
        hint = "run gpgconf --kill gpg-agent and try again; if the agent is forwarded, reconnect"
        return UserError(f"gpg-agent cannot be reached: {failure.complaint}", hint=hint)
    if situation.place == ABSENT and not failure.locked:
        return _absent(failure, situation.name)
    if not situation.may_ask:
        what = f"the key for {situation.name} is locked, and prompts are not allowed"
        return UserError(what, hint=_unlock(situation), code=MUST_ASK)
    return _agent_failed(failure, situation.name)


def _unlock(situation: Situation) -> str:
    return f"unlock its key on a terminal first: {_show(situation)}"


def _show(situation: Situation) -> str:
    return command("pass", "show", situation.name)


def _card(situation: Situation) -> UserError:
    return UserError(
        f"the key for {situation.name} is on the card {situation.card}, which does not answer",
        hint=f"insert the card; {_show(situation)} asks for its PIN",
        code=FAILED if situation.may_ask else MUST_ASK,
    )


def _unanswered(failure: Failure, situation: Situation) -> CancelledError:
    secret = "PIN" if situation.place == CARD else "passphrase"
    what = f"the {secret} for {situation.name}"
    again = f"run the command again, or unlock the key first: {_show(situation)}"
    if failure.wrong:
        return CancelledError(f"{what} was wrong", hint=again, code=FAILED)
    if failure.cancelled:
        return CancelledError(f"the {secret} prompt for {situation.name} was cancelled", hint=again)
    return CancelledError(f"{what} was wrong, or its prompt was cancelled", hint=again)


def _absent(failure: Failure, name: str) -> NoSecretKeyError:
    named = [one for one in failure.recipients if one.strip("0")]
    keys = ", ".join(named) or ("keys that are not named in it" if failure.recipients else "a passphrase")
    return NoSecretKeyError(
        f"no secret key for {name}: it is encrypted to {keys}",
        hint="import your secret key, or ask a recipient to run pass init with your key, too",
    )


def _agent_failed(failure: Failure, name: str) -> UserError:
    if failure.locked:
        return UserError(
            f"gpg-agent cannot start its pinentry to ask for the passphrase of {name}",
            hint="check pinentry-program in gpg-agent.conf, then run gpgconf --kill gpg-agent",
        )
    return UserError(
        f"gpg-agent did not answer for {name}; it may be out of secure memory",
        hint="add auto-expand-secmem to gpg-agent.conf, then run gpgconf --kill gpg-agent",
    )


def bad_file(failure: Failure, name: str, limit: int) -> BadFileError:
    """The error for a file that gpg could not process, or only in part.

    Args:
        failure: of a run that did not fail for lack of a key.
        name: of the file in errors.
        limit: the maximum size of the plaintext in bytes.
    """
    backup = (
        "restore it from a backup; if the store is a git repository,"
        f" {command('pass', 'git', 'log', '--', f'{name}.gpg')} shows its versions"
    )
    if failure.code < 0:
        return BadFileError(
            f"gpg was ended by signal {-failure.code} while it read {name}", hint="run the command again"
        )
    if len(failure.out) >= limit or any(_exceeds(size, limit) for size in failure.fields("PLAINTEXT_LENGTH")):
        return BadFileError(f"{name} is larger than {limit} bytes, so it is not read", hint=backup)
    if "DECRYPTION_INFO" in failure.said:
        return BadFileError(f"{name} is damaged: {failure.complaint}", hint=backup)
    if "PLAINTEXT" in failure.said:
        return BadFileError(f"{name} is not encrypted, so it is not trusted", hint=backup)
    if failure.said & {"NODATA", "ENC_TO"}:
        return BadFileError(f"{name} is empty, truncated, or not a gpg file", hint=backup)
    return BadFileError(f"gpg cannot read {name}: {failure.complaint}", hint="check PASSWORD_STORE_GPG_OPTS")


def _exceeds(fields: list[str], limit: int) -> bool:
    return bool(fields) and fields[0].isdigit() and int(fields[0][:20]) > limit
