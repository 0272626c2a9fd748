"""A failure of gpg, the store or AWS gives one line, a hint and a status, without a hang or a leak."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import end_gpg_home, gpg, gpg_home, new_key, run
from fakeaws import FakeAWS, faults
from gpg_ring import PINENTRY, Ring
from run_in_process import Said, say

from pass_aws.errors import DONE, FAILED, INTERRUPTED, MUST_ASK
from pass_aws.store import entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakeaws import AccessKey, MfaDevice

PASSPHRASE = "sesame"
LONG_AGO = "20200101T000000"


# gpg.


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ring]:
    """A GNUPGHOME with open, locked and expired keys, and another person's.

    The test controls its pinentry.
    """
    made, other = Ring(gpg_home(), tmp_path_factory.mktemp("gpg")), gpg_home()
    (made.home / "gpg-agent.conf").write_text("s2k-count 65536\n")  # otherwise each passphrase takes a second
    new_key(made.home, "open")
    new_key(made.home, "locked", passphrase=PASSPHRASE)
    gpg(made.home, "--faked-system-time", LONG_AGO, "--pinentry-mode", "loopback", "--passphrase", "",
        "--quick-generate-key", "expired@example.invalid", "future-default", "default", "1y")  # fmt: skip
    new_key(other, "stranger")
    gpg(made.home, "--import", stdin=gpg(other, "--armor", "--export").encode())
    made.pinentry.write_text(PINENTRY.format(mode=made.mode))
    made.pinentry.chmod(0o755)
    yield made
    end_gpg_home(other)
    end_gpg_home(made.home)


class Keys(NamedTuple):
    """A store whose entry `dev` has a key that works at AWS."""

    ring: Ring
    store: Path
    fake: FakeAWS
    key: AccessKey

    def kept_for(self, name: str, text: bytes | None = None) -> Path:
        """Encrypts `dev` to a key of the ring, which also becomes the recipient of each new entry."""
        path = self.store / "aws-vault" / "dev.gpg"
        path.parent.mkdir(exist_ok=True)
        (self.store / ".gpg-id").write_text(f"{self.fingerprint(name)}\n")
        plain = entry.render("dev", self.key.id, self.key.secret) if text is None else text
        time_ago = ["--faked-system-time", "20200301T000000"] if name == "expired" else []
        gpg(self.ring.home, *time_ago, "--yes", "--trust-model", "always", "-r", f"{name}@example.invalid",
            "-o", str(path), "-e", stdin=plain)  # fmt: skip
        return path

    def fingerprint(self, name: str) -> str:
        listing = gpg(self.ring.home, "--with-colons", "--list-keys", f"{name}@example.invalid")
        return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))

    def says(self, *argv: str, stdin: bytes = b"", **env: str) -> Said:
        """Runs the program in a session without a terminal."""
        done = run(*argv, stdin=stdin, **env)
        return Said(done.returncode, done.stdout, done.stderr)

    def fails(self, *argv: str, stdin: bytes = b"", **env: str) -> Said:
        """A failed run, with the checks that apply to all of them."""
        said = self.says(*argv, stdin=stdin, **env)
        assert said.status not in (DONE, 3), said
        assert said.out == ("false\n" if argv[0] == "env" else "")
        assert self.key.secret not in said.err
        assert said.error
        return said


@pytest.fixture
def keys(ring: Ring, tmp_path: Path, fake: FakeAWS, monkeypatch: pytest.MonkeyPatch) -> Keys:
    monkeypatch.setenv("GNUPGHOME", str(ring.home))
    monkeypatch.setenv("PASSWORD_STORE_DIR", str(tmp_path / "store"))
    (tmp_path / "store").mkdir()
    ring.answers("cancel")
    return Keys(ring, tmp_path / "store", fake, fake.user("alice").key())


def at_once(*argv: str) -> Said:
    """The result of a run that must end within a second, or longer on a busy machine.

    How much longer is derived from the unavoidable parts: the start of Python and the failure of gpg.
    """
    plain = ["gpg", "--pinentry-mode", "error", "-d", f"{os.environ['PASSWORD_STORE_DIR']}/aws-vault/dev.gpg"]
    for _ in range(3):
        begun = time.monotonic()
        run("env", "--nonsense")
        subprocess.run(plain, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        ordinary = time.monotonic() - begun
        done = run(*argv)
        if time.monotonic() - begun - ordinary < 1 + 4 * ordinary:
            return Said(done.returncode, done.stdout, done.stderr)
    pytest.fail(f"{argv} takes too long")


def test_secret_key_absent(keys: Keys) -> None:
    """The error has the recipients of the entry, and the hint what to do."""
    keys.kept_for("stranger")
    said = keys.fails("env", "dev")
    assert said.status == FAILED
    assert said.error.startswith("no secret key for aws-vault/dev: it is encrypted to ")
    assert "import your secret key" in said.hint


@pytest.mark.parametrize(
    ("mode", "status", "error"),
    [
        ("cancel", INTERRUPTED, "the passphrase prompt for aws-vault/dev was cancelled"),
        ("wrong", FAILED, "the passphrase for aws-vault/dev was wrong"),
    ],
)
def test_passphrase_not_given(keys: Keys, mode: str, status: int, error: str) -> None:
    """A cancel is an interrupt, a wrong answer a failure; there is only one prompt."""
    keys.kept_for("locked")
    keys.ring.answers(mode)
    said = keys.fails("env", "dev")
    assert (said.status, said.error) == (status, error)
    assert "pass show aws-vault/dev" in said.hint
    assert keys.fake.calls == []


@pytest.mark.parametrize(
    ("told", "status", "error"),
    [
        ("asked", INTERRUPTED, "the passphrase was wrong, or its prompt was cancelled"),
        ("wrong", FAILED, "the passphrase was wrong"),
    ],
)
def test_passphrase_not_given_to_the_front(keys: Keys, told: str, status: int, error: str) -> None:
    """The front's gpg distinguishes the two in the same way, and the user is not asked twice."""
    keys.kept_for("locked")
    keys.ring.answers("right")
    said = keys.fails("env", "dev", _PASS_AWS_TICKET=told)
    assert (said.status, said.error) == (status, error)
    assert said.hint == "run the command again"


def test_passphrase_given(keys: Keys) -> None:
    """The key is unlocked through a pinentry; the passphrase is in none of our processes."""
    keys.kept_for("locked")
    keys.ring.answers("right")
    said = keys.says("env", "dev", "--debug")
    assert said.status == DONE, said.err
    assert PASSPHRASE not in said.out + said.err
    keys.ring.answers("cancel")  # the agent has forgotten the passphrase
    assert keys.fails("env", "dev").status == INTERRUPTED, "the ticket is for the same key"


def test_locked_key_with_no_input(keys: Keys) -> None:
    """--no-input with a locked key: status 4 within a second, no prompt, and a command that helps."""
    keys.kept_for("locked")
    keys.ring.answers("block")
    said = at_once("env", "dev", "--no-input")
    assert (said.status, said.out) == (MUST_ASK, "false\n")
    assert said.error == "the key for aws-vault/dev is locked, and prompts are not allowed"
    assert said.hint == "unlock its key on a terminal first: pass show aws-vault/dev"
    assert not Path(f"{keys.ring.mode}.asking").exists()


def test_no_usable_terminal(keys: Keys) -> None:
    """A terminal pinentry without a terminal: status 4 within a second."""
    keys.kept_for("locked")
    keys.ring.answers("", program=shutil.which("pinentry-curses") or "pinentry-curses")
    said = at_once("env", "dev")
    assert said.status == MUST_ASK
    assert said.error == "no terminal to ask for the passphrase of aws-vault/dev"


def test_pinentry_missing(keys: Keys) -> None:
    """The hint names the line of gpg-agent.conf to check."""
    keys.kept_for("locked")
    keys.ring.answers("", program="/proc/nonexistent/pinentry")
    said = keys.fails("env", "dev")
    assert said.status == FAILED
    assert "pinentry-program in gpg-agent.conf" in said.hint


def test_card_removed(keys: Keys) -> None:
    """If only the stub of a key is here, the error names the card to insert."""
    keys.kept_for("open")
    home = gpg_home()
    try:
        for name in ("pubring.kbx", "trustdb.gpg"):
            shutil.copy(keys.ring.home / name, home)
        listing = gpg(keys.ring.home, "--with-colons", "--with-keygrip", "-K", "open@example.invalid")
        grip = [line.split(":")[9] for line in listing.splitlines() if line.startswith("grp:")][-1]
        text = (keys.ring.home / "private-keys-v1.d" / f"{grip}.key").read_text()
        public = text[text.index("(q") : text.index("(d")].strip()
        (home / "private-keys-v1.d").mkdir(mode=0o700)
        (home / "private-keys-v1.d" / f"{grip}.key").write_text(
            "Key: (shadowed-private-key (ecc (curve Curve25519)(flags djb-tweak)"
            f"{public}\n  (shadowed t1-v1 (#D2760001240102010006055532110000# OPENPGP.2))))\n"
        )
        for words, status in ([], FAILED), (["--no-input"], MUST_ASK):
            said = keys.fails("env", "dev", *words, GNUPGHOME=str(home))
            assert said.status == status
            assert "is on the card D2760001240102010006055532110000" in said.error
            assert "insert the card" in said.hint
    finally:
        end_gpg_home(home)


def test_gpg_missing(keys: Keys, tmp_path: Path) -> None:
    """The error names the missing program, and the hint its package, gnupg."""
    keys.kept_for("open")
    said = keys.fails("env", "dev", PATH=str(tmp_path))
    assert (said.status, said.error, said.hint) == (FAILED, "gpg is not on PATH", "install gnupg")


def test_dead_agent(keys: Keys, tmp_path: Path) -> None:
    """An agent that can be restarted is restarted; one that cannot be reached is reported."""
    keys.kept_for("open")
    assert keys.says("env", "dev").status == DONE
    home = tmp_path / ("x" * 110)  # too long for a socket's path
    home.mkdir(mode=0o700)
    for name in ("pubring.kbx", "trustdb.gpg"):
        shutil.copy(keys.ring.home / name, home)
    said = keys.fails("env", "dev", "--fresh", GNUPGHOME=str(home))
    assert said.status == FAILED
    assert said.error.startswith("gpg-agent cannot be reached: ")
    assert said.hint.startswith("run gpgconf --kill gpg-agent and try again")


NEW = b"AKIAIOSFODNN7EXAMPLE\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"


@pytest.mark.parametrize(
    ("name", "error", "hint"),
    [
        ("stranger", "the key of recipient {} is not trusted", "gpg --lsign-key {}"),
        ("expired", "the key of recipient {} has expired", "gpg --quick-set-expire {} 1y"),
    ],
)
def test_unusable_recipient(keys: Keys, name: str, error: str, hint: str) -> None:
    """Nothing is written for an untrusted or expired recipient; the old entry is kept."""
    path = keys.kept_for(name)
    before = path.read_bytes()
    said = keys.fails("add", "dev", "--stdin", "--force", "--no-verify", stdin=NEW)
    who = keys.fingerprint(name)
    assert (said.status, said.error) == (FAILED, error.format(who))
    assert hint.format(who) in said.hint
    assert path.read_bytes() == before


def test_recipient_unknown(keys: Keys) -> None:
    """A recipient without a key in gpg is named."""
    (keys.store / ".gpg-id").write_text(f"{'A' * 40}\n")
    said = keys.fails("add", "dev", "--stdin", "--no-verify", stdin=NEW)
    ids = keys.store / ".gpg-id"
    assert said.error == f"gpg has no key for recipient {'A' * 40}, which {ids} names"
    assert said.hint.endswith(f"or correct {ids}")
    assert not list(keys.store.rglob("*.gpg"))


def test_our_own_key_has_expired(keys: Keys) -> None:
    """The key still decrypts; sessions are not cached, which costs one warning."""
    keys.kept_for("expired")
    said = keys.says("env", "dev")
    assert said.status == DONE, said.err
    assert [line[:14] for line in said.lines] == ["pass aws: sess"], said.err
    assert f"your key {keys.fingerprint('expired')} has expired; gpg --quick-set-expire " in said.err


def test_store_not_initialised(keys: Keys) -> None:
    """The hint is `pass init`; a store that is only empty is not an error."""
    said = keys.fails("add", "dev", "--stdin", "--no-verify", stdin=NEW)
    assert said.error == f"the password store {keys.store} is not initialised"
    assert said.hint.startswith("run pass init ")
    said = keys.fails("env", "dev", PASSWORD_STORE_DIR="/proc/nonexistent/store")
    assert said.status == FAILED
    assert said.error == "there is no profile dev: there is no password store at /proc/nonexistent/store"
    assert said.hint == "if your store is elsewhere, set PASSWORD_STORE_DIR; else run pass aws doctor"


def test_recipients_not_signed(keys: Keys) -> None:
    """If pass requires a signed `.gpg-id`, nothing is written with an unsigned one."""
    keys.kept_for("open")
    said = keys.fails(
        "add", "new", "--stdin", "--no-verify", stdin=NEW, PASSWORD_STORE_SIGNING_KEY=keys.fingerprint("open")
    )
    assert ".gpg-id.sig is missing" in said.error


def test_a_cancel_of_add_shows_no_key(keys: Keys) -> None:
    """A cancelled passphrase for the old entry shows no key."""
    path = keys.kept_for("locked")
    before = path.read_bytes()
    said = keys.says("add", "dev", "--stdin", "--force", "--no-verify", stdin=NEW)
    assert said.status in (DONE, INTERRUPTED)
    assert (path.read_bytes() == before) == (said.status != DONE)
    assert "wJalr" not in said.err + said.out


# Entries.

INNER = "eyJBY2Nlc3NLZXlJRCI6IkFLSUFYIn0="
ENTRIES = {
    "empty": (b"", "is empty"),
    "no JSON": (b"hunter2\nurl: x\n", ""),
    "a list": (b"[1]", ""),
    "no Data": (b'{"Key":"dev"}', ""),
    "Data no base64": (b'{"Key":"dev","Data":"***"}', ""),
    "Data no JSON": (b'{"Key":"dev","Data":"AAAA"}', ""),
    "no secret": (f'{{"Key":"dev","Data":"{INNER}"}}'.encode(), ""),
    "another's": (b'{"Key":"prod","Data":"e30="}', "was written for prod"),
    "truncated JSON": (b'{"Key":"dev","Data":"hunter2', ""),
    "deep": (b"[" * 100000, ""),
    "bytes": (b"\xff\x00hunter2\x1b[2J", ""),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_damaged_entry(keys: Keys, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line names the entry and shows nothing of it, and the list continues."""
    text, words = ENTRIES[case]
    keys.kept_for("open", text)
    said = say(capsys, "env", "dev", **os.environ)
    assert (said.status, said.out) == (FAILED, "false\n")
    assert "dev" in said.error
    assert words in said.error
    assert "hunter2" not in said.err
    assert say(capsys, "list", "--credentials", **os.environ).out == "dev\n"


# AWS.


class Aws(NamedTuple):
    """A key `dev`, profiles for each call of STS, and a device."""

    fake: FakeAWS
    key: AccessKey
    device: MfaDevice
    role: str

    def argv(self, action: str) -> list[str]:
        """The arguments that make this call, and no other call that could fail."""
        return {
            "GetSessionToken": ["env", "dev"],
            "with MFA": ["env", "mfa", "-t", self.device.code()],
            "AssumeRole": ["env", "ro"],
            "AssumeRoleWithWebIdentity": ["env", "web"],
            "GetCallerIdentity": ["whoami", "dev"],
        }[action]


@pytest.fixture
def aws(store: Path, keyring: Path, fake: FakeAWS, aws_config: Path, tmp_path: Path) -> Aws:
    alice = fake.user("alice")
    made = Aws(fake, alice.key(), alice.mfa(), fake.role("ro", trust=[alice.arn, "oidc.example.com"]).arn)
    path = store / "aws-vault" / "dev.gpg"
    path.parent.mkdir()
    text = entry.render("dev", made.key.id, made.key.secret)
    gpg(keyring, "-r", "alice@example.invalid", "-o", str(path), "-e", stdin=text)
    (tmp_path / "token").write_text(fake.web_token().token)
    aws_config.write_text(
        f"[profile dev]\n[profile mfa]\nsource_profile = dev\nmfa_serial = {made.device.serial}\n"
        f"[profile ro]\nsource_profile = dev\nrole_arn = {made.role}\n"
        f"[profile web]\nrole_arn = {made.role}\nweb_identity_token_file = {tmp_path}/token\n"
    )
    return made


MFA = "MultiFactorAuthentication failed"
ROWS = [
    ("GetSessionToken", "InvalidClientTokenId", "The security token included in the request is invalid.", 403,
     "AWS does not know access key …{tail} in partition aws", "it may be deleted, inactive"),
    ("GetSessionToken", "SignatureDoesNotMatch", "The request signature we calculated does not match", 403,
     "the secret of access key …{tail} is wrong", "pass aws add NAME --force"),
    ("GetSessionToken", "SignatureDoesNotMatch", "Signature expired: 20261122T100000Z is now earlier than", 403,
     "AWS refuses the signature of GetSessionToken: this machine's clock is", "timedatectl"),
    ("GetSessionToken", "AccessDenied", "Cannot call GetSessionToken with session credentials", 403,
     "GetSessionToken does not accept the session …{tail}", "--no-session"),
    ("GetSessionToken", "RegionDisabledException", "STS is not activated in this region", 403,
     "STS is not active in us-east-1 for this account", "--region"),
    ("GetSessionToken", "Throttling", "Rate exceeded", 400, "AWS throttles GetSessionToken", "wait a minute"),
    ("GetSessionToken", "InternalFailure", "oops", 500, "AWS has trouble with GetSessionToken", "try again"),
    ("with MFA", "AccessDenied", f"{MFA} with invalid MFA one time pass code. ", 403,
     "AWS does not accept the one-time code of {serial}", "wait for the next code"),
    ("with MFA", "AccessDenied", f"{MFA}, unable to validate MFA code.  Please verify your MFA serial number", 403,
     "{serial} is not an MFA device of the user of access key …{tail}", "aws iam list-mfa-devices"),
    ("with MFA", "AccessDenied", f"{MFA}, must provide both MFA serial number and one time pass code.", 403,
     "GetSessionToken needs an MFA serial and a one-time code, or neither", "mfa_serial"),
    ("with MFA", "InternalFailure", "oops", 500, "the answer to GetSessionToken was lost", "next code"),
    ("AssumeRole", "AccessDenied",
     "User: arn:aws:iam::1:user/a is not authorized to perform: sts:AssumeRole on resource: x", 403,
     "arn:aws:iam::1:user/a is not allowed to assume {role}", "trust policy"),
    ("AssumeRole", "ExpiredToken", "The security token included in the request is expired", 403,
     "the session …{tail} that signs AssumeRole has expired", "--fresh"),
    ("AssumeRole", "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role",
     400, "3600 s is longer than {role} allows for a session", "duration_seconds"),
    ("AssumeRole", "ValidationError",
     "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining", 400,
     "{role} is assumed from a session, so it lasts one hour", "3600 or less"),
    ("AssumeRole", "ValidationError",
     "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must satisfy",
     400, "AWS refuses the roleSessionName of AssumeRole: Member must satisfy", "change it in the profile"),
    ("AssumeRole", "PackedPolicyTooLarge", "Packed policy consumes 110% of allotted space", 400,
     "AWS refuses the session policy or the tags: Packed policy consumes 110%", "make them shorter"),
    ("AssumeRole", "MalformedPolicyDocument", "Syntax errors in policy.", 400,
     "AWS refuses the session policy or the tags: Syntax errors", "make them shorter"),
    ("AssumeRoleWithWebIdentity", "InvalidIdentityToken", "No OpenIDConnect provider found", 400,
     "AWS does not accept the web identity token for {role}: InvalidIdentityToken", "issuer, audience"),
    ("AssumeRoleWithWebIdentity", "IDPRejectedClaim", "no", 403,
     "AWS does not accept the web identity token for {role}: IDPRejectedClaim", "issuer, audience"),
    ("AssumeRoleWithWebIdentity", "ExpiredTokenException", "Token expired: current date/time", 400,
     "the web identity token has expired", "a new one"),
    ("GetCallerIdentity", "ExpiredToken", "The security token included in the request is expired", 403,
     "the session …", "--fresh"),
    ("GetCallerIdentity", "SomethingNew", "Nobody has heard of it.", 400,
     "GetCallerIdentity was refused: SomethingNew: Nobody has heard of it", "look up the code"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}-{row[1]}-{row[2][:30]}" for row in ROWS])
def test_refusals_of_aws(
    row: tuple[str, str, str, int, str, str], aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    """For each refusal of STS, the program prints its meaning and what to do."""
    action, code, text, status, error, hint = row
    call = "GetSessionToken" if action == "with MFA" else action
    aws.fake.fault(call, faults.error(code, text, status), times=9)
    argv = aws.argv(action)
    said = say(capsys, *argv, **os.environ)
    known = {"tail": aws.key.id[-4:], "serial": aws.device.serial, "role": aws.role}
    assert said.status == FAILED
    assert said.error.startswith(error.format(**known)), said.err
    assert hint in said.hint
    assert bool(hint) == bool(said.hint)
    assert said.out == ("false\n" if argv[0] == "env" else "")
    for secret in (aws.key.secret, *argv[3:]):
        assert secret not in said.err
    if action == "with MFA":
        assert len(aws.fake.calls) == 1, "no code is sent twice"


ANSWERS = {
    "no answer": faults.garbage(b""),
    "garbage": faults.garbage(),
    "a page": faults.garbage(b"<html><body>Sign in to the hotel</body></html>", kind="text/html"),
    "JSON": faults.garbage(b'{"Credentials": null}', kind="application/json"),
    "other XML": faults.garbage(b"<a><b>x</b></a>"),
    "half": faults.truncated(honest=True),
    "an error without a body": faults.garbage(b"", status=403),
    "a page instead of an error": faults.garbage(b"<html>blocked</html>", status=403, kind="text/html"),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("action", ["GetSessionToken", "with MFA", "AssumeRole"])
def test_invalid_answers(answer: str, action: str, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """No session is made from an invalid answer, and none is cached; a code is not sent twice."""
    aws.fake.fault("*", ANSWERS[answer], times=9)
    argv = aws.argv(action)
    said = say(capsys, *argv, **os.environ)
    assert (said.status, said.out) == (FAILED, "false\n")
    assert said.error
    if action == "with MFA":
        assert len(aws.fake.calls) == 1
        assert argv[3] not in said.err
    assert not list(Path(os.environ["HOME"]).rglob("*.gpg"))


def test_no_answer(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """The error says that the network failed, and names the host."""
    said = say(capsys, "env", "dev", **{**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert said.status == FAILED
    assert said.error == "127.0.0.1:1 refuses the connection"
    assert aws.fake.calls == []


def test_the_clock_is_wrong(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """The error has the difference of the clocks, which AWS's own answer shows."""
    aws.fake.clock.skew = 1200
    said = say(capsys, "env", "dev", **os.environ)
    assert "this machine's clock is 20 minutes behind AWS's" in said.error
    assert "timedatectl" in said.hint


@pytest.mark.usefixtures("aws")
def test_a_code_without_a_way_to_ask() -> None:
    """No terminal and display, or --no-input: status 4 within a second, and the command to run."""
    for words in ([], ["--no-input"]):
        said = at_once("env", "mfa", *words)
        assert (said.status, said.out) == (MUST_ASK, "false\n")
        assert said.hint == "run once in a terminal: pass aws exec mfa -- true"
