"""A ticket or session states what it was made for, and is accepted for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.cache import session, ticket
from pass_aws.cache.ticket import Ticket
from pass_aws.model import Credentials

SEAL, NONCE, DIGEST, EXPIRES = "5e" * 32, "0c" * 16, "d1" * 32, 1795341504
MADE = Ticket(
    "ro", EXPIRES, "/store\t/config\t/credentials", "/store/aws-vault/dev.gpg", [("AWS_SESSION_TOKEN", "t=")]
)
PATHS = ("/home/a/.password-store", "/home/a/.aws/config", "/home/a/.aws/credentials")


def test_the_text_of_a_ticket() -> None:
    """A ticket has one line for each fact that the front compares."""
    assert ticket.render(MADE, SEAL, NONCE).split("\n") == [
        "pass-aws ticket 3", f"seal: {SEAL}", f"nonce: {NONCE}", "profile: ro", f"expires: {EXPIRES}",
        f"given: {MADE.given}", f"entry: {MADE.entry}", "AWS_SESSION_TOKEN=t=", "end", "",
    ]  # fmt: skip


def test_the_repr_of_a_ticket_shows_no_secret() -> None:
    """A ticket in a traceback shows no secret."""
    assert "t=" not in repr(MADE)


@pytest.mark.parametrize("name", ["a", "prod/eu", "user@corp", "A.b_c-d+e", "x" * 100])
def test_plain_names(name: str) -> None:
    """A plain profile name is used in the cache unchanged, with a slash written as a percent sign."""
    assert ticket.plain(name)
    assert ticket.folder(name) == name.replace("/", "%")
    assert ticket.profile_of(ticket.folder(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        ".x",
        "..",
        "a b",
        "é",
        "a%b",
        "x" * 101,
        "a$b",
        "a\nb",
        "a'b",
        "a[0]",
        "~",
        "*",
        "a:b",
        "a,b",
    ],
)
def test_other_names_have_no_short_way(name: str) -> None:
    """The directory of any other profile name is a hash, which cannot be the directory of a plain name."""
    assert not ticket.plain(name)
    assert ticket.folder(name)[0] == "="
    assert ticket.profile_of(ticket.folder(name)) == ""


@given(st.text(), st.text())
def test_each_profile_has_its_own_directory(one: str, other: str) -> None:
    """No two profiles share a directory, and none is outside the cache."""
    assert one == other or ticket.folder(one) != ticket.folder(other)
    assert "/" not in ticket.folder(one)


@pytest.mark.parametrize(
    ("name", "expires"),
    [("1795341504.gpg", 1795341504), ("1795341504", 1795341504), ("0795341504.gpg", 0), ("179534150.gpg", 0),
     ("17953415040.gpg", 0), ("179534150a.gpg", 0), ("١٧٩٥٣٤١٥٠٤", 0), ("", 0), ("a[$(id)]", 0)],
)  # fmt: skip
def test_the_expiry_in_a_file_name(name: str, expires: int) -> None:
    """An expiry is ten ASCII digits that bash does not read as octal."""
    assert ticket.expiry(name) == expires


@pytest.mark.parametrize(
    ("min_ttl", "life", "wanted", "exact"),
    [
        (300, 3600, 300, 300), (900, 900, 450, 900), (300, 900, 300, 300), (3600, 3600, 1800, 3600),
        (0, 900, 0, 0), (3601, 3600, 1800, 1800), (3000, 3600, 1800, 3000),
    ],
)  # fmt: skip
def test_half_of_the_lifetime_is_enough(min_ttl: int, life: int, wanted: int, exact: int) -> None:
    """At most half of a session's lifetime is required, or a short one would be renewed at each use.

    An explicit minimum is met exactly, unless even a new session has a shorter lifetime.
    """
    assert ticket.wanted(min_ttl, life) == wanted
    assert ticket.wanted(min_ttl, life, exact=True) == exact


# The `given` line.


def test_the_given_line_contains_what_is_set() -> None:
    """An empty variable counts as unset, and a variable that changes no answer is not in the line."""
    line = ticket.given({"AWS_MFA_SERIAL": "arn:x", "AWS_ROLE_ARN": "", "EDITOR": "vi"}, *PATHS)
    assert line == "\t".join((*PATHS, "AWS_MFA_SERIAL=arn:x"))


@pytest.mark.parametrize("name", ticket.GIVEN)
def test_the_given_line_differs_for_each_variable(name: str) -> None:
    """A ticket made with one value of a variable is not valid with another value."""
    lines = {ticket.given({name: value} if value else {}, *PATHS) for value in ("", "a", "b")}
    assert len(lines) == 3


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("path", ["relative", "~/x", "", "/a$HOME", "/a\tb", "/a\nb"])
def test_odd_paths_have_no_short_way(place: int, path: str) -> None:
    """Relative paths, `~` and `$` have no short way.

    They depend on the current directory or need expansion.
    """
    paths = [*PATHS]
    paths[place] = path
    assert ticket.given({}, *paths) is None


@pytest.mark.parametrize("name", ticket.UNTICKETED)
def test_variables_that_need_the_full_program(name: str) -> None:
    """These variables request something that only the full program does."""
    assert ticket.given({name: "1"}, *PATHS) is None
    assert ticket.given({name: ""}, *PATHS) is not None


@pytest.mark.parametrize("name", ticket.PREFIXES)
def test_an_empty_prefix_is_not_an_unset_one(name: str) -> None:
    """An empty prefix means the root of the store, so it must differ from an unset one."""
    assert ticket.given({name: ""}, *PATHS) is None


def test_our_own_exported_region_counts_as_unset() -> None:
    """A region that equals _PASS_AWS_REGION was exported by us and is not a user setting."""
    ours = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "_PASS_AWS_REGION": "eu-west-1"}
    assert ticket.given(ours, *PATHS) == ticket.given({}, *PATHS)
    assert ticket.given({**ours, "AWS_REGION": "us-east-1"}, *PATHS) != ticket.given({}, *PATHS)


VALUES = st.dictionaries(
    st.sampled_from(ticket.GIVEN), st.text(alphabet="a=\t\n ", max_size=6).filter(bool), max_size=4
)


@given(VALUES, VALUES)
def test_the_given_line_is_unambiguous(one: dict[str, str], other: dict[str, str]) -> None:
    """Two environments never give the same line, whatever separators their values contain."""
    lines = ticket.given(one, *PATHS), ticket.given(other, *PATHS)
    assert one == other or lines[0] != lines[1] or lines[0] is None


@pytest.mark.parametrize(
    ("made", "worthy"),
    [
        (MADE, True),
        (Ticket("ro", EXPIRES, "g", "", MADE.exports), False),
        (Ticket("a b", EXPIRES, "g", "/e", MADE.exports), False),
        (Ticket("ro", EXPIRES, "g", "/e", [("AWS_ACCESS_KEY_ID", "AKIA")]), False),
        (Ticket("ro", EXPIRES, "g", "/e\nx", MADE.exports), False),
        (Ticket("ro", EXPIRES, "g", "/e", [*MADE.exports, ("AWS_VAULT", "a\nseal: x")]), False),
    ],
    ids=["session", "no entry", "odd name", "long-lived key", "two lines in a path", "two lines in a value"],
)
def test_only_a_session_of_a_stored_key_gets_a_ticket(made: Ticket, worthy: bool) -> None:
    """Only a session of a stored key gets a ticket, never the key itself."""
    assert ticket.worthy(made, EXPIRES - 3600) is worthy


def test_a_session_about_to_expire_gets_no_ticket() -> None:
    """A session with less than five minutes left gets no ticket, since no request could use it."""
    assert ticket.worthy(MADE, EXPIRES - 300)
    assert not ticket.worthy(MADE, EXPIRES - 299)


@pytest.mark.parametrize(
    ("seconds", "telling"),
    [((0, 0, 0), False), ((1, 1, EXPIRES), False), ((0, EXPIRES, EXPIRES), False), ((1, EXPIRES, EXPIRES), False),
     ((EXPIRES, 1, EXPIRES), False), ((EXPIRES, EXPIRES, 1), False), ((EXPIRES, EXPIRES, 0), False),
     ((315_532_800, 315_532_800, EXPIRES), False), ((EXPIRES, 0, EXPIRES), True),
     ((EXPIRES - 10**8, EXPIRES, EXPIRES), True), ((EXPIRES, EXPIRES, 1_136_073_600), False),
     ((EXPIRES, EXPIRES, 1_136_073_601), True)],
)  # fmt: skip
def test_modification_times_that_show_a_change(seconds: tuple[int, int, int], telling: bool) -> None:
    """Times before 2006 cannot show a change: in a Nix store every config file has the time 1."""
    assert ticket.telling(*(second * 10**9 for second in seconds)) is telling


# Sessions.

CREDENTIALS = Credentials("ASIAEXAMPLE", "secret", "token", EXPIRES, "123456789012")
SESSION = session.render(CREDENTIALS, SEAL, DIGEST, 3600)


def test_a_session_is_read_back() -> None:
    """A session is read back with its whole lifetime, from which the required rest is computed."""
    assert session.read(SESSION, digest=DIGEST, expires=EXPIRES, seal=SEAL) == (CREDENTIALS, 3600)


@pytest.mark.parametrize(
    "text",
    [
        "", SESSION[:-1], SESSION[:-5], SESSION + "\n", SESSION.replace(SEAL, "5f" * 32),
        SESSION.replace(DIGEST, "d2" * 32), SESSION.replace(str(EXPIRES), str(EXPIRES + 1)),
        SESSION.replace("life: 3600", "life: x"), SESSION.replace("life: 3600", "life: "),
        SESSION.replace("session 1", "ticket 1"), SESSION.replace("id: ", "di: "),
    ],
)  # fmt: skip
def test_a_session_that_does_not_match_is_rejected(text: str) -> None:
    """A session with another request, seal, expiry or version, or a truncated one, does not match."""
    assert session.read(text, digest=DIGEST, expires=EXPIRES, seal=SEAL) is None


def test_file_names_of_sessions() -> None:
    """A session's file name is its digest and expiry; any other name is not a session."""
    name = session.file_name(DIGEST, EXPIRES)
    assert name == f"{DIGEST}-{EXPIRES}"
    assert session.parts(name) == session.parts(f"{name}.gpg") == (DIGEST, EXPIRES)
    for other in (
        "",
        "x",
        DIGEST,
        f"{DIGEST}-",
        f"{DIGEST}-1",
        f"{DIGEST.upper()}-{EXPIRES}",
        f".{name}",
        f"{name}.tmp",
    ):
        assert session.parts(other) == ("", 0)
