"""AWS config files become profiles or problems, never a traceback, and can be extended without loss."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.config.appending import adding
from pass_aws.config.profiles import Profiles, profiles
from pass_aws.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.config.profiles import Section

T = TypeVar("T")


def read(text: str) -> Profiles:
    return profiles(text, "config")


def values(text: str, name: str = "x") -> dict[str, str]:
    section = read(text).profile(name)
    assert section is not None
    return {key: value.text for key, value in section.values.items()}


def complaints(text: str, *, credentials: bool = False) -> list[str]:
    return [str(problem) for problem in profiles(text, "config", credentials=credentials).problems()]


def test_profiles_in_file_order_with_lines() -> None:
    """Profiles are in the order of the file, with the lines of the header and of every value."""
    found = read(
        "[profile b]\n\n# comment\nregion = r\n[default]\n[profile a]\nRegion=eu-west-1\nrole_arn : x\n"
    )
    assert found.names == ("b", "default", "a")
    section = found.profile("a")
    assert section is not None
    assert (section.name, section.line) == ("a", 6)
    assert {key: tuple(value) for key, value in section.values.items()} == {
        "region": ("eu-west-1", 7),
        "role_arn": ("x", 8),
    }
    assert found.profile("c") is None


HEADERS = {
    "[default]": "default",
    "[profile x]": "x",
    "[profile   x  ]": "x",
    "[profile\tx]": "x",
    "[profile x] ; comment": "x",
    "[profile x]  # comment": "x",
    "  [profile x]": "x",
    '[profile "a b"]': "a b",
    "[profile 'it''s']": "its",
    '[profile "it\'s"]': "it's",
    r"[profile a\ b]": "a b",
    "[profile a]b]": "a]b",
    "[profile a#b;c]": "a#b;c",
    "[profile org/team:role@corp+x,y=z]": "org/team:role@corp+x,y=z",
    "[profile ünï]": "ünï",
    "[profile default]": "default",
    "[profile $(reboot)]": "$(reboot)",
    f"[profile {'n' * 10_000}]": "n" * 10_000,
}


@pytest.mark.parametrize("line", HEADERS)
def test_headers_of_profiles(line: str) -> None:
    """A profile's name is split as in a shell, without running anything."""
    found = read(f"{line}\nregion = r\n")
    assert found.names == (HEADERS[line],)
    assert found.problems() == ()
    assert values(f"{line}\nregion = r\n", HEADERS[line]) == {"region": "r"}


LOST = {
    "[profile x": "not a section header",
    "[]": "not a section header",
    "[": "not a section header",
    "[profile two words]": "a name with spaces needs quotes: [profile two words]: write [profile 'two words']",
    "[profile a] # see [1]": "write [profile a]",
    "[profile it's]": "unclosed quote: [profile it's]: write [profile \"it's\"]",
    "[profile]": "the name is empty",
    '[profile ""]': "the name is empty",
    '[profile "a\tb"]': "control character",
    "[profile a\x00b]": "control character",
    "[profile a\x1b[31mb]": "control character",
    "[profile a\x7fb]": "control character",
    "[profile a\x85b]": "control character",
}


@pytest.mark.parametrize("line", LOST)
def test_unreadable_headers(line: str) -> None:
    """An unreadable header is a problem with its line, never a profile, and its keys belong to no profile."""
    found = read(f"[profile before]\nregion = r\n{line}\nrole_arn = stolen\n")
    assert found.names == ("before",)
    assert values(f"[profile before]\nregion = r\n{line}\nrole_arn = stolen\n", "before") == {"region": "r"}
    (problem,) = found.header_problems()
    assert problem.line == 3
    assert problem.fatal
    assert LOST[line] in problem.text
    assert problem.text.isprintable()


NO_PROFILES = {
    "[x]": "[x] is not a profile: write [profile x]",
    "[ profile x ]": "write [profile x]",
    "[   profile foo ]": "write [profile foo]",
    "[profilex]": "write [profile profilex]",
    "[profiles x]": "write [profile x]",
    "[Profile z]": "write [profile z]",
    "[PROFILE 'a b']": "write [profile 'a b']",
    "[Profile a b]": "write [profile 'a b']",
    "[sso-sessions x]": "write [sso-session x]",
    "[sso_session my]": "write [sso-session my]",
    "[SSO-Session my]": "write [sso-session my]",
    "[service x]": "write [services x]",
    "[ default ]": "write [default]",
    "[Default]": "write [default]",
    "[DEFAULT]": "[DEFAULT] is ignored",
}


@pytest.mark.parametrize("line", NO_PROFILES)
def test_sections_that_are_not_profiles(line: str) -> None:
    """A section that AWS does not take for a profile is reported, with the header that was probably meant."""
    found = read(f"{line}\nregion = r\n")
    assert found.names == ()
    (problem,) = found.problems()
    assert NO_PROFILES[line] in problem.text
    assert not problem.fatal


def test_sections_of_the_aws_cli_are_ignored() -> None:
    """`[plugins]` and other sections that only the AWS CLI uses are not a problem."""
    assert complaints("[plugins]\na = b\n[preview]\ncloudfront = true\n") == []


def test_text_after_a_header_is_reported() -> None:
    """A setting on the header's line is reported; it would be silently lost."""
    assert complaints("[profile x] region=eu\n") == ["config:1: text after the section header is ignored"]


def test_other_sections() -> None:
    """SSO sessions and services have their own names, separate from profiles."""
    found = read(
        "[sso-session x]\nsso_region = r\n[services x]\nsts =\n  endpoint_url = https://h\n[profile x]\n"
    )
    assert found.names == ("x",)
    session, services = found.sso_session("x"), found.services("x")
    assert session is not None
    assert services is not None
    assert session.values["sso_region"].text == "r"
    assert services.nested == {"sts": {"endpoint_url": "https://h"}}
    assert found.services("y") is None


VALUES = {
    "region = eu-west-1 # here": "eu-west-1",
    "region = eu-west-1\t; here": "eu-west-1",
    "region = eu#west;1": "eu#west;1",
    "region = # all": "# all",
    'region = "eu-west-1"': "eu-west-1",
    "region = 'eu-west-1' # quoted": "eu-west-1",
    "region = `eu # west`": "`eu",
    'region = "a" and "b"': '"a" and "b"',
    "region = 'half": "'half",
    "region = a = b": "a = b",
    "region: a = b": "a = b",
    "region = %(other)s ${x} $HOME ~": "%(other)s ${x} $HOME ~",
    "region =": "",
    "REGION=x": "x",
    "region = x\n\n\n": "x",
    "region = x\n# comment\n  ; comment\n": "x",
}


@pytest.mark.parametrize("line", VALUES)
def test_values(line: str) -> None:
    """Comments and one pair of quotes are removed, everything else is unchanged: nothing is expanded."""
    assert values(f"[profile x]\n{line}\n") == {"region": VALUES[line]}


COMMANDS = (
    'tool --note "a # b" ; true',
    '"/opt/my tool" arg',
    "'quoted'",
    "sh -c 'x = 1 # y'",
    "%(x)s $HOME",
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("key", ["credential_process", "mfa_process", "web_identity_token_process"])
def test_commands_are_used_as_written(key: str, command: str) -> None:
    """Neither comments nor quotes are removed from a command."""
    assert values(f"[profile x]\n{key} = {command}\n") == {key: command}


def test_command_over_several_lines() -> None:
    """An indented command continues, as in botocore, whatever its lines contain."""
    text = "[profile x]\ncredential_process = tool\n  --a = b # c\n"
    assert values(text) == {"credential_process": "tool\n--a = b # c"}


def test_comments_on_continuation_lines_are_kept() -> None:
    """As in botocore and the SDKs, only the first line of a value can have a comment."""
    text = "[profile x]\nrole_session_name = a # first\n  b # second\n  c ; third\n"
    assert values(text, "x") == {"role_session_name": "a\nb # second\nc ; third"}


def test_nested_blocks_stay_nested() -> None:
    """Keys below an empty value belong to it, and are not settings of the profile."""
    found = read("[profile x]\ns3 =\n  region = a # b\n  # c\n\n  Endpoint_URL = 'c'\nregion = r\n").profile(
        "x"
    )
    assert found is not None
    assert found.nested == {"s3": {"region": "a", "endpoint_url": "c"}}
    assert {key: value.text for key, value in found.values.items()} == {"region": "r"}


def test_indented_key_is_refused() -> None:
    """The AWS CLI adds the line to the value above, aws-vault reads it as a setting: neither is safe."""
    text = "[profile x]\noutput = json\n  role_arn = arn\n"
    assert complaints(text) == ["config:3: role_arn is indented, so it belongs to output"]
    with pytest.raises(UserError, match="config:3"):
        read(text).profile("x")


def test_whole_section_may_be_indented() -> None:
    """If keys and headers are indented alike, the indentation has no meaning, as in both tools."""
    text = "  [profile x]\n    region = r\n    output = json\n  [profile y]\nregion = s\n"
    assert read(text).names == ("x", "y")
    assert values(text) == {"region": "r", "output": "json"}


def test_a_header_within_a_value_is_reported() -> None:
    """A line that continues a value begins no section in botocore, but it does in aws-vault."""
    text = "[profile x]\noutput = r\n  [profile y]\n"
    assert read(text).names == ("x",)
    assert complaints(text) == ["config:3: a section header is indented, so it belongs to output"]


def test_all_faults_are_in_one_message() -> None:
    """The error of a used section lists all its faults with file and line, and says what to edit."""
    text = "[profile x]\nregion = a\nword\nregion = b\ns3 =\n  word\n  a = 1\n  a = 2\n= empty\n"
    text += "[profile x]\nz = \x01\n"
    with pytest.raises(UserError) as caught:
        read(text).profile("x")
    assert str(caught.value).split("; ") == [
        "config:10: [profile x] occurs twice (first in line 1)",
        "config:3: neither `key = value` nor a section header",
        "config:9: neither `key = value` nor a section header",
        "config:4: region is set twice (first in line 2)",
        "config:6: no `key = value` in the block of s3",
        "config:8: a is set twice in the block of s3",
        "config:11: z contains a control character",
    ]
    assert caught.value.hint == "edit config"


def test_errors_in_other_sections_do_not_matter() -> None:
    """A section can be used whatever is wrong in others; `problems` lists those, in order."""
    text = "stray\n[profile x]\nregion = r\n[profile y]\nword\n[profile z\n[sso-session s]\na=1\na=2\n"
    assert values(text) == {"region": "r"}
    assert complaints(text) == [
        "config:1: before the first section header",
        "config:5: neither `key = value` nor a section header",
        "config:6: not a section header: a name between [ and ] is missing: write [profile z]",
        "config:9: a is set twice (first in line 8)",
    ]


def test_both_spellings_of_default() -> None:
    """`[profile default]` and `[default]`: the later one is used, as in botocore, with a note.

    A name that is written twice in the same way is an error.
    """
    text = "[default]\nregion = a\n[profile default]\nregion = b\n"
    assert values(text, "default") == {"region": "b"}
    (problem,) = read(text).problems()
    assert problem.line == 3
    assert not problem.fatal
    with pytest.raises(UserError, match="twice"):
        read("[default]\n[default]\n").profile("default")
    with pytest.raises(UserError, match="twice"):
        read(text + "[default]\n").profile("default")


def test_a_name_in_two_spellings_is_a_duplicate() -> None:
    """Quotes in a header do not make another profile."""
    with pytest.raises(UserError, match="twice"):
        read("[profile x]\n[profile 'x']\n").profile("x")


def test_credentials_file() -> None:
    """In a credentials file a profile is `[NAME]`, taken literally."""
    text = "[default]\na = 1\n[it's x]\na = 2\n[profile x]\n[DEFAULT]\n[a\x00b]\n"
    found = profiles(text, "credentials", credentials=True)
    assert found.names == ("default", "it's x")
    assert [(problem.line, problem.fatal) for problem in found.problems()] == [
        (5, False),
        (6, False),
        (7, True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[profile x]\r\nregion = r\r\n[profile y]\r\n",
        "[profile x]\rregion = r\r[profile y]",
        "\ufeff[profile x]\nregion = r\n[profile y]\n",
        "\n\n  \n[profile x]\n\nregion = r\n   \n[profile y]\n",
    ],
)
def test_line_ends_and_byte_order_mark(text: str) -> None:
    """The line ends and the byte order mark of Windows change nothing."""
    assert read(text).names == ("x", "y")
    assert values(text) == {"region": "r"}
    assert complaints(text) == []


def test_only_the_requested_section_is_parsed() -> None:
    """Of ten thousand profiles only the headers are scanned; one lookup parses one section."""
    text = "".join(f"[profile p{number}]\nregion = r\n[x\n" for number in range(10_000))
    found = read(text)
    section = found.profile("p9999")
    assert section is not None
    assert section.line == 29_998
    assert len(found.names) == 10_000
    assert len(found._bodies) == 1


HOSTILE = {
    "indented headers": "[profile x]\n" + "  [a\n" * 40_000,
    "a value of headers": "[profile x]\nk = v\n" + "  [a\n" * 40_000,
    "leading spaces": " " * 200_000 + "[profile x]\n",
    "comment marks": "[profile x]\nk = " + " #" * 100_000 + "\n",
    "tabs before a comment": "[profile x]\nk = a" + "\t" * 100_000 + "x ; c\n",
    "spaces in a key": "[profile x]\nk" + " " * 100_000 + "x\n",
    "quotes": "[profile " + "'" * 100_001 + "]\n",
    "brackets": "[" * 100_000,
    "one profile again and again": "[profile x]\n" * 20_000,
    "one key again and again": "[profile x]\n" + "k = v\n" * 20_000,
    "a long line": "[profile x]\nk = " + "v" * 10_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_read_in_linear_time(text: str) -> None:
    """No line makes reading quadratic, and an error stays readable whatever the number of faults."""
    start = time.process_time()
    found = read(text)
    found.problems()
    with contextlib.suppress(UserError):
        found.profile("x")
    assert time.process_time() - start < 5  # a quadratic scan takes minutes


def test_no_error_shows_a_secret() -> None:
    """A line may be a misplaced secret, so messages contain line numbers and names, but no values."""
    secret = "wJalrXUtnFEMI/K7MDENG"
    lines = [
        secret,
        "[a] " + secret,
        secret,
        "k = v",
        f"  aws_secret_access_key = {secret}",
        "s3 =",
        f" {secret}",
    ]
    for credentials in (False, True):
        text = "\n".join(lines).replace("[a]", "[a]" if credentials else "[profile a]")
        found = complaints(text, credentials=credentials)
        assert len(found) == 5
        assert secret not in " ".join(found)


@given(st.sampled_from(sorted({*NO_PROFILES} - {"[DEFAULT]"})))
def test_the_suggested_header_is_valid(line: str) -> None:
    """A header that an error suggests is read as a section, without a problem."""
    (problem,) = read(f"{line}\n").problems()
    advised = problem.text.rpartition("write ")[2]
    assert read(f"{advised}\n").problems() == ()


SECRETS = ("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYxx", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "[{}",
        "[{}\x1b]",
        "{} = x\n{} = y",
        "a = b\n  {}=",
        "{}:\x01",
        "s3 =\n  {}\n",
        "s3 =\n  {} = a\n  {} = b",
    ],
)
def test_a_malformed_credentials_line_is_not_echoed(secret: str, line: str) -> None:
    """A secret that was pasted instead of a key or a header is in no message."""
    found = complaints("[a]\n" + line.replace("{}", secret) + "\n", credentials=True)
    assert secret.lower()[:12] not in " ".join(found).lower()


def test_the_length_of_an_error_is_limited() -> None:
    """Thousands of faults are counted, not listed."""
    with pytest.raises(UserError) as caught:
        read("[profile x]\n" + "word\n" * 1000).profile("x")
    assert str(caught.value).endswith("; and 980 more")


@given(st.binary())
def test_any_bytes_give_profiles_or_problems(content: bytes) -> None:
    """Any bytes give names, problems that are safe for a terminal, or a UserError, and no traceback."""
    text = content.decode("utf-8", "surrogateescape")
    for credentials in (False, True):
        check_whole(profiles(text, "config", credentials=credentials))


PIECES = st.sampled_from(
    [
        *HEADERS, *LOST, *NO_PROFILES, *VALUES, *COMMANDS, "[profile y]", "[sso-session y]", "[services y]",
        "[", "]", "=", ":", " ", "\t", "\n", "\r\n", "\r", "\n  ", "k = v", "s3 =", "#", ";", "'", '"',
        "\\", "\ufeff",
        "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2028", "\udcff", "é",
    ]
)  # fmt: skip


@given(st.lists(PIECES).map("".join))
def test_any_mixture_gives_profiles_or_problems(text: str) -> None:
    """Any text that looks like a config file gives names, problems or a UserError, and no traceback."""
    check_whole(read(text))
    check_whole(profiles(text, "credentials", credentials=True))


def outcome(action: Callable[[], T]) -> tuple[str, T | None]:
    """The error, or the result."""
    try:
        return "", action()
    except UserError as error:
        return str(error), None


def section_or_not(found: Profiles, name: str) -> tuple[str, Section | None]:
    return outcome(lambda: found.profile(name))


def check_whole(found: Profiles) -> None:
    for problem in found.problems():
        assert str(problem).isprintable()
        assert problem.line > 0
    for name in found.names:
        assert name
        assert not any(letter < " " or "\x7f" <= letter <= "\x9f" for letter in name)
        message, section = section_or_not(found, name)
        assert message.isprintable()
        assert section is None or not any("\x00" in value.text for value in section.values.values())


TEXTS = {
    "empty": "",
    "no final newline": "[default]\nregion = a",
    "blank end": "[default]\nregion = a\n\n\n",
    "windows": "[default]\r\nregion = a\r\n",
    "mark": "\ufeff",
    "comment": "# mine",
    "nested end": "[default]\ns3 =\n  a = b",
    "broken": "[profile \nword\n\x00\udcff\n",
}


NAMES = ("new", "a b", "it's", 'say "x"', "back\\slash", "a]b", "#x", "org/x", "ü")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", NAMES)
def test_appending_keeps_everything(text: str, name: str) -> None:
    """Every byte is kept, and the file gets exactly one more profile, with its line ends."""
    wanted = {"region": "eu-west-1", "credential_process": "tool 'a # b' ; c"}
    added = adding(text, name, wanted)
    assert added.startswith(text)
    assert read(added).names == (*read(text).names, name)
    assert values(added, name) == wanted
    assert added.endswith("\r\n") == (text == TEXTS["windows"])


def test_appended_text() -> None:
    """The appended text looks as if a user had written it."""
    assert adding("", "default", {"region": "r"}) == "[default]\nregion = r\n"
    assert adding("[default]", "x", {}) == "[default]\n\n[profile x]\n"
    assert adding("[default]\n", "a b", {}) == "[default]\n\n[profile 'a b']\n"


@given(
    st.text() | st.lists(PIECES).map("".join), st.text(), st.dictionaries(st.text(), st.text(), max_size=2)
)
def test_appending_is_exact_or_refused(text: str, name: str, wanted: dict[str, str]) -> None:
    """Whatever the file, name and values are: they are read back unchanged, or nothing is written."""
    message, added = outcome(lambda: adding(text, name, wanted))
    assert message.isprintable()
    if added is not None:
        assert added.startswith(text)
        assert read(added).names == (*read(text).names, name)
        assert values(added, name) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("x", {}),
        ("", {}),
        ("a\nb", {}),
        ("a\x1bb", {}),
        ("new", {"region": "r\n[profile evil]\nrole_arn = x"}),
        ("new", {"region": "a # b"}),
        ("new", {"region": " padded "}),
        ("new", {"Region": "r"}),
        ("new", {"a\nb": "r"}),
    ],
)
def test_invalid_additions_are_refused(name: str, wanted: dict[str, str]) -> None:
    """A profile that exists, or that would be read back differently, is refused."""
    with pytest.raises(UserError):
        adding("[profile x]\n", name, wanted)
