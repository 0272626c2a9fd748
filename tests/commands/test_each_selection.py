"""Which profiles the patterns of `each` select, and whose prompts come first."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.command_line import options
from pass_aws.command_line.catalogue import VERBS
from pass_aws.command_line.job_output import Job
from pass_aws.command_line.parser import parser_of
from pass_aws.commands import each
from pass_aws.context import Context
from pass_aws.credentials import listing
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[profile b]
[profile ab]
[profile "[ab]"]
[default]
[profile B]
"""
PATTERNS = st.sampled_from(
    ["b", "ab", "B", "default", "[ab]", "c", "d/b", "a.b", "d/*", "*", "?b", "[!a]", "[ab]*", "*b", "x"]
)


def context_in(folder: Path, config: str, **more: str) -> Context:
    """A context with this config file and the credentials file and store next to it."""
    (folder / "config").write_text(config, encoding="utf-8")
    env = {
        "HOME": str(folder),
        "PASSWORD_STORE_DIR": str(folder / "store"),
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        **more,
    }
    return Context(env, parser_of(VERBS["each"]).parse(["x"]), options.read)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """Profiles in both files, and keys without a section."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "credentials").write_text("[c]\n[a.b]\n")
    for name in ("d/b", "a", "ab"):
        path = folder / f"store/aws-vault/{name}.gpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return context_in(folder, CONFIG)


@given(patterns=st.lists(PATTERNS, min_size=1, max_size=4))
def test_the_patterns_select_from_the_list(mixed: Context, patterns: list[str]) -> None:
    """Each pattern is compared with all names that `list` shows, in its order; one that selects none fails."""
    known = listing.profiles(mixed)
    lacking = [word for word in patterns if not any(fnmatchcase(name, word) for name in known)]
    if lacking:
        with pytest.raises(UserError, match="no profile matches ") as caught:
            each.profiles(patterns, mixed)
        assert str(caught.value) == f"no profile matches {lacking[0]}"
    else:
        expected = [name for name in known if any(fnmatchcase(name, word) for word in patterns)]
        assert each.profiles(patterns, mixed) == expected


ROLES = """
[profile plain]
[profile broken]
source_profile = user
role_arn = no-arn
[profile user]
mfa_serial = arn:aws:iam::111111111111:mfa/one
[profile role-a]
role_arn = arn:aws:iam::111111111111:role/a
source_profile = user
mfa_serial = arn:aws:iam::111111111111:mfa/one
[profile role-b]
role_arn = arn:aws:iam::111111111111:role/b
source_profile = user
mfa_serial = arn:aws:iam::111111111111:mfa/one
"""


def test_the_first_job_of_each_device_comes_first(tmp_path: Path) -> None:
    """One profile and region for each MFA device runs before the others, wherever the device is set."""
    (tmp_path / "credentials").write_text(
        "[role-c]\nrole_arn = arn:aws:iam::111111111111:role/c\nsource_profile = plain\n"
        "mfa_serial = arn:aws:iam::111111111111:mfa/two\n"
    )
    for name in ("plain", "user"):
        path = tmp_path / f"store/aws-vault/{name}.gpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    context = context_in(tmp_path, ROLES)
    names = each.profiles(["*"], context)
    jobs = [Job(name, region) for name in names for region in ("eu-west-1", "eu-west-2")]
    assert each.leaders(jobs, context) == [Job("user", "eu-west-1"), Job("role-c", "eu-west-1")]
    assert each.leaders([Job("plain", ""), Job("role-b", "")], context) == [Job("role-b", "")]
    assert each.leaders([Job("plain", "")], context) == []
    everywhere = context_in(tmp_path, ROLES, AWS_MFA_SERIAL="arn:aws:iam::111111111111:mfa/three")
    assert each.leaders([Job("plain", "")], everywhere) == [Job("plain", "")]
