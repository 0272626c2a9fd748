"""Console pages by service name; a name that is not in the table is used as the page."""

from __future__ import annotations

PAGES = {
    "acm": "acm/home",
    "apigateway": "apigateway/main/apis",
    "apigw": "apigateway/main/apis",
    "asg": "ec2/home#AutoScalingGroups:",
    "athena": "athena/home",
    "backup": "backup/home",
    "batch": "batch/home",
    "bedrock": "bedrock/home",
    "billing": "billing/home",
    "budgets": "billing/home#/budgets",
    "cfn": "cloudformation/home",
    "cloudfront": "cloudfront/v4/home",
    "cloudtrail": "cloudtrailv2/home",
    "cloudwatch": "cloudwatch/home",
    "codebuild": "codesuite/codebuild/projects",
    "codecommit": "codesuite/codecommit/repositories",
    "codepipeline": "codesuite/codepipeline/pipelines",
    "cognito": "cognito/v2/idp/user-pools",
    "cost": "cost-management/home",
    "cw": "cloudwatch/home",
    "ddb": "dynamodbv2/home",
    "dynamodb": "dynamodbv2/home",
    "ecr": "ecr/home",
    "ecs": "ecs/v2/clusters",
    "efs": "efs/home",
    "eks": "eks/home",
    "elb": "ec2/home#LoadBalancers:",
    "emr": "emr/home",
    "ec2": "ec2/home",
    "eventbridge": "events/home",
    "iam": "iam/home",
    "inspector": "inspector/v2/home",
    "kms": "kms/home",
    "lambda": "lambda/home",
    "logs": "cloudwatch/home#logsV2:log-groups",
    "msk": "msk/home",
    "opensearch": "aos/home",
    "org": "organizations/v2/home",
    "organizations": "organizations/v2/home",
    "quotas": "servicequotas/home",
    "r53": "route53/v2/home",
    "rds": "rds/home",
    "route53": "route53/v2/home",
    "s3": "s3/home",
    "secrets": "secretsmanager/landing",
    "secretsmanager": "secretsmanager/landing",
    "sfn": "states/home",
    "sm": "secretsmanager/landing",
    "sns": "sns/v3/home",
    "sqs": "sqs/v3/home",
    "ssm": "systems-manager/home",
    "sso": "singlesignon/home",
    "stepfunctions": "states/home",
    "vpc": "vpcconsole/home",
    "waf": "wafv2/homev2",
}
"""A page's path on the console's host; the part after `#` is a page inside the page."""

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def page(name: str) -> str:
    """The path of a service's page.

    Raises:
        ValueError: it is not a valid service name.
    """
    lower = name.lower()
    if not lower or not LETTERS.issuperset(lower):
        raise ValueError("a service is a name of letters, digits and -, for example s3")
    return PAGES.get(lower, f"{lower}/home")
