"""Runs the fake alone, for benches and terminals: `python tests/fakeaws PORT-FILE`.

PORT-FILE appears when the fake answers and contains `NAME=value` lines: URL and PORT, and a small world to
work with: a user with a key and an MFA device, one role that trusts the user and one that also needs MFA, and
an Identity Center whose user has a role in account 222222222222. Then the URL is printed. The fake runs until
it is terminated, or until its stdin ends if that is a pipe, so that it ends with its caller.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from fakeaws import FakeAWS  # noqa: E402 - the line above makes it importable


def furnish(fake: FakeAWS) -> dict[str, str]:
    """Makes the small world and returns the names in it."""
    alice = fake.user("alice")
    key, device = alice.key(), alice.mfa()
    trust = [alice.arn]
    fake.center.account("222222222222", "team", "ReadOnly")
    return {
        "URL": fake.url,
        "PORT": fake.url.rpartition(":")[2],
        "KEY_ID": key.id,
        "SECRET": key.secret,
        "USER_ARN": alice.arn,
        "MFA_SERIAL": device.serial,
        "OTPAUTH": device.otpauth,
        "ROLE_ARN": fake.role("ReadOnly", "222222222222", trust=trust, max_session=43200).arn,
        "START_URL": fake.center.start_url,
        "MFA_ROLE_ARN": fake.role("Admin", "222222222222", trust=trust, mfa=True, max_session=43200).arn,
    }


def announce(path: Path, facts: dict[str, str]) -> None:
    """Writes the file atomically: when it appears it can be read."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text("".join(f"{name}={value}\n" for name, value in facts.items()))
    unfinished.rename(path)


def main() -> None:
    """Serves until it is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with FakeAWS() as fake:
        announce(Path(sys.argv[1]), furnish(fake))
        print(fake.url, flush=True)
        if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
            sys.stdin.read()
        else:
            signal.pause()


if __name__ == "__main__":
    main()
