"""We read a config file as botocore does, except for the differences listed here."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigParseError
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.config.header import OF_THE_CLI
from pass_aws.config.profiles import Profiles, profiles
from pass_aws.errors import UserError

CORPUS = Path(__file__).parents[1] / "fixtures" / "config-corpus"
Parsed = dict[str, dict[str, str | dict[str, str]]]


def ours(found: Profiles) -> Parsed | None:
    """Every profile with its values and blocks; None if a section cannot be read."""
    if any(problem.fatal for problem in found.problems()):
        return None
    sections = {name: found.profile(name) for name in found.names}
    return {
        name: {**{key: value.text for key, value in section.values.items()}, **section.nested}
        for name, section in sections.items()
        if section
    }


def theirs(path: Path, *, credentials: bool = False) -> Parsed | None:
    """The profiles as botocore reads them."""
    try:
        parsed: Parsed = raw_config_parse(str(path)) if credentials else load_config(str(path))["profiles"]
    except ConfigParseError:
        return None
    return parsed


FILES = [*sorted(CORPUS.iterdir()), CORPUS.parent / "aws-vault-store" / "config"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_from_guides_and_users(path: Path) -> None:
    """botocore and we read the same profiles from them, without problems."""
    credentials = path.name == "credentials"
    found = profiles(path.read_bytes().decode(), path.name, credentials=credentials)
    assert ours(found) == theirs(path, credentials=credentials)
    assert found.problems() == ()


def test_other_sections_of_these_files() -> None:
    """botocore and we read the same SSO sessions and services."""
    sso, services = load_config(str(CORPUS / "sso")), load_config(str(CORPUS / "services"))
    found = profiles((CORPUS / "sso").read_text(), "sso")
    for name, values in sso["sso_sessions"].items():
        section = found.sso_session(name)
        assert section is not None
        assert {key: value.text for key, value in section.values.items()} == values
    found = profiles((CORPUS / "services").read_text(), "services")
    for name, values in services["services"].items():
        section = found.services(name)
        assert section is not None
        assert section.nested == values


class Difference(NamedTuple):
    """A text that the two read differently; None means an error."""

    text: str
    ours: Parsed | None
    theirs: Parsed | None


X: Parsed = {"x": {"region": "r"}}
DIFFERENCES = {
    "comments in values are removed, as in aws-vault: they are not part of a value": Difference(
        "[profile x]\nregion = r # home\n", X, {"x": {"region": "r # home"}}
    ),
    "quotes around a value are removed, as in aws-vault: no AWS value has any": Difference(
        "[profile x]\nregion = 'r'\n", X, {"x": {"region": "'r'"}}
    ),
    "a block's keys are lower-cased as all keys are": Difference(
        "[profile x]\nsts =\n  Endpoint_URL = u\n",
        {"x": {"sts": {"endpoint_url": "u"}}},
        {"x": {"sts": {"Endpoint_URL": "u"}}},
    ),
    "a key in a block twice is an error as it is elsewhere": Difference(
        "[profile x]\ns3 =\n  a = 1\n  a = 2\n", None, {"x": {"s3": {"a": "2"}}}
    ),
    "a block's line needs a key": Difference("[profile x]\ns3 =\n  = 1\n", None, {"x": {"s3": {"": "1"}}}),
    "configparser applies [DEFAULT] to every profile by accident": Difference(
        "[DEFAULT]\nrole_arn = a\n[profile x]\nregion = r\n", X, {"x": {"region": "r", "role_arn": "a"}}
    ),
    "a word that begins like `profile` is another word": Difference(
        "[profiles x]\nregion = r\n", {}, X
    ),
    "a name without its closing quote is reported, not ignored": Difference("[profile 'x]\na = b\n", None, {}),
    "a name with spaces and no quotes is reported, not ignored": Difference("[profile x y]\na = b\n", None, {}),
    "an empty name cannot be requested": Difference("[profile '']\na = b\n", None, {"": {"a": "b"}}),
    "one name in two spellings is a duplicate": Difference(
        "[profile x]\na = b\n[profile 'x']\nregion = r\n", None, X
    ),
    "what would be a key for aws-vault and a part of a value for the AWS CLI is refused": Difference(
        "[profile x]\nregion = r\n  role_arn = a\n", None, {"x": {"region": "r\nrole_arn = a"}}
    ),
    "control characters cannot be in a variable, or could control a terminal": Difference(
        "[profile x]\nregion = a\x1bb\n", None, {"x": {"region": "a\x1bb"}}
    ),
    "nor in a name": Difference("[profile a\x1bb]\nregion = r\n", None, {"a\x1bb": {"region": "r"}}),
    "editors on Windows write a byte order mark that only aws-vault accepts": Difference(
        "\ufeff[profile x]\nregion = r\n", X, None
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", DIFFERENCES)
def test_differences(reason: str, tmp_path: Path) -> None:
    """Each difference still exists, on both sides."""
    difference = DIFFERENCES[reason]
    path = tmp_path / "config"
    path.write_text(difference.text)
    assert theirs(path) == difference.theirs
    assert ours(profiles(difference.text, "config")) == difference.ours


def test_an_unreadable_section_does_not_stop_the_others(tmp_path: Path) -> None:
    """botocore refuses the whole file; we refuse only the section."""
    path = tmp_path / "config"
    path.write_text("[profile x]\nregion = r\n[profile y]\nword\n")
    assert theirs(path) is None
    found = profiles(path.read_text(), "config")
    section = found.profile("x")
    assert section is not None
    assert section.values["region"].text == "r"
    with pytest.raises(UserError):
        found.profile("y")


def test_sections_of_the_aws_cli_are_not_profiles_in_botocore(tmp_path: Path) -> None:
    """The sections that we ignore are not profiles in botocore, either."""
    path = tmp_path / "config"
    path.write_text("".join(f"[{name}]\na = b\n" for name in OF_THE_CLI))
    assert theirs(path) == {}


NAMES = st.sampled_from(["x", "y", "'y'", '"a b"', r"a\ b", "a]b", "a#b", "default", "a b", "'", '""', "é"])
HEADERS = st.one_of(
    st.just("[default]"),
    NAMES.map(lambda name: f"[profile {name}]"),
    NAMES.map(lambda name: f"[profile  {name} ] ; end"),
    NAMES.map(lambda name: f"[sso-session {name}]"),
    NAMES.map(lambda name: f"[services {name}]"),
    st.sampled_from(["[profile]", "[profile x", "[]"]),
)
KEYS = st.sampled_from(["region", "Region", "role_arn", "s3", "k-1", "a b", "credential_process"])
PLAIN = st.sampled_from(["", "r", "arn:aws:iam::1:role/x", "a=b", "a;b#c", "x y", "é", "%(r)s", "[z]", "\\"])
LINES = st.one_of(
    HEADERS,
    st.tuples(KEYS, st.sampled_from(["=", " = ", ":", " : ", "  =  "]), PLAIN).map("".join),
    KEYS.map(lambda key: f"{key} ="),
    st.sampled_from(["# c", "; c", "", "   ", "word", "= v"]),
)
INDENTED = st.tuples(st.sampled_from(["", "", "", "", " ", "  ", "\t", "\xa0"]), LINES).map("".join)


@given(st.lists(INDENTED, max_size=12), st.sampled_from(["\n", "\n", "\r\n", "\r"]))
def test_any_file_is_read_as_by_botocore(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], newline: str
) -> None:
    """If botocore reads a file, we read the same or have a reason; if it cannot, we report a problem."""
    text = newline.join(lines)
    path = tmp_path_factory.getbasetemp() / "config"
    path.write_bytes(text.encode())
    found, judge = profiles(text, "config"), theirs(path)
    if judge is None:
        assert any(problem.fatal for problem in found.problems())
        return
    mine = ours(found)
    if mine is not None:
        assert mine == judge
        return
    reasons = (
        "occurs twice",
        "name",
        "quote",
        "so it belongs",
        "no `key = value` in the block",
        "set twice in",
    )
    complaints = [problem for problem in found.problems() if problem.fatal]
    assert all(any(reason in problem.text for reason in reasons) for problem in complaints)
