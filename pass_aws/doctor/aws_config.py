"""Checks the lines of the AWS config and credentials files."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from pass_aws.config import header, inheritance, setting_keys
from pass_aws.doctor.finding import Finding, fail, ok, warn
from pass_aws.doctor.fixes import first_word_becomes, line_becomes
from pass_aws.errors import UserError
from pass_aws.text.quoting import command
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.config.body import Problem
    from pass_aws.config.profiles import Profiles, Section
    from pass_aws.doctor.facts import Facts

MOST = 20
"""Findings of one check; more are counted."""
NEAR = 0.8
"""How similar a word must be to a known key, from 0 to 1."""
OF_OTHERS = frozenset(
    (
        "output", "cli_pager", "cli_auto_prompt", "cli_binary_format", "cli_timestamp_format",
        "cli_history", "cli_follow_urlparam", "parameter_validation", "max_attempts", "retry_mode", "s3",
        "s3api", "dynamodb", "cloudwatch", "api_versions", "tcp_keepalive", "defaults_mode", "ec2",
        "endpoint_url", "sigv4a_signing_region_set", "sdk_ua_app_id", "account_id_endpoint_mode",
        "request_min_compression_size_bytes", "disable_request_compression",
        "request_checksum_calculation", "response_checksum_validation", "parent_profile",
        "sso_registration_scopes", "credential_process_timeout", "color", "user_agent_appid",
        "s3_disable_multiregion_access_points", "s3_us_east_1_regional_endpoint", "s3_use_arn_region",
        "s3_disable_express_session_auth", "ec2_metadata_v1_disabled", "granted_sso_start_url",
        "granted_sso_region", "granted_sso_account_id", "granted_sso_role_name",
        "granted_sso_registration_scopes", "common_fate_generated_from", "autoawsume",
        "cli_use_serverless_repo", "cli_error_format", "services", "auth_scheme_preference",
        "sigv4_signing_region_set", "cli_help_output",
    )
)  # fmt: skip
"""Keys of the AWS CLI, the SDKs and other tools, which need no check.

Source: AWS SDKs and tools reference, "Settings reference"; AWS CLI user guide, "Configuration settings".
"""
KNOWN = inheritance.KNOWN | OF_OTHERS
HINTS = sorted(
    {key.name for key in setting_keys.ALL if key.in_files}
    | {*inheritance.STATIC[:3], "output", "endpoint_url"}
)
"""The keys that a mistyped word may mean."""


def sections(facts: Facts) -> Iterator[Finding]:
    """Every line has an effect."""
    aws = facts.aws
    for trouble in aws.trouble:
        why = "none of its profiles can be used"
        yield fail(
            "config-file", trouble, why, command("ls", "-ld", "--", aws.config_path, aws.credentials_path)
        )
    found = [
        (problem, path, credentials) for file, path, credentials in aws.files for problem in file.problems()
    ]
    for problem, path, credentials in found[:MOST]:
        grave = fail if problem.fatal else warn
        why = "a profile is ignored or misread"
        yield grave("config-file", str(problem), why, _fix(problem, path, facts, credentials=credentials))
    if len(found) > MOST:
        last = found[-1][0]
        more = f"{len(found) - MOST} more lines are wrong; the last is {last}"
        yield warn(
            "config-file",
            more,
            "profiles are ignored or misread",
            facts.person.edit(found[-1][1], last.line),
        )
    if not (found or aws.trouble):
        count = sum(len(file.names) for file, _, _ in aws.files)
        yield ok("config-file", f"{count} profile{'s' * (count != 1)} in {aws.config_path}")


def _fix(problem: Problem, path: str, facts: Facts, *, credentials: bool) -> str:
    """The intended header if it is known, otherwise the place."""
    if problem.meant and not problem.fatal:
        right = f"[{problem.meant}]" if credentials else header.written(header.PROFILE, problem.meant)
        return line_becomes(path, problem.line, right)
    return facts.person.edit(path, problem.line)


def keys(facts: Facts) -> Iterator[Finding]:
    """No key is almost a known key."""
    found = [
        (key, value.line, near, path)
        for file, path, _ in facts.aws.files
        for section in readable(file)
        for key, value in section.values.items()
        if key not in KNOWN and (near := _near(key)) and near not in section.values
    ]
    for key, line, near, path in found[:MOST]:
        text = f"{path}:{line}: unknown key {shown(key)} ({near}?)"
        yield warn("config-key", text, "the line has no effect", first_word_becomes(path, line, near))
    if not found and facts.aws.files:
        yield ok("config-key", "no key is misspelt")


@cache
def _near(key: str) -> str:
    """The known key that a word probably means."""
    return next(iter(get_close_matches(key, HINTS, 1, NEAR)), "") if len(key) > 3 else ""


def readable(file: Profiles) -> Iterator[Section]:
    """The profiles of a file whose sections have no errors."""
    for name in file.names:
        try:
            section = file.profile(name)
        except UserError:  # its problems are told
            continue
        if section:
            yield section
