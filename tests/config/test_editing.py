"""Settings of a profile are set and removed; everything else keeps every byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.config import editing
from pass_aws.config.profiles import profiles
from pass_aws.errors import UserError

PROCESS = "credential_process"
VALUE = "/usr/bin/pass-aws credential-process dev"
LINE = f"{PROCESS} = {VALUE}"
TEXT = """# mine
[default]
region=eu-west-1

[profile dev]
# a comment
region = us-east-1
s3 =
  max_concurrent_requests = 20
[profile other]
credential_process=other --x ; not a comment
"""


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("dev", TEXT.replace("[profile dev]\n", f"[profile dev]\n{LINE}\n")),
        ("default", TEXT.replace("[default]\n", f"[default]\n{LINE}\n")),
        ("other", TEXT.replace("credential_process=other --x ; not a comment", LINE)),
        ("new", f"{TEXT}\n[profile new]\n{LINE}\n"),
    ],
)
def test_a_setting_is_written(name: str, after: str) -> None:
    """A setting is written after the header, instead of its own line, or into a new section."""
    assert editing.setting(TEXT, name, {PROCESS: VALUE}) == after


def test_a_setting_is_removed() -> None:
    """After a removal the text is what it was before, byte for byte."""
    assert editing.without(editing.setting(TEXT, "dev", {PROCESS: VALUE}), "dev", [PROCESS]) == TEXT
    assert editing.without(TEXT, "dev", [PROCESS]) == TEXT
    assert editing.without(TEXT, "nothing", [PROCESS]) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "[profile dev]",
        "[profile dev]\r\nregion = x\r\n",
        "\ufeff[profile dev]\n",
        "[profile dev]\rregion = x\r",
    ],
)
def test_line_ends_are_kept(text: str) -> None:
    """A file keeps its line ends; a last line without one gets one."""
    edited = editing.setting(text, "dev", {PROCESS: VALUE})
    assert profiles(edited, "config").profile("dev")
    assert edited.startswith(text[: text.index("]") + 1])
    assert editing.without(edited, "dev", [PROCESS]).rstrip("\r\n") == text.rstrip("\r\n")


def test_sections_that_cannot_be_edited() -> None:
    """A section with errors, and a value that continues on the next line, are refused."""
    for text in ("[profile dev]\nregion = a\nregion = b\n", f"[profile dev]\n{PROCESS} = a\n  b\n"):
        with pytest.raises(UserError):
            editing.setting(text, "dev", {PROCESS: VALUE})


LINES = st.sampled_from(
    [
        "[profile dev]",
        "[profile x]",
        "[default]",
        "region = a",
        "  b = c",
        "# c",
        "",
        "s3 =",
        "\tx",
        "[sso-session s]",
        "[profile 'a b']",
        "junk",
    ]
)


@given(
    st.lists(LINES, max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["dev", "x", "default", "a b"]),
)
def test_any_text(lines: list[str], newline: str, name: str) -> None:
    """Settings are read back, other profiles are unchanged, and a removal restores the file.

    A text for which this is impossible is refused.
    """
    text = "".join(line + newline for line in lines)
    try:
        edited = editing.setting(text, name, {PROCESS: VALUE})
    except UserError:
        return
    before, after = profiles(text, "c"), profiles(edited, "c")
    section = after.profile(name)
    assert section is not None
    assert section.values[PROCESS].text == VALUE
    assert set(after.names) == {*before.names, name}
    if name in before.names:
        assert editing.without(edited, name, [PROCESS]) == text
