"""The quick search for profile names never gives another answer than the full parser."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN
from hypothesis import given, settings
from hypothesis import strategies as st

from pass_aws.config import profile_names, profiles
from pass_aws.config.files import AwsFiles

if TYPE_CHECKING:
    from pathlib import Path

LINES = st.sampled_from(
    [
        "[profile dev]",
        "[profile dev/eu]",
        "[profile dev",
        "[profile  dev2]",
        "[profile\tdev3]",
        " [profile indented]",
        '[profile "dev quoted"]',
        "[profile dev\\ backslash]",
        "[profile dev] # comment",
        "[profile dev] text",
        "[profile dev]x]",
        "[profile two words]",
        "[profile ]",
        "[profiledev]",
        "[default]",
        "[DEFAULT]",
        "[dev]",
        "[dev four]",
        "[sso-session dev]",
        "[services dev]",
        "[]",
        "[profile d\x07v]",
        "[profile dé]",
        "role_arn = arn:aws:iam::1:role/[dev]",
        'text = it\'s "dev"',
        "# don't",
        "",
        "\ufeff[profile dev]",
        "[profile dev5]\r",
    ]
)


@given(
    st.lists(LINES, max_size=8), st.sampled_from(["", "d", "dev", "default", "dev/", "x", "["]), st.booleans()
)
@settings(max_examples=600, deadline=None)
def test_it_agrees_with_the_full_parser(lines: list[str], start: str, credentials: bool) -> None:
    """The quick search finds the names that the full parser finds, or gives no answer."""
    text = "\n".join(lines)
    names = [
        name for name in profiles.profiles(text, "x", credentials=credentials).names if name.startswith(start)
    ]
    found = profile_names.starting(text.encode(), start, credentials=credentials)
    assert found is None or sorted(found) == sorted(names)


@pytest.mark.parametrize("line", ["", "# don't", "[default]", "[services x]"])
def test_usual_files_get_an_answer(line: str) -> None:
    """The quick search gives an answer for usual files."""
    text = f"[profile p1]\n{line}\n[profile q2]\n"
    assert profile_names.starting(text.encode(), "p", credentials=False) == ["p1"]


def test_other_files_are_read_by_the_full_parser(tmp_path: Path) -> None:
    """If the quick search gives no answer, the names come from the full parser."""
    path = tmp_path / "config"
    path.write_text('  [profile inside]\n[profile "in quotes"]\n[profile other]\n')
    files = AwsFiles({"AWS_CONFIG_FILE": str(path), "HOME": str(tmp_path)})
    assert files.names("in", credentials=False) == ["inside", "in quotes"]
    assert files.names("in", credentials=True) == []


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_loads_few_modules(tmp_path: Path, shell: str) -> None:
    """A TAB does not load the full parser, nor modules that only translate, list files or annotate types."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile dev]\n")
    env = {"HOME": str(tmp_path), "_ARGCOMPLETE": "1", "_ARGCOMPLETE_SHELL": shell}
    env |= {"COMP_LINE": "pass-aws exec d", "_ARGCOMPLETE_COMP_WORDBREAKS": " "}
    words = [] if shell == "bash" else ["exec", "d"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "importtime", str(MAIN), *words],
        env=env, capture_output=True, check=True, text=True,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.stdout.split() == ["dev"]
    assert "argcomplete" in loaded
    assert not loaded & {"gettext", "subprocess", "typing", "pass_aws.config.profiles", "pass_aws.gpg.gpg"}
