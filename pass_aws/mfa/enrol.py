"""Enrols a virtual MFA device: stores the seed before AWS begins to require its codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.aws import iam_mfa
from pass_aws.aws.refusal_rows import LOST, WRONG_CODE
from pass_aws.aws.refusals import AwsError
from pass_aws.errors import UncommittedError, UserError
from pass_aws.mfa import device_codes, seed_entry, totp
from pass_aws.mfa.seed_entry import ACTIVE, INTENT, PENDING, SeedEntry
from pass_aws.store.store import Store
from pass_aws.text import answers

if TYPE_CHECKING:
    from pass_aws.aws.iam_mfa import NewDevice
    from pass_aws.context import Context
    from pass_aws.mfa.caller import Caller

MOST = 8
"""The number of devices that AWS allows a user."""
ATTEMPTS = 3
LONGEST = 128
"""The maximum length of a device's name; AWS allows 226 characters, file names fewer."""


class Enrolment:
    """The enrolment of a device: its entry in the store, and the calls about it.

    Args:
        serial: its ARN, made from account and name.
        user: its future user.
        caller: signs the calls.
        prefix: the directory of seeds in the store.
        context: the doors.
    """

    def __init__(self, serial: str, user: str, caller: Caller, prefix: str, context: Context) -> None:
        self.serial, self.user, self._caller, self.context = serial, user, caller, context
        own = context.store
        self._store = Store(own.root, prefix, own.gpg, own.env, own.warn)
        account, name = serial.split(":")[4], serial.partition(":mfa/")[2]
        self.name = f"{account}/{name}"
        self.entry: SeedEntry | None = None
        self.began_before = False

    @property
    def label(self) -> str:
        """The entry's name in pass."""
        return self._store.label(self.name)

    def run(self) -> None:
        """Steps E0 to E5; continues an earlier run.

        Raises:
            UserError: refused; the hint says how to continue.
        """
        self._store.check_writable(self.name)
        self._read()
        if self.entry is None:
            self._check_room()
            self._write(SeedEntry(INTENT, self.serial, self.user), "Begin enrolment of {}.")
        if self.begun.state == INTENT:
            self._create()
        if self.begun.state == PENDING:
            self._enable()

    @property
    def unfinished(self) -> bool:
        """Whether the next run continues."""
        return self.entry is not None and self.entry.state != ACTIVE

    @property
    def begun(self) -> SeedEntry:
        """The stored entry, which must exist."""
        assert self.entry is not None  # noqa: S101 - `run` has stored one
        return self.entry

    def _read(self) -> None:
        if not self._store.exists(self.name):
            return
        self.entry = seed_entry.read(self._store.read(self.name))
        if self.entry and self.entry.state == ACTIVE:
            self._store.finish(self.name, f"Finish enrolment of {self.label}.")
        if self.entry is None or self.entry.state == ACTIVE:
            what = "the seed of an enrolled device" if self.entry else "something else"
            raise UserError(
                f"the entry {self.label} contains {what}", hint="choose another device with --name NAME"
            )
        self.began_before = True
        self.context.tell("continuing the unfinished enrolment")

    def _write(self, entry: SeedEntry, message: str) -> None:
        self._store.write(
            self.name, seed_entry.render(entry), message.format(self.label), must_read_back=True
        )
        self.entry = entry

    def _check_room(self) -> None:
        if len(self.devices()) >= MOST:
            raise UserError(
                f"the user {self.user} already has {MOST} MFA devices, the limit at AWS",
                hint="remove one first; pass aws exec -n PROFILE -- aws iam list-mfa-devices shows them",
            )

    def devices(self) -> list[str]:
        """The serials of the user's devices."""
        return self._caller.ask(
            lambda signer, at: iam_mfa.list_devices(signer, at, self.user), answers.serials
        )

    # E2, E3: the device and its seed.

    def _create(self) -> None:
        made = self._made()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._write(SeedEntry(PENDING, made.serial, self.user, made.seed), "Add seed of {}.")
            except UncommittedError:
                raise  # the seed is stored
            except (UserError, KeyboardInterrupt) as error:
                if attempt == ATTEMPTS or not isinstance(error, UserError):
                    self._delete()
                    raise
            else:
                break
        self.context.tell(f"created the device {made.serial} and stored its seed in {self.label}")

    def _made(self) -> NewDevice:
        """Creates the device; if the answer is lost, so is the seed, and that device is deleted."""
        name = self.name.partition("/")[2]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._caller.ask(
                    lambda signer, at: iam_mfa.create_device(signer, at, name), iam_mfa.new_device
                )
            except AwsError as error:
                taken = error.aws_code == "EntityAlreadyExists" and (self.began_before or attempt > 1)
                if attempt == ATTEMPTS or not (error.cause == LOST or taken):
                    if error.aws_code == "EntityAlreadyExists":
                        self._forget()
                        raise error.with_hint("choose another device with --name NAME") from None
                    raise
            self._drop_orphan()
        raise AssertionError("unreachable")

    def _drop_orphan(self) -> None:
        """Deletes an unassigned device of this name, which an interrupted run has created."""
        if self.serial in self._caller.ask(iam_mfa.list_unassigned, iam_mfa.unassigned):
            self._delete()
            self.context.tell(f"deleted the device {self.serial}, whose seed is lost")

    def _forget(self) -> None:
        """Removes the entry again, since no device was created."""
        self._store.remove([self.name], f"Abort enrolment of {self.label}.")
        self.entry = None

    def _delete(self) -> None:
        self._caller.change(lambda signer, at: iam_mfa.delete_device(signer, at, self.serial))

    # E4, E5: enable the device.

    def _enable(self) -> None:
        entry = self.begun
        if self.serial not in self.devices():
            self._show_codes(entry.seed)
        self._write(entry._replace(state=ACTIVE), "Finish enrolment of {}.")
        self.context.tell(f"the device {self.serial} is enabled")

    def _show_codes(self, seed: str) -> None:
        """Gives AWS the codes of two consecutive time steps, and later ones if these are refused."""
        for attempt in range(1, ATTEMPTS + 1):
            step = totp.step(self.context.clock())
            pair = device_codes.pair(seed, self.serial, step, self.context)
            try:
                self._caller.change(
                    lambda signer, at, pair=pair: iam_mfa.enable_device(  # type: ignore[misc] # bound now
                        signer, at, self.user, self.serial, pair
                    )
                )
            except AwsError as error:
                if error.cause == LOST and self.serial in self.devices():
                    return
                if error.cause not in (WRONG_CODE, LOST) or attempt == ATTEMPTS:
                    raise
            else:
                return
            device_codes.wait_for(step + 1, "waiting for the next code", self.context)


def plain_name(text: str) -> str:
    """Makes a name that IAM accepts from any text."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "_+=,.@-") else "-" for char in text)


def check_name(name: str) -> None:
    """Refuses a device name that IAM does not accept.

    Raises:
        UserError: with the allowed characters.
    """
    if not name or len(name) > LONGEST or plain_name(name) != name or name.startswith("."):
        raise UserError(
            f"{name!r} is not a valid device name",
            hint=f"use 1 to {LONGEST} letters, digits and _+=,.@-, not starting with a dot",
        )
