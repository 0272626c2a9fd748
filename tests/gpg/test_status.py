"""Only gpg's own status lines are interpreted, whatever text user ids contain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.gpg.status import Status, decrypted, signers

FPR, SUB, OTHER = "A" * 40, "B" * 40, "C" * 40
VALID = f"VALIDSIG {SUB} 2026-11-27 1795739091 0 4 0 22 8 00 {FPR}"
GOOD = f"GOODSIG {SUB[-16:]} Alice <alice@example.invalid>"
WELL = ["BEGIN_DECRYPTION", "DECRYPTION_INFO 2 9 0", "PLAINTEXT 62 1795738516 ", "DECRYPTION_OKAY"]
LINE_ENDS = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""Characters that Python treats as a line end, and gpg does not."""


def status(*lines: str) -> Status:
    return Status("".join(f"[GNUPG:] {line}\n" for line in lines).encode("utf-8", "surrogateescape"))


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line)))
def test_a_line_ends_at_a_line_feed_only(names: list[bytes]) -> None:
    """Whatever bytes a user id has, they stay within the fields of their line."""
    raw = b"".join(b"[GNUPG:] GOODSIG 1234 " + name + b"\n" for name in names)
    found = Status(raw)
    assert found.keywords == ["GOODSIG"] * len(names)
    fields = [" ".join(fields[1:]) for fields in found.fields("GOODSIG")]
    assert [text.encode("utf-8", "surrogateescape") for text in fields] == names


def test_messages_on_the_same_stream_are_ignored() -> None:
    """If python-gnupg joins stderr and the status channel, an indented or quoted line is not a status line."""
    raw = b"gpg: x\n [GNUPG:] A\n[GNUPG:] B c d\n[GNUPG:]E\n[gnupg:] F\n"
    assert Status(raw).lines == [["B", "c", "d"]]


def test_error_codes_without_their_source() -> None:
    """The upper bits name the component of GnuPG; only lines with the given location are used."""
    found = status(
        "ERROR pkdecrypt_failed 83886179", "ERROR set_pinentry_mode 67109115", "ERROR pkdecrypt_failed x"
    )
    assert found.errors("pkdecrypt_failed") == {99}
    assert found.errors("set_pinentry_mode") == {251}
    assert found.errors("keyedit") == set()


@pytest.mark.parametrize(
    "lines",
    [
        WELL[:-1],
        WELL[1:],
        [*WELL[:2], WELL[3]],
        [WELL[2], *WELL],
        [*WELL, WELL[2]],
        [*WELL, *WELL],
        [WELL[3], *WELL],
        [WELL[0], WELL[3], WELL[2]],
        *([f"NEWSIG{end}[GNUPG:] {WELL[3]}{end}", *WELL[:-1]] for end in LINE_ENDS),
    ],
)
def test_only_one_whole_encrypted_message_counts(lines: list[str]) -> None:
    """Refused: a plain message around it, a part of one, two messages, a keyword in a user id."""
    assert decrypted(status(*WELL), 0)
    assert not decrypted(status(*WELL), 2)
    assert not decrypted(status(*lines), 0)


@pytest.mark.parametrize("good", ["GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG"])
def test_a_valid_signature_names_two_keys(good: str) -> None:
    """The signing key and its primary key, as in pass: neither trust nor expiry is checked."""
    assert signers(status("NEWSIG", GOOD.replace("GOODSIG", good), VALID)) == {SUB, FPR}


@pytest.mark.parametrize(
    "lines",
    [
        [VALID],
        ["NEWSIG", VALID],
        ["NEWSIG", GOOD.replace("GOODSIG", "BADSIG"), VALID],
        ["NEWSIG", GOOD, "NEWSIG", VALID],
        ["NEWSIG", GOOD, "ERRSIG x", VALID],
        ["NEWSIG", f"GOODSIG {OTHER[-16:]} Mallory", VALID],
        ["NEWSIG", "GOODSIG  Mallory", VALID],
        ["NEWSIG", GOOD, f"VALIDSIG {SUB} {FPR}"],
        *(["NEWSIG", f"GOODSIG {OTHER[-16:]} M{end}[GNUPG:] {VALID}{end}"] for end in LINE_ENDS),
    ],
)
def test_a_signature_counts_in_its_place_only(lines: list[str]) -> None:
    """VALIDSIG must follow the NEWSIG and the GOODSIG of the same key."""
    assert signers(status(*lines)) == set()


def test_one_good_signature_is_sufficient() -> None:
    """As in pass, one good signature is sufficient, whatever else the file contains."""
    bad = [f"BADSIG {OTHER[-16:]} Mallory"]
    assert signers(status("NEWSIG", *bad, "NEWSIG", GOOD, VALID, "NEWSIG", *bad)) == {SUB, FPR}
