"""A strict fake AWS over HTTP: it enforces what moto accepts.

    with FakeAWS() as fake:
        alice = fake.user("alice")
        key, device = alice.key(), alice.mfa()
        role = fake.role("ReadOnly", "222222222222", trust=[alice.arn], mfa=True)
        … AWS_ENDPOINT_URL=fake.url …
        assert fake.actions() == ["GetSessionToken", "AssumeRole"]

Time: `fake.clock.advance(3600)` ages sessions and codes at AWS, `fake.clock.skew = 600` makes its clock wrong.
Faults: `fake.fault("AssumeRole", faults.lost(), at=2)`. Real boto3 clients for tests: fakeaws.client.
Alone, for benches: `python tests/fakeaws PORT-FILE`.

The rules, and their sources, are in the modules: gate (signatures, time, keys), limits
(parameters), mfa (codes), sts, roles, web_identity (sessions, trust, caps), iam_keys and iam_mfa; center, oidc
and portal (Identity Center: `fake.center`), signin and dpop (`aws login`: `fake.signin`).
"""

from __future__ import annotations

from fakeaws.accounts import ACCOUNT
from fakeaws.clock import Clock
from fakeaws.fake import FakeAWS
from fakeaws.mfa import MfaDevice, totp
from fakeaws.people import AccessKey, Propagation, Role, User, WebToken
from fakeaws.wire import Call

__all__ = [
    "ACCOUNT",
    "AccessKey",
    "Call",
    "Clock",
    "FakeAWS",
    "MfaDevice",
    "Propagation",
    "Role",
    "User",
    "WebToken",
    "totp",
]
