"""The fake's limits of parameters: AWS's messages, and the numbers in botocore's service models."""

from __future__ import annotations

import functools
import json
import operator
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

from fakeaws import limits
from fakeaws.client import assume, refused, sts
from fakeaws.iam import IAM
from fakeaws.sts import STS
from fakeaws.wire import Refused

if TYPE_CHECKING:
    from fakeaws import FakeAWS
    from fakeaws.query import QueryService

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*"}]})
ARNS = [{"arn": f"arn:aws:iam::aws:policy/P{number}"} for number in range(11)]
TAG = {"Key": "team", "Value": "red"}
LIMITS = [
    ({"DurationSeconds": 899}, "'durationSeconds'"),
    ({"DurationSeconds": 43201}, "'durationSeconds'"),
    ({"RoleSessionName": "x"}, "length greater than or equal to 2"),
    ({"RoleSessionName": "x" * 65}, "length less than or equal to 64"),
    ({"RoleSessionName": "a b"}, r"pattern: [\w+=,.@-]*"),
    ({"RoleSessionName": "é" * 3}, r"pattern: [\w+=,.@-]*"),
    ({"ExternalId": "x"}, "'externalId'"),
    ({"ExternalId": "x" * 1225}, "'externalId'"),
    ({"ExternalId": "a b"}, "'externalId'"),
    ({"SourceIdentity": "a/b"}, "'sourceIdentity'"),
    ({"SerialNumber": "arn:aws", "TokenCode": "123456"}, "'serialNumber'"),
    ({"SerialNumber": "x" * 9, "TokenCode": "1234567"}, "'tokenCode'"),
    ({"Tags": [{"Key": f"k{number}", "Value": ""} for number in range(51)]}, "'tags'"),
    ({"Tags": [{"Key": "a<b", "Value": ""}]}, "'tags.1.member.key'"),
    ({"Tags": [{"Key": "k", "Value": "x" * 257}]}, "'tags.1.member.value'"),
    ({"Tags": [{"Key": "k"}]}, "Value null at 'tags.1.member.value'"),
    ({"TransitiveTagKeys": ["x" * 129]}, "'transitiveTagKeys.1.member'"),
    ({"PolicyArns": ARNS}, "'policyArns'"),
    ({"PolicyArns": [{"arn": "short"}]}, "'policyArns.1.member.arn'"),
    ({"Policy": " " * 2049}, "'policy'"),
    ({"Policy": "Ā"}, "'policy'"),
    ({"RoleArn": "arn:aws:iam::1:x"}, "'roleArn'"),
]


@pytest.mark.parametrize(("given", "text"), LIMITS)
def test_parameters_have_limits(fake: FakeAWS, given: dict[str, Any], text: str) -> None:
    """Each limit of the API, in AWS's words, as a ValidationError."""
    mine = sts(fake, fake.user("alice").key(), parameter_validation=False)
    with refused("ValidationError", "1 validation error detected: Value ", 400):
        mine.assume_role(**({"RoleArn": fake.role("dev").arn, "RoleSessionName": "me"} | given))
    with refused("ValidationError", text, 400):
        mine.assume_role(**({"RoleArn": fake.role("dev").arn, "RoleSessionName": "me"} | given))


def test_all_violated_limits_are_named(fake: FakeAWS) -> None:
    """Two errors are in one answer; a missing required value is null."""
    mine = sts(fake, fake.user("alice").key(), parameter_validation=False)
    with refused("ValidationError", "2 validation errors detected: Value null at 'roleSessionName'", 400):
        mine.assume_role(RoleArn=fake.role("dev").arn, DurationSeconds=1)


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({"Tags": [TAG, TAG | {"Key": "TEAM"}]}, "InvalidParameterValue", "Duplicate tag keys"),
        ({"Tags": [TAG], "TransitiveTagKeys": ["x"]}, "InvalidParameterValue", "must be included"),
        ({"Policy": "{not json"}, "MalformedPolicyDocument", "invalid Json"),
        ({"Policy": "[]"}, "MalformedPolicyDocument", "Syntax errors in policy."),
        ({"Policy": POLICY + " " * 1900, "PolicyArns": ARNS[:5]}, "PackedPolicyTooLarge", "2048 characters"),
        (
            {"Tags": [{"Key": f"T{number}", "Value": "a" * 250} for number in range(9)]},
            "PackedPolicyTooLarge",
            "Packed size of session tags consumes 498% of allotted space.",
        ),
    ],
)
def test_policies_and_tags_must_be_valid_and_fit(
    fake: FakeAWS, given: dict[str, Any], code: str, text: str
) -> None:
    """Valid JSON, unique keys, and a packed size of at most 100 %."""
    with refused(code, text, 400):
        assume(fake, fake.user("alice").key(), fake.role("dev"), **given)


def test_session_policies_and_tags_are_recorded(fake: FakeAWS) -> None:
    """Policies, managed ones and tags: the answer has their packed size, the record their values."""
    answer = assume(
        fake, fake.user("alice").key(), fake.role("dev"), Policy=POLICY, PolicyArns=ARNS[:2], Tags=[TAG]
    )
    assert 0 < answer["PackedPolicySize"] <= 100
    sent = fake.calls[-1].parameters
    assert (sent["Policy"], sent["PolicyArns.member.2.arn"]) == (POLICY, ARNS[1]["arn"])
    assert (sent["Tags.member.1.Key"], sent["Tags.member.1.Value"]) == ("team", "red")


def test_lists_are_read_by_number() -> None:
    """The tenth member comes after the second; a name that is both value and structure is malformed."""
    members = {f"Keys.member.{number}": str(number) for number in (10, 2, 1)}
    assert limits.nest(members) == {"Keys": ["1", "2", "10"]}
    for flat in ({"Tags": "", "Tags.member.1": ""}, {"Tags.member.x": "", "Tags.member.1": ""}):
        with pytest.raises(Refused, match="MalformedInput"):
            limits.nest(flat)


AWS_SPELLING = {limits.XML: "\\u0009", limits.LATIN: "\\u0020-\\u00FF]+", limits.TAG: "\\p{L}"}


def differences(at: str, ours: limits.Limit, theirs: Any) -> list[str]:  # noqa: ANN401 - botocore has no types
    """Where the fake's limit differs from the model's, or the model has none, the fake's is used."""
    said = theirs.metadata
    match ours:
        case limits.Fields(fields, required):
            same = set(required) == set(theirs.required_members)
            inner = [differences(f"{at}.{name}", item, theirs.members[name]) for name, item in fields]
            return ([] if same else [f"{at} required"]) + functools.reduce(operator.iadd, inner, [])
        case limits.Many(item, high):
            return differences(f"{at}[]", item, theirs.member) + differs(at, high, said.get("max", high))
        case limits.OneOf(words):
            return differs(at, list(words), said["enum"])
        case limits.Number(low, high):
            return differs(at, (low, high), (said["min"], said["max"]))
        case limits.Text(low, high, pattern):
            spelled = said.get("pattern", pattern)
            if AWS_SPELLING.get(pattern, "\0") in spelled:
                spelled = pattern
            bounds = (said.get("min", low), said.get("max", high), spelled)
            return differs(at, (low, high, pattern), bounds)
    return [f"{at}: unknown kind of limit"]


def differs(at: str, ours: object, theirs: object) -> list[str]:
    return [] if ours == theirs else [f"{at}: {ours} is not {theirs}"]


@pytest.mark.parametrize("service", [STS, IAM], ids=["sts", "iam"])
def test_limits_are_those_of_the_service_models(service: QueryService) -> None:
    """Bounds, patterns, words and required members equal botocore's models, for every action of the fake."""
    model = botocore.session.get_session().get_service_model(service.name)
    assert len(service.actions) > 5
    found = []
    for name, action in service.actions.items():
        shape = model.operation_model(name).input_shape
        if shape is None:
            assert not action.fields.fields
        else:
            found += differences(name, action.fields, shape)
    assert found == []
