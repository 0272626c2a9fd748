"""Regions, ARNs and hosts of every partition agree with botocore."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from pass_aws.aws import partition
from pass_aws.errors import UserError

LOADER = Loader()
PARTITIONS = {known["id"]: known for known in LOADER.load_data("partitions")["partitions"]}
REGIONS = sorted(
    {
        (name, region)
        for name, known in PARTITIONS.items()
        for region in known["regions"]
        if "global" not in region
    }
)
VARIANTS = [(False, False), (True, False), (False, True), (True, True)]
MODELS = {"sts": "sts", "sso": "sso", "sso_oidc": "sso-oidc"}


def of_botocore(service: str, region: str, *, fips: bool, dualstack: bool) -> str:
    """The host that botocore would call."""
    rules = LOADER.load_service_model(service, "endpoint-rule-set-1")
    asked: dict[str, Any] = {"Region": region, "UseFIPS": fips, "UseDualStack": dualstack}
    if service == "sts":
        asked["UseGlobalEndpoint"] = False
    url: str = EndpointProvider(rules, LOADER.load_data("partitions")).resolve_endpoint(**asked).url
    return url.removeprefix("https://")


def test_every_partition_is_known() -> None:
    """We know every partition of botocore, with its suffixes."""
    ours = {known.name: (known.suffix, known.dualstack) for known in partition.ALL}
    theirs = {
        name: (known["outputs"]["dnsSuffix"], known["outputs"]["dualStackDnsSuffix"])
        for name, known in PARTITIONS.items()
    }
    assert ours == theirs


@pytest.mark.parametrize(("name", "region"), REGIONS)
def test_the_partition_of_a_region(name: str, region: str) -> None:
    """Every region of botocore is in botocore's partition."""
    assert partition.of_region(region).name == name


def test_the_partition_of_an_unknown_region() -> None:
    """A future region is in the partition that its prefix names, else in `aws`."""
    assert partition.of_region("us-gov-north-7").name == "aws-us-gov"
    assert partition.of_region("us-isof-north-7").name == "aws-iso-f"
    assert partition.of_region("mars-north-1").name == "aws"
    assert partition.of_region("").name == "aws"


@pytest.mark.parametrize(("fips", "dualstack"), VARIANTS)
@pytest.mark.parametrize("service", MODELS)
@pytest.mark.parametrize("name", PARTITIONS)
def test_hosts_are_those_of_botocore(name: str, service: str, fips: bool, dualstack: bool) -> None:
    """STS, portal and OIDC hosts, with FIPS and dual-stack variants, are those that botocore calls."""
    region = next(known.region for known in partition.ALL if known.name == name)
    expected = of_botocore(MODELS[service], region, fips=fips, dualstack=dualstack)
    assert partition.host(service, region, fips=fips, dualstack=dualstack) == expected


@pytest.mark.parametrize("known", partition.ALL, ids=lambda known: known.name)
def test_the_iam_host_is_that_of_botocore(known: partition.Partition) -> None:
    """IAM has one host per partition, whatever the region."""
    other = next(region for name, region in reversed(REGIONS) if name == known.name)
    assert partition.host("iam", other) == of_botocore("iam", other, fips=False, dualstack=False)


@pytest.mark.parametrize(("name", "region"), REGIONS)
def test_the_sign_in_host_is_that_of_botocore(name: str, region: str) -> None:
    """The sign-in host of every region is the one botocore calls."""
    assert partition.host("signin", region) == of_botocore("signin", region, fips=False, dualstack=False), (
        name
    )


def test_console_hosts() -> None:
    """The console's hosts are those in AWS's documentation; none is invented where it is not public."""
    assert partition.console("eu-west-1") == "eu-west-1.console.aws.amazon.com"
    assert partition.console("us-gov-west-1") == "us-gov-west-1.console.amazonaws-us-gov.com"
    assert partition.console("cn-north-1") == "cn-north-1.console.amazonaws.cn"
    assert partition.console("eusc-de-east-1") == "eusc-de-east-1.console.amazonaws-eusc.eu"
    assert partition.console("us-iso-east-1") == ""


def test_the_default_region_of_a_partition() -> None:
    """The default region belongs to its partition."""
    for known in partition.ALL:
        assert partition.of_region(known.region) is known
        assert re.match(PARTITIONS[known.name]["regionRegex"], known.region)


def test_the_partition_of_an_arn() -> None:
    """The second field decides; hardware serials and unknown partitions have no partition."""
    assert partition.of_arn("arn:aws-cn:iam::123456789012:role/x") is partition.CHINA
    assert partition.of_arn("arn:aws:iam::123456789012:mfa/x") is partition.AWS
    assert partition.of_arn("GAHT12345678") is None
    assert partition.of_arn("arn:aws-mars:iam::123456789012:role/x") is None
    assert partition.of_arn("arn") is None
    assert partition.of_arn("arn:") is None


def test_a_chain_across_partitions_is_refused() -> None:
    """Credentials of one partition are not valid in another, which is reported before any prompt."""
    role, china = "arn:aws:iam::1:role/x", "arn:aws-cn:iam::2:role/y"
    partition.same([])
    partition.same([role, "GAHT12345678", role])
    with pytest.raises(UserError, match="different partitions") as caught:
        partition.same([role, china])
    assert role in str(caught.value)
    assert china in str(caught.value)
