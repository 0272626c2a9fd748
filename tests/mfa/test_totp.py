"""One-time codes are those of RFC 6238, and any otpauth line gives an Otpauth or a reason."""

from __future__ import annotations

from base64 import b32encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.mfa import totp
from pass_aws.mfa.totp import Otpauth

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RFC_SEEDS = {
    "SHA1": b"12345678901234567890",
    "SHA256": b"12345678901234567890123456789012",
    "SHA512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
RFC_6238 = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize("row", RFC_6238)
@pytest.mark.parametrize("column", [0, 1, 2])
def test_rfc_6238(row: tuple[int, str, str, str], column: int) -> None:
    """The codes are those of RFC 6238, appendix B."""
    algorithm = totp.ALGORITHMS[column]
    secret = b32encode(RFC_SEEDS[algorithm]).decode()
    read = totp.parse(f"otpauth://totp/x?secret={secret}&digits=8&algorithm={algorithm}")
    assert read.code(totp.step(row[0])) == row[column + 1]


def test_the_line_that_enrolment_writes() -> None:
    """A line for AWS has 64 base32 characters, and issuer and account in its label."""
    label = "Amazon%20Web%20Services:alice@123456789012"
    line = f"otpauth://totp/{label}?secret={SEED * 2}&issuer=Amazon%20Web%20Services"
    assert totp.parse(line) == Otpauth(SEED * 2, label="Amazon Web Services:alice@123456789012")


@pytest.mark.parametrize(
    "text",
    [
        f"otpauth://totp/a?secret={SEED}",
        f"hunter2\nuser: alice\notpauth://totp/a?secret={SEED}\nurl: x\n",
        f"hunter2\r\n  otpauth://totp/a?secret={SEED}  \r\n",
        f"totp: otpauth://totp/a?secret={SEED}\notpauth://totp/b?secret={'A' * 32}",
        f"otpauth://TOTP/a?SECRET={SEED.lower()}&Digits=6&PERIOD=30&algorithm=sha-1&lock=false&image=x#frag",
        f"otpauth://totp/a?secret={SEED[:16]}%20{SEED[16:]}",
        f"otpauth://totp/a?secret={SEED[:16]}-{SEED[16:]}====",
        f"otpauth://totp/a?secret={SEED}&digits=&period=&algorithm=",
    ],
)
def test_a_line_anywhere_in_an_entry(text: str) -> None:
    """As in `pass otp`, the line may be anywhere in the entry, and the first one is used."""
    assert totp.find(text) == Otpauth(SEED, label="a")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it has no otpauth:// line"),
        ("hunter2\nJBSWY3DPEHPK3PXP", "it has no otpauth:// line"),
        (f"otpauth://hotp/a?secret={SEED}&counter=1", "only time-based codes"),
        (f"otpauth://{SEED}", "only time-based codes"),
        ("otpauth://totp/a", "it has no secret"),
        ("otpauth://totp/a?secret=", "it has no secret"),
        ("otpauth://totp/a?secret=SECRET!18", "not base32"),
        ("otpauth://totp/a?secret=ABC", "not base32"),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", "shorter than 112 bits"),
        (f"otpauth://totp/a?secret={SEED}&secret={SEED[::-1]}", "two different values"),
        (f"otpauth://totp/a?secret={SEED}&secret=", "two different values"),
        (f"otpauth://totp/a?secret={SEED}&digits=5", "digits must be a number from 6 to 10"),
        (f"otpauth://totp/a?secret={SEED}&digits=٦", "digits must be a number"),
        (f"otpauth://totp/a?secret={SEED}&period=0", "period must be a number from 1 to 120"),
        (f"otpauth://totp/a?secret={SEED}&period={'9' * 5000}", "period must be"),
        (f"otpauth://totp/a?secret={SEED}&algorithm=MD5", "algorithm must be one of SHA1"),
        (f"otpauth://totp/a?secret={SEED}&encoder=steam", "encoder"),
    ],
)
def test_an_invalid_line_has_a_reason(text: str, reason: str) -> None:
    """Each error is named, and the secret is not in the reason."""
    with pytest.raises(ValueError, match=reason) as caught:
        totp.find(text)
    assert SEED not in str(caught.value)
    assert "SECRET!18" not in str(caught.value)


def test_a_line_needs_its_scheme() -> None:
    """A seed that was typed without otpauth:// is refused."""
    with pytest.raises(ValueError, match=r"does not begin with otpauth://$"):
        totp.parse(f"x otpauth://totp/a?secret={SEED}")


@given(st.text() | st.text().map(lambda text: f"otpauth://totp/{text}"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text gives an Otpauth with codes, or a ValueError that does not quote it."""
    try:
        read = totp.find(text)
    except ValueError as error:
        said = str(error)
    else:
        said = read.code(totp.step(1_000_000_000, read.period))
        assert said.isdigit()
    assert len(said) < 80


PARAMETERS = st.fixed_dictionaries(
    {
        "secret": st.one_of(
            st.sampled_from([SEED, "A", "", "0"]), st.binary(max_size=70).map(lambda b: b32encode(b).decode())
        )
    },
    optional={
        "digits": st.one_of(st.integers(0, 12).map(str), st.text(max_size=3)),
        "period": st.one_of(st.integers(-1, 130).map(str), st.text(max_size=3)),
        "algorithm": st.sampled_from(["SHA1", "sha256", "SHA-512", "MD5", ""]),
        "issuer": st.text(max_size=9),
    },
)


@given(PARAMETERS, st.text(max_size=20), st.integers(0, 2**33))
def test_an_accepted_line_gives_codes(values: dict[str, str], label: str, now: int) -> None:
    """At any time, a code has as many digits as the line says, and the label is kept."""
    line = f"otpauth://totp/{quote(label, safe='')}?" + "&".join(
        f"{key}={quote(text)}" for key, text in values.items()
    )
    try:
        read = totp.parse(line)
    except ValueError:
        return
    code = read.code(totp.step(now, read.period))
    assert len(code) == read.digits
    assert code.isdigit()
    assert read.label == label


@given(st.floats(0, 2**33), st.integers(1, 120))
def test_a_time_is_within_its_step(now: float, period: int) -> None:
    """A step begins no later than the time, and ends after it, where the next one begins."""
    step = totp.step(now, period)
    assert totp.starts(step, period) <= now < totp.ends(now, period) == totp.starts(step + 1, period)


@pytest.mark.parametrize("text", ["123456", " 123456\r\n", "123 456", "12 34 56", "\t1 2 3 4 5 6 "])
def test_spaces_in_a_code_are_accepted(text: str) -> None:
    """People type codes in groups, as they are shown."""
    assert totp.code(text) == "123456"


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "123-456", "²23456", "-12345"])
def test_invalid_codes(text: str) -> None:
    """AWS accepts six ASCII digits and nothing else."""
    with pytest.raises(ValueError, match="six digits"):
        totp.code(text)


def test_the_repr_has_no_secret() -> None:
    """The record's repr, which may be in a traceback, has no secret."""
    assert SEED not in repr(Otpauth(SEED, label="a"))
    assert SEED not in f"{Otpauth(SEED)}"
