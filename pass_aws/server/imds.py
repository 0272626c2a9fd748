"""The instance metadata service, version 2: the part that SDKs use for credentials and the region.

Source: EC2 User Guide, "Use the Instance Metadata Service"; version 1, without tokens, is not supported.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from pass_aws.server import ecs
from pass_aws.server.admission import refused
from pass_aws.server.request import Answer
from pass_aws.system.child_environment import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pass_aws.model import Credentials
    from pass_aws.server.request import Request

ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
NOT_WITH_IT = ("AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "AWS_IMDS_USE_IPV6")
"""Variables that would prevent SDKs from using our endpoint."""
NO_PROXY = ("no_proxy", "NO_PROXY")
HERE = "127.0.0.1,localhost"
LONGEST, MOST = 21600, 64
"""The maximum life of a token in seconds, and the maximum number of tokens."""
TTL, HELD = "x-aws-ec2-metadata-token-ttl-seconds", "x-aws-ec2-metadata-token"
TOKEN_PATH = "/latest/api/token"  # noqa: S105 - a path
ROLES = "/latest/meta-data/iam/security-credentials"
PLAIN = "text/plain"


def variables(address: str, parent: Mapping[str, str]) -> dict[str, str]:
    """The variables with which an SDK finds the server, without a proxy.

    Args:
        address: `127.0.0.1:PORT`; SDKs of 2022 need the slash after it.
        parent: the caller's environment.
    """
    spared = {name: ",".join(filter(None, (parent.get(name, ""), HERE))) for name in NO_PROXY}
    return {**spared, ENDPOINT: f"http://{address}/"}


class Imds:
    """The answers of one server, and the tokens that it has issued.

    Args:
        role: the name of the instance's role.
        region: empty if not known.
        clock: Unix seconds.
    """

    def __init__(self, role: str, region: str, clock: Callable[[], float]) -> None:
        self._role, self._clock = role, clock
        self._tokens: dict[str, float] = {}
        self._texts = {
            ROLES: (role, PLAIN),
            "/latest/meta-data/instance-id": ("i-pass-aws", PLAIN),
            "/latest/meta-data/iam/info": (json.dumps({"Code": "Success"}), "application/json"),
        }
        if region:
            document = json.dumps({"region": region})
            self._texts |= {
                "/latest/dynamic/instance-identity/document": (document, "application/json"),
                "/latest/meta-data/placement/region": (region, PLAIN),
                "/latest/meta-data/placement/availability-zone": (f"{region}a", PLAIN),
            }

    def wants_credentials(self, request: Request) -> bool:
        """Whether a request that `answer` does not refuse is for credentials."""
        return request.method == "GET" and request.path == f"{ROLES}/{self._role}"

    def answer(self, request: Request) -> Answer:
        """The answer to every request except an admitted one for credentials; see `credentials`."""
        if request.method == "PUT" and request.path == TOKEN_PATH:
            return self._new_token(request.one(TTL))
        if request.method != "GET":
            return refused(405, "only GET is allowed, and PUT for a token")
        if not self._valid(request.one(HELD)):
            return refused(401, "a token is required (IMDSv2): PUT /latest/api/token")
        text, kind = self._texts.get(request.path.rstrip("/"), ("", PLAIN))
        return Answer(200, text.encode(), kind) if text else refused(404, "there is nothing at this path")

    def admits(self, request: Request) -> bool:
        """Whether a request for credentials has a valid token."""
        return self._valid(request.one(HELD))

    def credentials(self, credentials: Credentials) -> Answer:
        """Credentials in the form that SDKs read."""
        updated = moment(int(self._clock()))
        found = {"Code": "Success", "LastUpdated": updated, "Type": "AWS-HMAC", **ecs.fields(credentials)}
        return Answer(200, json.dumps(found).encode() + b"\n")

    def _new_token(self, wanted: str) -> Answer:
        if not (
            wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:6]) <= LONGEST and len(wanted) < 6
        ):
            return refused(400, f"{TTL} must be 1 to {LONGEST}")
        token, now = secrets.token_urlsafe(32), self._clock()
        living = [(known, until) for known, until in self._tokens.items() if until > now]
        self._tokens = {**dict(living[1 - MOST :]), token: now + int(wanted)}
        return Answer(200, token.encode(), PLAIN, ((TTL, wanted),))

    def _valid(self, token: str) -> bool:
        """Whether the request has a valid token; tokens are random, so a lookup's time reveals nothing."""
        return self._clock() < self._tokens.get(token, 0.0)
