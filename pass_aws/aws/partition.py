"""AWS's partitions: which one a region or an ARN belongs to, and the hosts of each.

botocore routes its own calls; these hosts are for our STS calls, sign-in, the console, and explanations.
Source: botocore's partitions and endpoint rules; the console's hosts from AWS's documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.aws import urls
from pass_aws.errors import UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable


class Endpoint(NamedTuple):
    """The destination of a call.

    Args:
        region: of the signature and of the host.
        partition: `aws`, `aws-cn`, …
        url: overrides the host.
        fips: use the host's FIPS variant.
        dualstack: use the host that also has an IPv6 address.
        legacy: `sts_regional_endpoints = legacy`: use the global STS host for the oldest regions.
        ca_bundle: file of certificates to trust.
        allow_http: whether the user allows secrets to be sent to `url` unencrypted.
    """

    region: str
    partition: str
    url: str | None = None
    fips: bool = False
    dualstack: bool = False
    legacy: bool = False
    ca_bundle: str | None = None
    allow_http: bool = False

    def check_encrypted(self, what: str) -> None:
        """Fails if secrets would be sent unencrypted over a network.

        Args:
            what: the call, for the message.

        Raises:
            UserError: `url` is http on another machine, and the user has not allowed it.
        """
        if self.url and urls.in_clear(self.url) and not self.allow_http:
            raise UserError(
                f"{what} would send secrets unencrypted to {self.url}",
                hint="use https, or allow it: allow_http_endpoint = true in the profile,"
                " or PASS_AWS_ALLOW_HTTP_ENDPOINT=true",
            )


class Partition(NamedTuple):
    """A partition.

    Args:
        name: as in an ARN.
        prefix: the beginning of its regions; empty for `aws`.
        region: the region of its IAM, and our default if no region is known.
        suffix: of most hosts.
        dualstack: suffix of hosts that also have an IPv6 address.
        iam: IAM's host for all regions.
        signin: suffix of the sign-in hosts (`aws login` and console federation).
        console: suffix of the console's hosts, or empty if it is not public.
    """

    name: str
    prefix: str
    region: str
    suffix: str
    dualstack: str
    iam: str
    signin: str
    console: str


AWS = Partition(
    "aws", "", "us-east-1", "amazonaws.com", "api.aws", "iam.amazonaws.com",
    "signin.aws.amazon.com", "console.aws.amazon.com",
)  # fmt: skip
GOV = Partition(
    "aws-us-gov", "us-gov-", "us-gov-west-1", "amazonaws.com", "api.aws", "iam.us-gov.amazonaws.com",
    "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com",
)  # fmt: skip
CHINA = Partition(
    "aws-cn", "cn-", "cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn",
    "iam.cn-north-1.amazonaws.com.cn", "signin.amazonaws.cn", "console.amazonaws.cn",
)  # fmt: skip
EUROPE = Partition(
    "aws-eusc", "eusc-", "eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu",
    "iam.eusc-de-east-1.amazonaws.eu", "signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu",
)  # fmt: skip
ISO = Partition(
    "aws-iso", "us-iso-", "us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov",
    "iam.us-iso-east-1.c2s.ic.gov", "signin.c2shome.ic.gov", "",
)  # fmt: skip
ISO_B = Partition(
    "aws-iso-b", "us-isob-", "us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud",
    "iam.us-isob-east-1.sc2s.sgov.gov", "signin.sc2shome.sgov.gov", "",
)  # fmt: skip
ISO_E = Partition(
    "aws-iso-e", "eu-isoe-", "eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk",
    "iam.eu-isoe-west-1.cloud.adc-e.uk", "signin.csphome.adc-e.uk", "",
)  # fmt: skip
ISO_F = Partition(
    "aws-iso-f", "us-isof-", "us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov",
    "iam.us-isof-south-1.csp.hci.ic.gov", "signin.csphome.hci.ic.gov", "",
)  # fmt: skip
ALL = (GOV, CHINA, EUROPE, ISO, ISO_B, ISO_E, ISO_F, AWS)


NAMES = {"sts": "sts", "sso": "portal.sso", "sso_oidc": "oidc"}
"""The first part of the hosts of regional services."""


def of_region(region: str) -> Partition:
    """The partition of a region; `aws` if no other partition's prefix matches."""
    return next(partition for partition in ALL if region.startswith(partition.prefix))


def of_arn(arn: str) -> Partition | None:
    """The partition of an ARN; None for an unknown one, or if it is not an ARN (a hardware MFA serial)."""
    name = arn.split(":", 2)[1] if arn.startswith("arn:") else ""
    return next((partition for partition in ALL if partition.name == name), None)


def host(service: str, region: str, *, fips: bool = False, dualstack: bool = False) -> str:
    """The host of a service in a region.

    Args:
        service: `sts`, `sso` (the portal), `sso_oidc`; or `iam` and `signin`, which have no variants here.
        region: of any partition.
        fips: the FIPS variant; in aws-us-gov nearly every host is one.
        dualstack: the variant that also has an IPv6 address.
    """
    here = of_region(region)
    if service in ("iam", "signin"):
        return here.iam if service == "iam" else f"{region}.{here.signin}"
    mark = "-fips" if fips and (here is not GOV or dualstack) else ""
    return f"{NAMES[service]}{mark}.{region}.{here.dualstack if dualstack else here.suffix}"


OLDEST = frozenset(
    (
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1",
        "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
        "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    )
)  # fmt: skip
"""The regions whose calls `sts_regional_endpoints = legacy` sends to STS's global host.

Source: botocore's endpoint rules of STS
"""


def sts(endpoint: Endpoint) -> tuple[str, str]:
    """STS's host, and its signing region."""
    region, variants = endpoint.region, endpoint.fips or endpoint.dualstack
    if region == "aws-global" or (endpoint.legacy and region in OLDEST and not endpoint.url and not variants):
        return "sts.amazonaws.com", "us-east-1"
    return host("sts", region, fips=endpoint.fips, dualstack=endpoint.dualstack), region


def console(region: str) -> str:
    """The console's host in a region; empty if it is not public."""
    here = of_region(region)
    return f"{region}.{here.console}" if here.console else ""


def same(arns: Iterable[str]) -> None:
    """Checks that a chain stays in one partition.

    Raises:
        UserError: it does not; credentials are valid in one partition only.
    """
    known: dict[str, str] = {}
    for arn in arns:
        if partition := of_arn(arn):
            known.setdefault(partition.name, arn)
    if len(known) > 1:
        both = " and ".join(shown(arn) for arn in known.values())
        raise UserError(
            f"{both} are in different partitions: credentials of one are not valid in the other",
            hint="use a key of the role's partition",
        )
