"""No secret leaks: every command, successful and failed, with --debug and without, and the files that it leaves.

The secrets of keys and sessions, session tokens, seeds, codes, passphrases and outputs of programs are searched on
stderr and stdout, in arguments and variables of every started program, in every written file, and in git.
"""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import tempfile
from hashlib import sha1, sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sso_world
from conftest import MAIN, TOP, end_gpg_home, gpg, gpg_home, new_key
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fakeaws import faults
from fakeaws.faults import Fault
from fakeaws.wire import Response
from gpg_ring import PINENTRY, Ring
from strace import Secret, Watched, contents, found, git_history, watched

from pass_aws import cli
from pass_aws.command_line.catalogue import COMMANDS
from pass_aws.errors import DONE, FAILED, MUST_ASK, NOT_FOUND, USAGE
from pass_aws.store import entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakeaws import AccessKey, FakeAWS, MfaDevice

DIRECT = (sys.executable, "-I", "-S", str(MAIN))
PASS = ("pass", "aws")
PREFIX = "IQoJb3JpZ2luX2VjE"
"""The beginning of all session tokens."""
CHILD = "canary-child"
"""A word that only the wrapped command contains; the command may have its secrets."""

OTHERS = {
    "a process's secret": "PROC/canary+secret/access+key/0123456789",
    "a process's token": "PROCcanarytoken0123456789",
    "the content of a damaged entry": "BROKENcanary0123456789",
    "the password above the seed": "PASSWORDcanary0123456789",
    "the output of mfa_process": "CODEcanary0123456789",
    "the text of an invalid answer of AWS": "NONSENSEcanary0123456789",
    "the AWS CLI's access token": "CLIACCESScanary0123456789",
    "the AWS CLI's refresh token": "CLIREFRESHcanary0123456789",
    "the AWS CLI's client secret": "CLICLIENTcanary0123456789",
    "the AWS CLI's secret key": "CLIKEYcanary0123456789",
    "the AWS CLI's session token": "CLISESSIONcanary0123456789",
    "the content of a damaged sign-in": "CLIBROKENcanary0123456789",
}
PROCESS = """{{"Version": 1, "AccessKeyId": "ASIAPROCESSEXAMPLE00", "SecretAccessKey": "{a process's secret}",
 "SessionToken": "{a process's token}", "Expiration": "{0}"}}"""
NONSENSE = """<{0}Response><{0}Result><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>{1}</SecretAccessKey>
<SessionToken>{1}</SessionToken><Expiration>{1}</Expiration></Credentials><Arn>{1}</Arn></{0}Result></{0}Response>"""
REST = ("sso", "sso-oidc", "signin")
STRANGER = "arn:aws:iam::111111111111:user/stranger"
KEY_OF_PROOFS = ec.generate_private_key(ec.SECP256R1())
DPOP_KEY = KEY_OF_PROOFS.private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
).decode()
ECHO = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>{}</Message></Error></ErrorResponse>"


BROWSER = """#!/bin/sh
exec {python} -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' "$1"
"""


def proof_key_texts() -> tuple[str, str]:
    """A DPoP key in the AWS CLI's format, and in ours."""
    ours = KEY_OF_PROOFS.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    theirs = "".join(DPOP_KEY.splitlines()[1:-1])
    return theirs, base64.b64encode(ours).decode()[60:]  # the first characters are the same for every key


class World(NamedTuple):
    """A user with keys, devices, roles, and some irregular data.

    Args:
        folder: the directory of everything.
        key: in the store, as `dev`.
        new: not in the store yet.
        single: in the store, and the only key of its user.
        device: its seed is in the store.
        typed: has no seed here; `code` is what it shows.
    """

    fake: FakeAWS
    folder: Path
    store: Path
    key: AccessKey
    new: AccessKey
    single: AccessKey
    device: MfaDevice
    typed: MfaDevice
    token: str
    code: str

    def secrets(self) -> list[Secret]:
        """All current secrets."""
        sessions = self.fake.world.sessions.values()
        codes = {self.code, *(call.parameters.get("TokenCode", self.code) for call in self.fake.calls)}
        return [
            Secret("the stored key", self.key.secret, self.key.id),
            Secret("the new key", self.new.secret),
            Secret("a rotated key", self.single.secret),
            *(Secret("a key made by a rotation", one.secret) for one in self.single.user.keys),
            *(Secret("a session's secret", one.secret, one.key_id) for one in sessions),
            *(Secret("a session's token", one.token.removeprefix(PREFIX), one.key_id) for one in sessions),
            *(Secret("a sign-in token", one, "SigninToken=") for one in self.fake.world.sign_in_tokens),
            *(Secret("a seed", one.seed) for one in self.fake.world.devices.values()),
            *(Secret("a token of a sign-in", text) for text in self.fake.center.secrets()),
            *(Secret("a token of a console sign-in", text) for text in self.fake.signin.secrets()),
            *(Secret("a one-time code", code) for code in codes),
            *(Secret("the AWS CLI's DPoP key", text) for text in proof_key_texts()),
            Secret("a web identity token", self.token.split(".")[1].removeprefix(PREFIX)),
            *(
                Secret(what, text, "ASIAPROCESSEXAMPLE00" * what.startswith("a process"))
                for what, text in OTHERS.items()
            ),
        ]

    def fault(self, what: str) -> Fault:
        """Faults of AWS: it refuses, repeats the whole request, or gives an invalid answer."""

        def again(_: Response) -> Response:
            call = self.fake.calls[-1]
            session = self.fake.world.sessions.get(call.key_id)
            key = self.fake.world.key(call.key_id)
            signer = (session.secret, session.token) if session else (key.secret,) if key else ()
            names = ("TokenCode", "WebIdentityToken", "clientSecret", "code", "refreshToken")
            told = (call.parameters.get(name, "") for name in names)
            text = " ".join((*signer, *told, call.bearer))
            if call.service in REST:
                return Response(
                    403, "application/json", json.dumps({"message": text, "error": text}).encode()
                )
            return Response(403, "text/xml", ECHO.format(text).encode())

        def nonsense(_: Response) -> Response:
            text = NONSENSE.format(self.fake.calls[-1].action, OTHERS["the text of an invalid answer of AWS"])
            return Response(200, "text/xml", text.encode())

        changes = {"echo": again, "nonsense": nonsense}
        if what in changes:
            return Fault(what, change=changes[what])  # the signer is known when the work is done
        return faults.error("AccessDenied", "no", 403)


@pytest.fixture
def world(git_store: Path, fake: FakeAWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    keyring, aws_folder = Path(os.environ["GNUPGHOME"]), tmp_path / "home" / ".aws"
    aws_folder.mkdir(mode=0o700)
    alice = fake.user("alice")
    role = fake.role("ro", trust=[alice.arn, "oidc.example.com"]).arn
    typed = alice.mfa("typed")
    made = World(fake, tmp_path, git_store, alice.key(), alice.key(), fake.user("carol").key(),
                 alice.mfa(), typed, fake.web_token().token, typed.code())  # fmt: skip
    plain = entry.render("dev", made.key.id, made.key.secret)
    entries = {
        "aws-vault/dev": plain,
        "aws-vault/spare": entry.render("spare", made.key.id, made.key.secret),
        "aws-vault/single": entry.render("single", made.single.id, made.single.secret),
        "aws-vault/moved": plain,
        "aws-vault/broken": f'{{"Key":"broken","Data":"{OTHERS["the content of a damaged entry"]}'.encode(),
        "aws-mfa/111111111111/alice":
            f"{OTHERS['the password above the seed']}\notpauth://totp/a?secret={made.device.seed}\n".encode(),
    }  # fmt: skip
    for name, text in entries.items():
        path = git_store / f"{name}.gpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        gpg(keyring, "-r", "alice@example.invalid", "-o", str(path), "-e", stdin=text)
    for words in (["add", "."], ["commit", "-q", "-m", "keys"]):
        subprocess.run(["git", "-C", str(git_store), *words], check=True)
    elsewhere = tmp_path / "elsewhere"  # we do not check the user's own files there
    elsewhere.mkdir()
    (elsewhere / "answer").write_text(PROCESS.format("2044-01-01T00:00:00Z", **OTHERS))
    (elsewhere / "nonsense").write_text(PROCESS.format("soon", **OTHERS))
    (elsewhere / "token").write_text(made.token)
    (elsewhere / "browser").write_text(BROWSER.format(python=sys.executable))
    (elsewhere / "browser").chmod(0o755)
    (elsewhere / "code").write_text(OTHERS["the output of mfa_process"])
    sections = {
        "dev": "", "spare": "", "moved": "", "broken": "",
        "mfa": f"source_profile = dev\nmfa_serial = {made.device.serial}",
        "typed": f"source_profile = dev\nmfa_serial = {typed.serial}",
        "coded": f"source_profile = dev\nmfa_serial = {alice.mfa('coded').serial}\nmfa_process = cat {elsewhere}/code",
        "ro": f"source_profile = mfa\nrole_arn = {role}\nmfa_serial = {made.device.serial}",
        "proc": f"credential_process = cat {elsewhere}/answer",
        "badproc": f"credential_process = cat {elsewhere}/nonsense",
        "web": f"role_arn = {role}\nweb_identity_token_file = {elsewhere}/token",
    }  # fmt: skip
    fake.center.account("111111111111", "team", "Admin", "Reader")
    portal = f"[sso-session team]\nsso_start_url = {fake.center.start_url}\nsso_region = us-east-1\n"
    fake.signin.person = alice
    sections["me"] = f"login_session = {alice.arn}"
    sections["stranger"] = f"login_session = {STRANGER}"
    sections["sso"] = "sso_session = team\nsso_account_id = 111111111111\nsso_role_name = Admin"
    (aws_folder / "config").write_text(
        portal + "".join(f"[profile {name}]\n{text}\n" for name, text in sections.items())
    )
    sso_world.browser(elsewhere / "person")
    of_the_aws_cli(elsewhere, aws_folder, fake, alice.arn)
    for name in ("tmp", "tmp/dest", "trace"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)  # tempfile caches TMPDIR
    monkeypatch.setenv("PASSWORD_STORE_ENABLE_EXTENSIONS", "true")
    monkeypatch.setenv("PASSWORD_STORE_EXTENSIONS_DIR", str(TOP / "extensions"))
    return made


def of_the_aws_cli(elsewhere: Path, aws_folder: Path, fake: FakeAWS, arn: str) -> None:
    """Writes the AWS CLI's plain-text sign-ins, which are ours to protect only after their import.

    They are behind a symlink, as on some machines.
    """
    cli_secret = {name.removeprefix("the AWS CLI's "): text for name, text in OTHERS.items()}
    ends = {"expiresAt": "2044-01-01T00:00:00Z"}
    portal = {
        **ends, "startUrl": fake.center.start_url, "region": "us-east-1", "accessToken": cli_secret["access token"],
        "refreshToken": cli_secret["refresh token"], "registrationExpiresAt": "2044-01-01T00:00:00Z",
        "clientId": "an-id", "clientSecret": cli_secret["client secret"],
    }  # fmt: skip
    console = {
        "accessToken": {**ends, "accessKeyId": "ASIACLIEXAMPLE000000", "secretAccessKey": cli_secret["secret key"],
                        "sessionToken": cli_secret["session token"], "accountId": "111111111111"},
        "refreshToken": cli_secret["refresh token"], "clientId": "an-id", "dpopKey": DPOP_KEY,
    }  # fmt: skip
    broken = OTHERS["the content of a damaged sign-in"]
    files = {
        "sso/cache": {sha1(b"team", usedforsecurity=False).hexdigest(): json.dumps(portal),
                      sha1(fake.center.start_url.encode(), usedforsecurity=False).hexdigest(): broken},
        "login/cache": {sha256(arn.encode()).hexdigest(): json.dumps(console),
                        sha256(STRANGER.encode()).hexdigest(): broken},
    }  # fmt: skip
    for place, texts in files.items():
        folder = elsewhere / place
        folder.mkdir(parents=True)
        for name, text in texts.items():
            (folder / f"{name}.json").write_text(text)
        (aws_folder / folder.parent.name).symlink_to(folder.parent)


class Run(NamedTuple):
    """A way to run a command.

    Args:
        words: after its name; `{code}` is the device's code, `{wrong}` a wrong one, `{secret}` the new key's.
        status: its exit status.
        before: the fault of AWS, and the call.
        hands_out: whether it prints credentials, or passes them to a command.
        start: the words before it.
        env: additional variables; `{id}` and `{secret}` are the new key's. With `stdin` it reads them.
    """

    words: str
    status: int = DONE
    before: str = ""
    hands_out: bool = False
    start: tuple[str, ...] = DIRECT
    env: Mapping[str, str] = MappingProxyType({})
    stdin: str = ""

    @property
    def replaces(self) -> bool:
        """Whether it becomes another program, so that it needs its own process."""
        return CHILD in self.words or self.start is not DIRECT


KEY = {"AWS_ACCESS_KEY_ID": "{id}", "AWS_SECRET_ACCESS_KEY": "{secret}"}
TYPED = "{id}\n{secret}\n"
PERSON = {"BROWSER": "{person}"}
AD_HOC = "--sso-session team --account 111111111111 --role Admin"
RUNS = {
    "exec": (
        Run(f"ro -- true {CHILD}", hands_out=True),
        Run(f"ro -- true {CHILD}", hands_out=True),
        Run(f"ro -- true {CHILD}", hands_out=True, start=PASS),
        Run(f"dev -- true {CHILD}", hands_out=True, start=PASS),
        Run(f"dev -n -- true {CHILD}", hands_out=True),
        Run("dev --json", hands_out=True),
        Run("spare -- no-such-command", NOT_FOUND),
        Run(f"--server ro -- true {CHILD}"),
        Run(f"--server=imds dev -- true {CHILD}"),
        Run(f"--server --lazy broken -- true {CHILD}"),
        Run("--server broken -- true", FAILED),
        Run(f"sso -- true {CHILD}", hands_out=True, env=PERSON),
        Run(f"{AD_HOC} -- true {CHILD}", hands_out=True),
        Run(f"me -- true {CHILD}", hands_out=True, env=PERSON),
        Run(f"broken -- true {CHILD}", FAILED),
    ),
    "serve": (
        Run("ro", start=("timeout", "--preserve-status", "5", *DIRECT)),
        Run("dev -n", FAILED),
        Run("dev --port x", USAGE),
        Run("broken", FAILED),
        Run("dev --fresh", FAILED, "echo *"),
    ),
    "each": (
        Run(f"r* dev -- true {CHILD}", hands_out=True),
        Run(f"dev spare --json -j 2 -- true {CHILD}", hands_out=True),
        Run(f"broken dev -- true {CHILD}", FAILED, hands_out=True),
        Run("dev --fresh -- true", FAILED, "echo *"),
        Run("dev", USAGE),
    ),
    "env": (
        Run("mfa", hands_out=True),
        Run("mfa", hands_out=True),
        Run("ro", FAILED, "echo AssumeRole"),
        Run("ro", FAILED, "nonsense AssumeRole"),
        Run("typed -t {code}", hands_out=True),
        Run("proc", hands_out=True),
        Run("web --format json", hands_out=True),
        Run("dev --unset"),
        Run("dev --fresh", FAILED, "refused *"),
        Run("dev --fresh", FAILED, "echo *"),
        Run("dev --fresh", FAILED, "nonsense *"),
        Run("web --fresh", FAILED, "echo *"),
        Run("typed -t {wrong} --fresh", FAILED, "echo *"),
        Run("typed -t {code}x --fresh", USAGE),
        Run("typed --fresh --no-input", MUST_ASK),
        Run("coded --fresh", FAILED),
        Run("badproc", FAILED),
        Run("broken", FAILED),
        Run("moved", FAILED),
        Run("dev", FAILED, env={"GNUPGHOME": "/proc/nonexistent"}),
    ),
    "export": (
        Run("dev", hands_out=True),
        Run("dev --format export-env", hands_out=True),
        Run("dev --fresh", FAILED, "echo *"),
        Run("moved", FAILED),
    ),
    "credential-process": (
        Run("ro", hands_out=True),
        Run("ro", hands_out=True),
        Run("dev --fresh", FAILED, "nonsense *"),
        Run("broken", FAILED),
    ),
    "whoami": (
        Run("dev"),
        Run("web --json"),
        Run("dev", FAILED, "echo GetCallerIdentity"),
        Run("dev", FAILED, "nonsense GetCallerIdentity"),
        Run("broken", FAILED),
    ),
    "configure": (
        Run("dev spare"),
        Run("dev --check"),
        Run("--all --dry-run", env=KEY),
        Run("ro --as ro-sdk"),
        Run("ro", FAILED),
        Run("--all --remove"),
        Run("broken nothing --check", FAILED),
        Run("", USAGE),
    ),
    "login": (
        Run("ro --stdout", hands_out=True),
        Run("dev --service s3", env={"BROWSER": "{browser}"}),
        Run("web --logout-first", env={"BROWSER": "{browser}"}),
        Run("dev --read-only", FAILED, env={"BROWSER": "false"}),
        Run("--stdout", hands_out=True, env=KEY),
        Run("ro", MUST_ASK),
        Run("proc --stdout", FAILED),
        Run("dev --stdout", FAILED, "echo getSigninToken"),
        Run("dev --stdout", FAILED, "nonsense getSigninToken"),
        Run("dev --stdout --fresh", FAILED, "refused GetFederationToken"),
        Run("broken --stdout", FAILED),
    ),
    "sso": (
        Run("login sso --no-input", MUST_ASK),
        Run("login sso", FAILED, "echo CreateToken", start=PASS, env=PERSON),
        Run("login sso", start=PASS, env=PERSON),
        Run("list"),
        Run("list --json"),
        Run("list", FAILED, "echo ListAccounts"),
        Run("list", FAILED, "nonsense ListAccounts"),
        Run("sync", MUST_ASK),
        Run("sync --yes"),
        Run("sync --prune --yes"),
        Run("sync --yes", FAILED, "echo ListAccountRoles"),
        Run("sync --yes", FAILED, "nonsense ListAccountRoles"),
        Run("logout --all"),
        Run("login sso --import"),
        Run("login sso --import --scrub"),
        Run("login sso --import --scrub", FAILED),
        Run("nothing", USAGE),
    ),
    "signin": (
        Run("me", FAILED, "echo CreateOAuth2Token", start=PASS, env=PERSON),
        Run("me", FAILED, "nonsense CreateOAuth2Token", start=PASS, env=PERSON),
        Run("me", start=PASS, env=PERSON),
        Run("me --no-input", MUST_ASK),
        Run("me --import"),
        Run("me --import --scrub"),
        Run("me --import", FAILED),
        Run("stranger --import --scrub", FAILED),
        Run("dev", FAILED),
    ),
    "signout": (Run("me"), Run("--all"), Run("dev", FAILED)),
    "add": (
        Run("new --stdin", stdin=TYPED),
        Run("new --stdin --force --no-config", stdin=TYPED),
        Run("other --env", env=KEY),
        Run("third --stdin", FAILED, "echo *", stdin=TYPED),
        Run("third --stdin", FAILED, "nonsense *", stdin=TYPED),
        Run("new --stdin --no-verify", MUST_ASK, stdin=TYPED),
        Run("third --stdin", MUST_ASK, stdin="{secret}\n{id}\n"),
        Run("third --stdin", FAILED, stdin="{secret} {id}"),
        Run("third --stdin", FAILED, stdin='{{"AccessKeyId": "{secret}"'),
        Run("third {secret}", USAGE),
        Run("third --secret={secret} --stdin", USAGE),
        Run("third --stdin", FAILED, stdin=TYPED, env={"PASSWORD_STORE_KEY": "A" * 40}),
    ),
    "import": (
        Run("imported --env --yes", env=KEY),
        Run(
            "imported --json - --yes --force",
            stdin='{{"AccessKeyId": "{id}", "SecretAccessKey": "{secret}"}}',
        ),
        Run("--entry aws-mfa/111111111111/alice --yes", FAILED),
        Run("again --env --yes", FAILED, "echo *", env=KEY),
        Run("again --env", MUST_ASK, env=KEY),
        Run("again --json - --yes", FAILED, stdin='{{"{secret}"'),
        Run("--csv {tmp}/nothing", FAILED),
        Run("", FAILED),
    ),
    "remove": (
        Run("spare --no-input", MUST_ASK),
        Run("spare --sessions-only"),
        Run("single --at-aws -f", FAILED, "echo DeleteAccessKey"),
        Run("broken -f"),
        Run("nothing -f", FAILED),
    ),
    "move": (
        Run("spare moved", FAILED),
        Run("spare elsewhere"),
        Run("--repair moved --no-input", MUST_ASK),
        Run("--repair moved -f"),
        Run("broken anywhere", FAILED),
    ),
    "rotate": (
        Run("dev", FAILED),
        Run("proc", FAILED),
        Run("dev --delete-other", FAILED, "echo *"),
        Run("single", FAILED, "nonsense CreateAccessKey"),
        Run("single --delete-other"),
        Run("single", FAILED, "echo CreateAccessKey"),
        Run("broken", FAILED),
    ),
    "mfa": (
        Run("code mfa", hands_out=True),
        Run("code typed", FAILED),
        Run("enroll single --name phone --no-try", FAILED, "nonsense CreateVirtualMFADevice"),
        Run("enroll single --name phone --no-try", FAILED, "echo EnableMFADevice"),
        Run("enroll single --name phone --no-try --write-config"),
        Run("enroll broken", FAILED),
        Run("list --json"),
        Run("remove single", MUST_ASK),
        Run("remove single -f"),
    ),
    "show": (
        Run("dev", env=KEY),
        Run("dev --json"),
        Run("dev --reveal", hands_out=True),
        Run("dev --clip", FAILED),
        Run("broken", FAILED),
    ),
    "audit": (
        Run("--offline", FAILED),
        Run("--json", FAILED),
        Run("single"),
        Run("single --json", DONE, "nonsense *"),
    ),
    "clear": (Run("dev"), Run(""), Run("nothing", FAILED), Run("--aws-vault")),
    "list": (Run(""), Run("--json"), Run("--credentials", env=KEY), Run("--nonsense", USAGE)),
    "explain": (Run("ro"), Run("ro --json"), Run("proc"), Run("dev", env=KEY), Run("nothing", FAILED)),
    "doctor": (
        Run("dev single", env={"AWS_VAULT_BACKEND": "file", **KEY}),
        Run("--json", FAILED),
        Run("single --online --json", DONE, "echo *"),
        Run("single --online", FAILED, "nonsense *"),
    ),
    "init": (Run("bash", env=KEY), Run("nothing", USAGE)),
    "install": (Run("--prefix /usr --destdir {tmp}/dest", env=KEY), Run("", USAGE)),
    "uninstall": (Run("--prefix /usr --destdir {tmp}/dest", env=KEY), Run("", USAGE)),
    "help": (Run("", env=KEY), Run("exec"), Run("nothing", USAGE)),
    "version": (Run("", env=KEY), Run("x", USAGE)),
}


def test_every_command_is_covered() -> None:
    """A new command must be run here, successfully and with a failure."""
    assert set(RUNS) == {verb.name for verb in COMMANDS}
    assert [verb for verb, runs in RUNS.items() if {DONE} >= {run.status for run in runs}] == []


@pytest.mark.parametrize("verb", RUNS)
def test_no_secret_leaks(verb: str, world: World) -> None:
    """With --debug, each secret stays where it belongs, whatever the request and its failure."""
    for run in RUNS[verb]:
        check(run, outside(run, [verb, "--debug"], world), world)
    assert leaks_at_rest(world) == []


@pytest.mark.parametrize("verb", RUNS)
def test_no_secret_leaks_without_debug(verb: str, world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """Without --debug the program runs in this process, which is quicker, unless the command replaces it."""
    for run in RUNS[verb]:
        check(run, outside(run, [verb], world) if run.replaces else inside(run, [verb], world, capfd), world)
    assert leaks_at_rest(world) == []


def words_of(run: Run, world: World) -> tuple[list[str], dict[str, str], bytes]:
    """A run's arguments, environment and stdin, after the fault of AWS is set."""
    elsewhere = world.folder / "elsewhere"
    known = {"browser": str(elsewhere / "browser"), "person": str(elsewhere / "person/browser"), "code": world.code, "wrong": world.typed.wrong_code(), "tmp": str(world.folder / "tmp"),
             "id": world.new.id, "secret": world.new.secret}  # fmt: skip
    world.fake.clear_faults()
    if run.before:
        what, _, action = run.before.partition(" ")
        world.fake.fault(action, world.fault(what), times=9)
    env = {**os.environ, **{name: value.format(**known) for name, value in run.env.items()}}
    return [word.format(**known) for word in run.words.split()], env, run.stdin.format(**known).encode()


def outside(run: Run, verb: list[str], world: World) -> Watched:
    """Runs the program in strace."""
    words, env, stdin = words_of(run, world)
    return watched([*run.start, *verb, *words], env, world.folder / "trace", stdin)


def inside(run: Run, verb: list[str], world: World, capfd: pytest.CaptureFixture[str]) -> Watched:
    """Runs it here without prompts, even if the tests have a terminal."""
    words, env, stdin = words_of(run, world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        status = cli.main([*verb, *words], {**env, "PASS_AWS_NO_INPUT": "1"})
    return Watched(status, *capfd.readouterr(), [], [])


def check(run: Run, done: Watched, world: World) -> None:
    """Searches every secret in the places where it does not belong."""
    secrets = world.secrets()

    def leaks(text: str, *, handed: bool = False) -> list[str]:
        return found([one for one in secrets if not (handed and one.key_id and one.key_id in text)], text)

    assert done.status == run.status, (run.words, done.err)
    assert leaks(done.err) == [], (run.words, "stderr")
    assert "Traceback" not in done.err
    assert leaks(done.out, handed=run.hands_out) == [], (run.words, "stdout")
    assert [path for path, text in done.files if leaks(text)] == [], (run.words, "files")
    given = [
        one
        for one in secrets
        if one.text in "".join(run.env.values()).format(secret=world.new.secret, id="", browser="", person="")
    ]
    for started in done.started:
        child = run.hands_out and f'"{CHILD}"' in started.argv and str(MAIN) not in started.argv
        if str(MAIN) not in started.argv and '"pass"' not in started.argv:
            assert leaks(started.argv) == [], (run.words, started.argv)
        left = set(leaks(started.env, handed=child)) - {one.what for one in given}
        assert left == set(), (run.words, started.argv, "environment")


def leaks_at_rest(world: World) -> list[str]:
    """Searches all files that are left in the user's directories."""
    secrets = world.secrets()
    places = [world.folder / name for name in ("home", "store", "tmp")]
    left = [f"{what} in {path}" for path, text in contents(*places) for what in found(secrets, text)]
    return left + found(secrets, git_history(world.store))


def test_a_passphrase_never_reaches_us(world: World, tmp_path: Path) -> None:
    """Text that is typed into a pinentry is in none of our processes."""
    ring = Ring(gpg_home(), tmp_path)
    secret = Secret("the passphrase", "PASSPHRASEcanary0123456789")
    try:
        (ring.home / "gpg-agent.conf").write_text(
            "s2k-count 65536\n"
        )  # otherwise key derivation takes a second
        new_key(ring.home, "alice", passphrase=secret.text)
        elsewhere = tmp_path / "elsewhere" / "pinentry"
        elsewhere.write_text(
            PINENTRY.replace("sesame", secret.text).format(mode=tmp_path / "elsewhere" / "mode")
        )
        elsewhere.chmod(0o755)
        ring.mode = tmp_path / "elsewhere" / "mode"
        ring.answers("right", program=str(elsewhere))
        subprocess.run(
            ["gpg-connect-agent", "/bye"], env=ring.env, check=True, capture_output=True
        )  # by gpg, not by our program
        gpg(ring.home, "--yes", "-r", "alice@example.invalid", "-o", str(world.store / "aws-vault" / "dev.gpg"), "-e",
            stdin=entry.render("dev", world.key.id, world.key.secret))  # fmt: skip
        for words, status in (("dev", DONE), ("spare", FAILED)):
            run = Run(words, status, hands_out=not status, env={"GNUPGHOME": str(ring.home)})
            done = outside(run, ["env", "--debug"], world)
            check(run, done, world)
            started = [text for one in done.started for text in one]
            traces = (done.out, done.err, *started, *(text for _, text in done.files))
            assert found([secret], "\n".join(traces)) == []
    finally:
        end_gpg_home(ring.home)
