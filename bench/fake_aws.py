"""The strict fake of the tests, with additions for the bench: `python bench/fake_aws.py PORT-FILE`.

It has a second role that trusts the first, and MFA devices that accept any code repeatedly: with codes for
one use, a bench could make one call in 30 seconds.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

from fakeaws import FakeAWS  # noqa: E402 - the line above makes it importable
from fakeaws.__main__ import announce, furnish  # noqa: E402
from fakeaws.mfa import MfaDevice  # noqa: E402


def main() -> None:
    """Serves until its stdin ends."""
    MfaDevice.accept = lambda self, code: True  # type: ignore[method-assign] # noqa: ARG005
    with FakeAWS() as fake:
        facts = furnish(fake)
        second = fake.role("Second", "222222222222", trust=[facts["ROLE_ARN"]])
        announce(Path(sys.argv[1]), {**facts, "SECOND_ROLE_ARN": second.arn})
        print(fake.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
