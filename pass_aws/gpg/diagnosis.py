"""Why gpg did not decrypt, and what the user can do: decided from its status lines, never from its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.errors import FAILED, MUST_ASK, CancelledError, UserError
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from pass_aws.gpg.process import Ran

HERE, ABSENT, UNREACHABLE, CARD = "here", "absent", "unreachable", "card"
"""Where the secret key is: with the agent, nowhere, nobody knows, on a smart card."""

BAD_PASSPHRASE, BAD_PIN, TIMEOUT, NO_PINENTRY = 11, 87, 62, 85
CANCELLED, FULLY_CANCELLED, FORBIDDEN, NO_MEMORY = 99, 198, 251, 32854
"""Codes of libgpg-error."""


class NoSecretKeyError(UserError):
    """The file is for others: no secret key for it is on this machine."""


class Failure:
    """What one run of gpg that did not decrypt has said."""

    def __init__(self, ran: Ran) -> None:
        self.fields = ran.status.fields
        self.said = set(ran.status.keywords)
        self.reasons = ran.status.errors("pkdecrypt_failed")
        self.mode_refused = FORBIDDEN in ran.status.errors("set_pinentry_mode")
        self.code, self.out = ran.code, ran.out
        self.complaint = ran.messages.strip().split("\n")[-1] or f"exit status {ran.code}"

    @property
    def recipients(self) -> list[str]:
        """The ids of the keys that the file is encrypted to."""
        return [fields[0] for fields in self.fields("ENC_TO")]

    @property
    def keyless(self) -> bool:
        """It is encrypted, and no secret key opened it; a file cut after its header ends with 0 instead."""
        opened = self.said & {"DECRYPTION_KEY", "DECRYPTION_INFO"}
        return bool(self.code and self.said & {"ENC_TO", "NEED_PASSPHRASE_SYM"} and not opened)

    @property
    def asked(self) -> bool:
        """A pinentry was started."""
        return "PINENTRY_LAUNCHED" in self.said

    @property
    def wrong(self) -> bool:
        """An answer was given, and is not the passphrase or PIN."""
        return bool(self.reasons & {BAD_PASSPHRASE, BAD_PIN})

    @property
    def cancelled(self) -> bool:
        """Nobody gave an answer."""
        return bool(self.reasons & {CANCELLED, FULLY_CANCELLED, TIMEOUT})

    @property
    def no_memory(self) -> bool:
        """The agent had no secure memory left; it has when its other clients are done."""
        return NO_MEMORY in self.reasons

    @property
    def locked(self) -> bool:
        """A passphrase was needed, and this run was not allowed or not able to ask for it."""
        return bool(self.said & {"NEED_PASSPHRASE", "NEED_PASSPHRASE_SYM"} or NO_PINENTRY in self.reasons)


class Situation(NamedTuple):
    """What is known beside gpg's own words.

    Args:
        name: what errors call the file; for an entry what pass calls it.
        may_ask: whether gpg was allowed to ask.
        place: where its key is.
        card: the number of the card that the key is on.
        inserted: whether that card is there.
        terminal_gone: the pinentry was one for terminals, and there is none.
    """

    name: str
    may_ask: bool = True
    place: str = HERE
    card: str = ""
    inserted: bool = False
    terminal_gone: bool = False


def no_key(failure: Failure, situation: Situation) -> UserError:
    """The error for what is encrypted and stayed so, most certain cause first."""
    answered = failure.wrong or failure.cancelled
    if situation.place == CARD and not situation.inserted:
        return _card(situation)
    if situation.terminal_gone:
        what = f"no terminal to ask for the passphrase of {situation.name}"
        return UserError(what, hint=_unlock(situation), code=MUST_ASK)
    if situation.place == CARD and not answered:
        return _card(situation)
    if answered or failure.asked:
        return _unanswered(failure, situation)
    return _not_asked(failure, situation)


def _not_asked(failure: Failure, situation: Situation) -> UserError:
    """The error where nobody was asked for anything."""
    if situation.place == UNREACHABLE:
        hint = "run gpgconf --kill gpg-agent and try again; if the agent is forwarded, connect anew"
        return UserError(f"gpg-agent cannot be reached: {failure.complaint}", hint=hint)
    if situation.place == ABSENT and not failure.locked:
        return _absent(failure, situation.name)
    if not situation.may_ask:
        what = f"the key for {situation.name} is locked, and nobody may be asked"
        return UserError(what, hint=_unlock(situation), code=MUST_ASK)
    return _agent_failed(failure, situation.name)


def _unlock(situation: Situation) -> str:
    return f"unlock its key on a terminal first: {_show(situation)}"


def _show(situation: Situation) -> str:
    return command("pass", "show", situation.name)


def _card(situation: Situation) -> UserError:
    return UserError(
        f"the key for {situation.name} is on the card {situation.card}, which gave no answer",
        hint=f"insert the card; {_show(situation)} asks for its PIN",
        code=FAILED if situation.may_ask else MUST_ASK,
    )


def _unanswered(failure: Failure, situation: Situation) -> CancelledError:
    secret = "PIN" if situation.place == CARD else "passphrase"
    what = f"the {secret} for {situation.name}"
    again = f"run it again to be asked again, or unlock its key first: {_show(situation)}"
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
        hint="import your secret key, or ask a recipient to run pass init with your key too",
    )


def _agent_failed(failure: Failure, name: str) -> UserError:
    if failure.locked:
        return UserError(
            f"gpg-agent cannot start its pinentry to ask for the passphrase of {name}",
            hint="check pinentry-program in gpg-agent.conf, then run gpgconf --kill gpg-agent",
        )
    return UserError(
        f"gpg-agent gave no answer for {name}, as it does when it is out of secure memory",
        hint="put auto-expand-secmem into gpg-agent.conf, then run gpgconf --kill gpg-agent",
    )


def bad_file(failure: Failure, name: str, limit: int) -> UserError:
    """The error for a file that gpg could not even try, or that broke off on the way.

    Args:
        failure: of a run that was not for want of a key.
        name: what errors call the file.
        limit: bytes of plaintext that were allowed.
    """
    backup = f"take it from a backup: {command('pass', 'git', 'log', '--', f'{name}.gpg')}"
    if failure.code < 0:
        return UserError(f"gpg was ended by signal {-failure.code} while it read {name}", hint="run it again")
    if len(failure.out) >= limit or any(_exceeds(size, limit) for size in failure.fields("PLAINTEXT_LENGTH")):
        return UserError(f"{name} holds more than {limit} bytes, so it is not read", hint=backup)
    if "DECRYPTION_INFO" in failure.said:
        return UserError(f"{name} is damaged: {failure.complaint}", hint=backup)
    if "PLAINTEXT" in failure.said:
        return UserError(f"{name} is not encrypted, so it is not trusted", hint=backup)
    if failure.said & {"NODATA", "ENC_TO"}:
        return UserError(f"{name} is empty, truncated, or not a gpg file", hint=backup)
    return UserError(f"gpg cannot read {name}: {failure.complaint}", hint="check PASSWORD_STORE_GPG_OPTS")


def _exceeds(fields: list[str], limit: int) -> bool:
    return bool(fields) and fields[0].isdigit() and int(fields[0][:20]) > limit
