"""`mfa`: a virtual device; its seed is stored before AWS requires its codes, and removed afterwards."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import gpg, put
from fakeaws import faults
from in_process import Runner
from mfa_world import insert
from stores import opened

from pass_aws.errors import FAILED, MUST_ASK, USAGE
from pass_aws.mfa import seed_entry, totp
from pass_aws.mfa.seed_entry import SeedEntry

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS, MfaDevice, User
    from fakeaws.wire import Response
    from in_process import Done

SERIAL = "arn:aws:iam::111111111111:mfa/phone"


class World(NamedTuple):
    """alice, whose key is stored as `dev`, and who has no device."""

    fake: FakeAWS
    alice: User
    store: Path
    keyring: Path
    config: Path
    run: Runner

    def enroll(self, *words: str, **env: str) -> Done:
        return self.run("mfa", "enroll", "dev", "--name", "phone", *words, **env)

    def seed(self) -> SeedEntry | None:
        path = self.store / "aws-mfa" / "111111111111" / "phone.gpg"
        return seed_entry.read(gpg(self.keyring, "-d", str(path)).encode()) if path.exists() else None

    def device(self) -> MfaDevice:
        return self.fake.world.devices[SERIAL]


@pytest.fixture
def world(
    fake: FakeAWS, git_store: Path, keyring: Path, aws_config: Path, capsys: pytest.CaptureFixture[str]
) -> World:
    alice = fake.user("alice")
    key = alice.key()
    put(git_store, "dev", key.id, key.secret)
    aws_config.write_text("# mine\n[profile dev]\nregion = eu-west-1\n")
    return World(fake, alice, git_store, keyring, aws_config, Runner(fake, capsys))


def enrolled(world: World) -> None:
    """Checks that AWS and alice have the device, and the store has its seed."""
    found = world.seed()
    assert found
    assert found.state == "active"
    assert found.seed == world.device().seed
    assert [device.serial for device in world.alice.devices] == [SERIAL]
    assert subprocess.check_output(["git", "-C", str(world.store), "status", "--porcelain"]) == b""


def test_enrol_gives_a_working_profile(world: World) -> None:
    """One command makes the device, its seed, mfa_serial in the config file, and a test session."""
    done = world.enroll("--write-config")
    assert done.status == 0, done.err
    enrolled(world)
    assert world.config.read_text() == f"# mine\n[profile dev]\nmfa_serial = {SERIAL}\nregion = eu-west-1\n"
    assert world.fake.called("GetSessionToken")[-1].outcome == "ok"
    world.alice.deny_without_mfa = ("iam:*",)
    assert world.run("mfa", "code", "dev").status == 0
    done = world.run("rotate", "dev")
    assert done.status == 0, done.err
    assert done.err.count("waiting for the next MFA code") <= 1


def test_the_config_file_is_not_changed(world: World) -> None:
    """Without --write-config the mfa_serial line is shown, not written."""
    before = world.config.read_text()
    done = world.enroll()
    assert done.status == 0, done.err
    assert f"add this line to profile dev: mfa_serial = {SERIAL}" in done.err
    assert world.config.read_text() == before


def test_pass_otp_can_read_it(world: World) -> None:
    """The entry has the otpauth line that authenticators accept."""
    world.enroll("--no-try")
    store, _ = opened()
    found = totp.find(store.read_path("aws-mfa/111111111111/phone").decode())
    assert found.secret == world.device().seed
    assert found.label == "Amazon Web Services:alice@111111111111"


def test_a_code_is_printed_once(world: World) -> None:
    """Standard output has only the code, and the next code is different."""
    world.enroll("--no-try", "--write-config")
    first = world.run("mfa", "code", "dev")
    assert first.status == 0, first.err
    assert first.out.strip() == world.device().code()
    assert "valid for " in first.err
    second = world.run("mfa", "code", "dev")
    assert second.out != first.out
    assert second.waited > 0
    assert second.out.strip() == world.device().code()


def test_a_code_of_a_device_without_a_seed(world: World) -> None:
    """The error names other sources of codes; for a profile without a device, it says how to get one."""
    done = world.run("mfa", "code", "dev")
    assert done.status == FAILED
    assert "run pass aws mfa enroll dev" in done.err
    done = world.run("mfa", "code", "dev", "--serial", SERIAL)
    assert "the store has no seed for" in done.err


@pytest.mark.parametrize("fault", [faults.lost(), faults.truncated(0.5), faults.internal()])
def test_the_answer_with_the_seed_is_lost(world: World, fault: faults.Fault) -> None:
    """The created device is found and deleted, then another one is created."""
    world.fake.fault("CreateVirtualMFADevice", fault)
    done = world.enroll("--no-try")
    assert done.status == 0, done.err
    enrolled(world)
    assert list(world.fake.world.devices) == [SERIAL]


def test_a_seed_that_cannot_be_stored(world: World) -> None:
    """The device is deleted again, so AWS requires no codes of it."""
    recipients = world.store / ".gpg-id"
    before = recipients.read_text()

    def fail(response: Response) -> Response:
        recipients.write_text(f"{before}nobody\n")
        return response

    world.fake.fault("CreateVirtualMFADevice", faults.Fault("no recipient", change=fail))
    assert world.enroll("--no-try").status == FAILED
    assert world.fake.world.devices == {}
    recipients.write_text(before)
    assert world.enroll("--no-try").status == 0
    enrolled(world)


def test_codes_that_aws_refuses_at_first(world: World) -> None:
    """The next two codes are sent, and the old ones are not repeated."""
    world.fake.fault("EnableMFADevice", faults.error("InvalidAuthenticationCode", "no", 403))
    done = world.enroll("--no-try")
    assert done.status == 0, done.err
    enrolled(world)
    sent = [call.parameters["AuthenticationCode1"] for call in world.fake.called("EnableMFADevice")]
    assert len(sent) == len(set(sent)) == 2


def test_the_answer_to_enabling_is_lost(world: World) -> None:
    """AWS's list shows that the device is enabled."""
    world.fake.fault("EnableMFADevice", faults.lost())
    done = world.enroll("--no-try")
    assert done.status == 0, done.err
    enrolled(world)
    assert len(world.fake.called("EnableMFADevice")) == 1


def drifting(world: World) -> None:
    """AWS comes to believe that the device's clock is five steps ahead."""

    def change(response: Response) -> Response:
        world.device().known_drift = 5
        return response

    world.fake.fault("EnableMFADevice", faults.Fault("drift", change=change))


def test_a_device_is_synchronised(world: World) -> None:
    """After two refused codes, AWS gets two consecutive codes; the next session uses a new code."""
    drifting(world)
    done = world.enroll("--write-config")
    assert done.status == 0, done.err
    tried = world.fake.called("GetSessionToken")
    assert [call.outcome for call in tried] == ["AccessDenied", "AccessDenied"]
    assert len({call.parameters["TokenCode"] for call in tried}) == 2
    assert [call.outcome for call in world.fake.called("ResyncMFADevice")] == ["ok"]
    assert world.run("env", "dev", "--format", "json").status == 0
    assert [call.outcome for call in world.fake.called("GetSessionToken")[2:]] == ["ok"]


def test_a_device_that_aws_does_not_synchronise(world: World) -> None:
    """The device is enrolled nevertheless, and the error tells how to try it."""
    drifting(world)
    world.alice.deny = ("iam:ResyncMFADevice",)
    done = world.enroll()
    assert done.status == FAILED
    assert "is enrolled, but AWS does not accept its codes yet" in done.err
    assert f"pass aws mfa code dev --serial {SERIAL}" in done.err
    enrolled(world)


def test_one_refused_code_does_not_synchronise(world: World) -> None:
    """AWS may not know the device everywhere yet: the next code is tried."""
    refusal = "MultiFactorAuthentication failed with invalid MFA one time pass code."
    world.fake.fault("GetSessionToken", faults.error("AccessDenied", refusal, 403))
    done = world.enroll()
    assert done.status == 0, done.err
    assert [call.outcome for call in world.fake.called("GetSessionToken")] == ["AccessDenied", "ok"]
    assert world.fake.called("ResyncMFADevice") == []


def test_enabling_is_denied(world: World) -> None:
    """The seed is kept, and the same command continues when it is allowed."""
    world.alice.deny = ("iam:EnableMFADevice",)
    done = world.enroll("--no-try")
    assert done.status == FAILED
    assert "then run pass aws mfa enroll dev --name phone" in done.err
    found = world.seed()
    assert found
    assert found.state == "pending"
    world.alice.deny = ()
    assert world.enroll("--no-try").status == 0
    enrolled(world)
    assert len(world.fake.called("CreateVirtualMFADevice")) == 1


def test_a_device_name_that_is_in_use(world: World) -> None:
    """The device of another user is not deleted."""
    device = world.fake.user("bob").mfa("phone")
    done = world.enroll()
    assert done.status == FAILED
    assert "choose another device with --name NAME" in done.err
    assert world.device() is device
    assert world.seed() is None
    assert world.run("mfa", "enroll", "dev", "--name", "../x").status == FAILED


def test_the_limit_of_eight_devices(world: World) -> None:
    """AWS's limit is reported before anything is created."""
    for number in range(8):
        world.alice.mfa(f"device{number}")
    done = world.enroll()
    assert done.status == FAILED
    assert "8 MFA devices, the limit at AWS" in done.err
    assert world.fake.called("CreateVirtualMFADevice") == []


def test_an_enrolled_device_is_not_enrolled_again(world: World) -> None:
    """The seed of the enrolled device is kept."""
    world.enroll("--no-try")
    before = world.seed()
    done = world.enroll("--no-try")
    assert done.status == FAILED
    assert done.err.splitlines()[-1] == "pass aws: hint: choose another device with --name NAME"
    assert world.seed() == before


def test_a_device_is_removed(world: World) -> None:
    """First at AWS, signed with its own code; then its seed and the line in the config file."""
    world.enroll("--no-try", "--write-config")
    world.alice.deny_without_mfa = ("iam:*",)
    assert world.run("mfa", "remove", "dev").status == MUST_ASK
    done = world.run("mfa", "remove", "dev", "-f", "--write-config")
    assert done.status == 0, done.err
    assert world.fake.world.devices == {}
    assert world.seed() is None
    assert world.config.read_text() == "# mine\n[profile dev]\nregion = eu-west-1\n"


def test_the_hint_names_the_device_that_was_given(world: World) -> None:
    """Without --serial it would delete the profile's own device."""
    world.enroll("--no-try")
    done = world.run("mfa", "remove", "dev", "--serial", SERIAL)
    assert done.status == MUST_ASK
    assert done.err.splitlines()[-1].endswith(f"run pass aws mfa remove dev --serial {SERIAL} -f")


def test_a_removal_that_was_killed_is_finished(world: World) -> None:
    """If the seed was removed and not committed, the same command commits it."""
    world.enroll("--no-try", "--write-config")
    assert world.run("env", "dev", "--format", "json").status == 0  # the session for IAM
    path = world.store / "aws-mfa" / "111111111111" / "phone.gpg"
    path.unlink()
    done = world.run("mfa", "remove", "dev", "-f")
    assert done.status == 0, done.err
    assert "removed its seed, aws-mfa/111111111111/phone, from the store" in done.err
    assert subprocess.check_output(["git", "-C", str(world.store), "status", "--porcelain"]) == b""


def test_remove_at_aws_names_a_remaining_device(world: World) -> None:
    """`remove --at-aws` deletes the key that could remove the device, and says so before the question."""
    world.enroll("--no-try", "--write-config")
    asked = world.run("remove", "dev", "--at-aws")
    assert asked.status == MUST_ASK
    assert f"the MFA device {SERIAL} stays at AWS" in asked.err
    assert "run pass aws mfa remove dev\n" in asked.err
    assert world.run("mfa", "remove", "dev", "-f", "--write-config").status == 0
    done = world.run("remove", "dev", "--at-aws", "-f")
    assert done.status == 0, done.err
    assert "MFA device" not in done.err
    assert (world.alice.keys, world.fake.world.devices) == ([], {})


def test_a_device_that_aws_does_not_remove(world: World) -> None:
    """The device's seed stays in the store."""
    world.enroll("--no-try", "--write-config")
    world.alice.deny = ("iam:DeleteVirtualMFADevice",)
    assert world.run("mfa", "remove", "dev", "-f").status == FAILED
    assert world.seed() is not None
    world.alice.deny = ()
    assert world.run("mfa", "remove", "dev", "-f").status == 0
    assert world.seed() is None
    assert world.fake.world.devices == {}


def test_the_list_of_devices(world: World) -> None:
    """For each device its profiles and the source of its codes; also seeds without a profile."""
    world.enroll("--no-try", "--write-config")
    insert(world.store, "aws-mfa/222222222222/old", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP")
    text = world.config.read_text()
    world.config.write_text(
        f"{text}[profile ro]\nsource_profile = dev\nmfa_serial = {SERIAL}\n"
        "[profile key]\nmfa_serial = GAHT12345678\n[profile proc]\nmfa_serial = GAHT87654321\nmfa_process = x\n"
    )
    assert json.loads(world.run("mfa", "list", "--json").out) == [
        {
            "mfa_serial": SERIAL,
            "profiles": ["dev", "ro"],
            "code_source": "entry",
            "entry": "aws-mfa/111111111111/phone",
        },
        {"mfa_serial": "GAHT12345678", "profiles": ["key"], "code_source": "prompt", "entry": None},
        {"mfa_serial": "GAHT87654321", "profiles": ["proc"], "code_source": "mfa_process", "entry": None},
        {
            "mfa_serial": "arn:aws:iam::222222222222:mfa/old",
            "profiles": [],
            "code_source": "entry",
            "entry": "aws-mfa/222222222222/old",
        },
    ]
    rows = world.run("mfa", "list").out.splitlines()
    assert rows[0].split() == ["Device", "Profiles", "Codes", "from"]
    assert rows[1].split() == [SERIAL, "dev,", "ro", "entry", "aws-mfa/111111111111/phone"]
    assert rows[2].split() == ["GAHT12345678", "key", "prompt"]


def test_a_qr_code(world: World, programs: Path) -> None:
    """qrencode draws it, and reads the line from its standard input."""
    program = programs / "qrencode"
    program.write_text(f'#!/bin/sh\necho "$@" >{programs}/words\ncat >{programs}/line\necho QR\n')
    program.chmod(0o755)
    done = world.enroll("--no-try", "--qr")
    assert done.status == 0, done.err
    assert "QR" in done.out
    assert f"secret={world.device().seed}" in (programs / "line").read_text()
    assert world.device().seed not in (programs / "words").read_text()


def test_wrong_usage(world: World) -> None:
    """Options of other actions are refused, not ignored."""
    for words in (
        ("code",),
        ("list", "dev"),
        ("list", "--qr"),
        ("code", "dev", "--name", "x"),
        ("bake", "dev"),
    ):
        assert world.run("mfa", *words).status == USAGE
