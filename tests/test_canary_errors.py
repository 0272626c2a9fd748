"""No secret leaks through an error: every place that makes one is run, or contains only names and numbers.

The places are read from the source. Each row below is run with --debug and without, in a world full of secrets.
"""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import test_canary
from conftest import gpg
from raise_sites import Reached, Site, sites
from strace import found
from test_canary import RUNS, Run, leaks_at_rest

from pass_aws import cli
from pass_aws.errors import BUG, DONE, FAILED, INTERRUPTED, UserError
from pass_aws.keys import journal
from pass_aws.model import Credentials
from pass_aws.store import entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from test_canary import World

    Say = Callable[[list[str], Mapping[str, str], bytes], tuple[int, str]]

world = test_canary.world

ROLE = "role_arn = arn:aws:iam::111111111111:role/ro\n"
KEY = {"AWS_ACCESS_KEY_ID": "{id}", "AWS_SECRET_ACCESS_KEY": "{secret}"}
TYPED = "{id}\n{secret}\n"
NOBODY = "arn:aws:iam::111111111111:user/nobody"


class Row(NamedTuple):
    """A command that fails.

    Args:
        words: the command line; `{odd}` is the directory of `disorder`.
        config: lines after those of the world's config file.
        env: additional variables.
        stdin: what it reads.
        fault: the fault of AWS, and the call.
    """

    words: str
    config: str = ""
    env: Mapping[str, str] = MappingProxyType({})
    stdin: str = ""
    fault: str = ""


WORDS = """
name label self.label self.label(name) names both new path self._name self._path self._tickets
kept[0] option wrong[0] args.action args.profile form what program driver step.program
situation.name run.name wish.name choice.name self._doing command again instead portal.again fix
anew way refused.hint refused.refusal verb loop where port address serial sources.serial
identity.arn arn place.arn who.arn self.user primary situation.card orphan.key_id limit timeout
done.code -done.code -failure.code self._seconds error.strerror secret self._serial
"""
HARMLESS = frozenset(WORDS.split()) | {
    "type(error).__name__",
    "PATIENCE // 60",
    "_unlock(situation)",
    "_show(situation)",
    "renewal(parts)",
    "renewal(listed)",
    "_again(wish, '--force')",
    "run.command('--resume' if journal.state == RETIRE else '--finish')",
    "_account(serial, context.env)",
    "_resolving(program, place, found, add)",
    "' '.join(map(quote, argv[:3]))",
    "' and '.join(left)",
    "', '.join(foreign)",
    "waiting.who(*holder[:2])",
}  # fmt: skip
"""Values that may be in an error without a row: names of profiles, entries, files, options, programs, devices, users
and keys, commands made of them, numbers, and the system's words. `secret` is the word passphrase or PIN."""

CALLS = ("command", "quote", "shown", "printable", "tail", "len")
"""Functions for names and paths; `tail` shows the end of a key id."""


def harmless(site: Site) -> bool:
    """Whether all values in the texts of this place are known not to be secrets."""
    return all(value in HARMLESS or value.partition("(")[0] in CALLS for value in site.values)


LEFT = {
    "aws/botocore_client.py send": "botocore's words, secrets taken out: aws/test_refusals.py",
    "aws/federation.py _posted": "botocore's words, secrets taken out: aws/test_refusals.py",
    "aws/federation.py sign_in_token": "constant texts and AWS's status; the console's answer is in none",
    "aws/sts_door.py _read": "aws/test_hostile.py looks for a secret in every error about an answer",
    "aws/sts_door.py send": "aws/test_hostile.py looks for a secret in every error about an answer",
    "cache/freshness.py drop": "a directory and the system's words",
    "cache/locks.py _share": "the error of another process, made at one of these places",
    "cache/tickets.py _reported": "a directory and the system's words",
    "command_line/splitting.py _refuse_value": "names of options and commands",
    "commands/install.py prove": "directories",
    "config/process_line.py written": "a path or a profile's name",
    "console/open_browser.py open_url": "the browser's name and a number",
    "credentials/sources/credential_source.py container": "what stands before the server's answer: credentials/test_credential_source.py",
    "gpg/keys.py own": "the value of PASS_AWS_CACHE_KEY and a number",
    "sso/import_sign_in.py of_portal": "a constant text of sso/aws_cli_formats.py; of_aws_login is run",
    "gpg/diagnosis.py _absent": "ids of keys",
    "gpg/encrypt.py refusal": "gpg's complaint, which never repeats its stdin",
    "installation/install.py _writing": "the system's words",
    "keys/add.py _agree": "the error about an entry, made at one of these places",
    "keys/add.py _key": "lengths, see access_key.oddities",
    "keys/described.py missing": "the error about the store, made at one of these places",
    "keys/move.py _taken": "the error about an entry, made at one of these places",
    "keys/scrub.py without": "the system's words, or a constant text of import_formats",
    "mfa/drivers.py _usable": "what a driver lacks",
    "mfa/drivers.py _automatic": "what each driver lacks",
    "mfa/pinentry.py ask": "pinentry's complaint; what is typed comes in another line",
    "server/exec_server.py check": "names of settings",
    "store/repository.py _failure": "git's status and paths",
    "store/writing.py _check_back": "the error about an entry, made at one of these places",
    "system/companion.py begin": "the system's words",
    "system/terminal.py _answer": "why there is no terminal",
    "system/terminal.py show": "why there is no terminal",
}


def store(name: str) -> dict[str, str]:
    return {"PASSWORD_STORE_DIR": f"{{odd}}/{name}"}


ROWS = (
    # Arguments and options.
    Row("exce dev"), Row("proxy dev"), Row("env"), Row("env dev --nonsense"), Row("env dev --parallel-safe=x --x"),
    Row("exec dev --ecs-server-x -- true"), Row("env dev --backend=keychain"), Row("env dev --profile x"),
    Row("env ro --region= --role-arn="), Row("env ro -d soon"), Row("env ro -t 12"), Row("env ro --prompt wincredui"),
    Row("env ro --prompt osascript"), Row("env ro --prompt none-such"), Row("env dev --policy-arn="),
    Row("env ro --policy-file {odd}/none"), Row("env ro --policy-file {odd}/empty"), Row("env ro --policy-file {odd}"),
    Row("env ro --policy-file {odd}/secret"), Row("env dev --read-only"), Row("env ro --format xml"),
    Row("exec dev --lazy -- true"), Row("exec dev --server --json"), Row("exec --sso-session team -- true"),
    Row("exec dev --sso-session team --account 111111111111 --role r"), Row("exec dev -- {odd}/empty"),
    Row("exec dev -- {odd}"), Row("exec dev -- no-such-program"), Row("exec dev -- {odd}/noexec"),
    Row("each zzz -- true"), Row("each dev"), Row("each dev --jobs 0 -- true"), Row("audit nothing"),
    Row("audit --older-than x"), Row("rotate dev --older-than x"),
    Row("login dev --stdout -d 60"), Row("login dev --stdout", env={"AWS_FEDERATION_TOKEN_TTL": "x"}),
    Row("login dev --stdout", env={"AWS_FEDERATION_TOKEN_TTL": "60"}),
    Row("login dev --stdout --path https://evil.example.com/"), Row("login dev --stdout --service 'a b'"),
    Row("login dev --stdout --service ../x"), Row("login dev --stdout --region cn-north-1"),
    Row("login dev --stdout --region us-iso-east-1"),     Row("mfa code dev"), Row("mfa code dev --name x"),
    Row("mfa code"), Row("mfa list dev"), Row("mfa code typed"), Row("mfa remove mfa --no-input"),
    Row("mfa enroll dev --name .bad"), Row("mfa enroll web --name x"), Row("mfa nothing"),
    Row("mfa code mfa --serial arn:aws:iam::111111111111:mfa/none"),
    Row("sso list --browser x"), Row("sso login --scrub"), Row("sso login --import --qr"), Row("sso login team dev x"),
    Row("sso login --browser x --device-code"), Row("sso login sso --sso-session team"), Row("sso login dev"),
    Row("sso login --sso-session none"), Row("sso login --sso-session odd", "[sso_session odd]\n"),
    Row("sso sync --name {{x}} --yes"),
    Row("sso login", config="[sso-session b]\nsso_start_url = https://b.awsapps.com/start\nsso_region = us-east-1\n"),
    Row("sso login sso --device-code --no-input"), Row("signin me --import --remote"), Row("signin me --scrub"),
    Row("signin dev"), Row("signin fresh --import", "[profile fresh]\n"), Row("signout dev"), Row("signout nothing"),
    Row("signin me --no-input", env={"BROWSER": ""}), Row("help nothing"), Row("init nothing"), Row("install"),
    Row("install --user --prefix /x"), Row("list --nonsense"), Row("show dev --clip"), Row("show nothing"),
    Row("serve dev --port x"), Row("serve ro --port {port}"),
    Row("clear nothing"), Row("configure nothing"), Row("configure dev", env={"PATH": "{odd}"}),
    Row("configure 'a b'"), Row("configure --all dev"), Row("move dev dev"), Row("move nothing x"), Row("move dev ../x"),
    Row("move spare moved"), Row("move spare broken"), Row("move --repair nothing"), Row("move --repair moved"),
    Row("move moved x"), Row("remove nothing -f"), Row("remove ../x -f"), Row("remove dev --no-input"),
    Row("whoami nothing"), Row("explain nothing"), Row("export dev --format nonsense"),
    Row("login dev --stdout", fault="echo getSigninToken"), Row("login dev --stdout", fault="nonsense getSigninToken"),
    Row("rotate broken garbage"), Row("env badproc"), Row("rotate dev"), Row("signin stranger --import"),
    Row("sso login --sso-session b --import",
        "[sso-session b]\nsso_start_url = https://b.awsapps.com/start\nsso_region = us-east-1\n"),
    # The config file.
    Row("env ro", env={"AWS_CONFIG_FILE": "{odd}"}), Row("env ro", env={"AWS_CONFIG_FILE": "{odd}/latin"}),
    Row("add z --stdin", stdin=TYPED, env={"AWS_CONFIG_FILE": "{odd}/latin"}),
    Row("add dev/x --stdin", stdin=TYPED, env={"AWS_CONFIG_FILE": "{odd}/empty/config"}),
    Row("configure dev", env={"AWS_CONFIG_FILE": "{odd}/latin"}),
    Row("env twice", "[profile twice]\nregion = a\nregion = b\n[profile twice]\n"),
    Row("env loop", "[profile loop]\nsource_profile = pool\n" + ROLE + "[profile pool]\nsource_profile = loop\n" + ROLE),
    Row("env two", "[profile two]\nsource_profile = dev\ncredential_source = Environment\n" + ROLE),
    Row("env lost", "[profile lost]\nsource_profile = gone\n" + ROLE), Row("env bare", "[profile bare]\n"),
    Row("env odd", "[profile odd]\nregion = a/b\nrole_arn = x\n"),
    Row("env half", "[profile half]\naws_access_key_id = {id}\n"),
    Row("env half", "[profile half]\naws_secret_access_key = {secret}\n"),
    Row("env far", "[profile far]\nsource_profile = dev\nrole_arn = arn:aws-cn:iam::111111111111:role/r\n"),
    Row("env plain", "[profile plain]\nsource_profile = dev\nendpoint_url = http://example.com/\n" + ROLE,
        env={"AWS_ENDPOINT_URL": ""}),
    Row("env chained", "[profile chained]\nsource_profile = ro\nmfa_serial = GAHT12345678\n" + ROLE),
    Row("env us", "[profile us]\ncredential_process = pass-aws credential-process dev --region us-east-1\n"),
    Row("env us", "[profile us]\ncredential_process = pass-aws credential-process us\n"),
    Row("env p", "[profile p]\ncredential_process = 'open\n"), Row("env p", "[profile p]\ncredential_process = ''\n"),
    Row("env p", "[profile p]\ncredential_process = no-such-program {secret}\n"),
    Row("env p", "[profile p]\ncredential_process = A={secret} aws\n"),
    Row("env p", "[profile p]\ncredential_process = false {secret}\n"),
    Row("env p", "[profile p]\ncredential_process = sh -c 'kill -9 $$'\n"),
    Row("env p", "[profile p]\ncredential_process = sh -c 'echo {secret}; exit 3'\n"),
    Row("env p", "[profile p]\ncredential_process = {odd}/noexec\n"),
    Row("env p", "[profile p]\ncredential_process = {odd}/empty\n"),
    Row("env p", "[profile p]\ncredential_process = env\n", env={"_PASS_AWS_DEPTH": "99"}),
    Row("env ro --format dotenv", env={"AWS_CA_BUNDLE": "a\nb"}),
    Row("exec ro -- true", env={"PASS_AWS_UMASK": "x"}), Row("env ro", env={"AWS_MIN_TTL": "x"}),
    Row("env ro", env={"PASS_AWS_DURATION": "x"}), Row("env ro", env={"HOME": ""}), Row("env ro", env={"HOME": "rel"}),
    Row("env narrow --policy-arn arn:aws:iam::aws:policy/x", "[profile narrow]\nsource_profile = dev\n"),
    # Other sources.
    Row("env e", "[profile e]\ncredential_source = Environment\n" + ROLE),
    Row("env e", "[profile e]\ncredential_source = Environment\n" + ROLE, env={**KEY, "AWS_SESSION_TOKEN": "a\x1b{secret}"}),
    Row("env e", "[profile e]\ncredential_source = Environment\n" + ROLE,
        env={**KEY, "AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z"}),
    Row("env c", "[profile c]\ncredential_source = EcsContainer\n" + ROLE),
    Row("env c", "[profile c]\ncredential_source = EcsContainer\n" + ROLE,
        env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/"}),
    Row("env c", "[profile c]\ncredential_source = EcsContainer\n" + ROLE,
        env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "{secret}\n"}),
    Row("env c", "[profile c]\ncredential_source = EcsContainer\n" + ROLE,
        env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{odd}/none"}),
    Row("env i", "[profile i]\ncredential_source = Ec2InstanceMetadata\n" + ROLE, env={"AWS_EC2_METADATA_DISABLED": "true"}),
    Row("env i", "[profile i]\ncredential_source = Ec2InstanceMetadata\n" + ROLE,
        env={"AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}"}),
    Row("env w", "[profile w]\nweb_identity_token_file = {odd}/none\n" + ROLE),
    Row("env w", "[profile w]\nweb_identity_token_file = {odd}\n" + ROLE),
    Row("env w", "[profile w]\nweb_identity_token_file = {odd}/sentence\n" + ROLE),
    Row("env w", "[profile w]\nweb_identity_token_process = cat {odd}/sentence\n" + ROLE),
    # AWS.
    Row("env dev --fresh", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}),
    Row("env dev --fresh", env={"AWS_ENDPOINT_URL": "http://"}),
    Row("whoami dev", fault="nonsense *"), Row("rotate dev", fault="nonsense *"), Row("rotate dev", fault="echo *"),
    Row("login dev --stdout", env={"AWS_ENDPOINT_URL_SIGNIN": "http://127.0.0.1:1"}),
    Row("env dev -d 1s --fresh"), Row("sso list", fault="nonsense *"), Row("sso list", env={"AWS_ENDPOINT_URL_SSO": "http://127.0.0.1:1"}),
    # Codes.
    Row("env typed --fresh -t 000000"), Row("env typed --fresh --prompt terminal"), Row("env typed --fresh --prompt zenity"),
    Row("env typed --fresh --prompt pass"), Row("env typed --fresh --prompt ykman"), Row("env coded --fresh"),
    Row("env seedy --fresh", "[profile seedy]\nsource_profile = dev\nmfa_serial = GAHT12345678\nmfa_entry = aws-vault/dev\n"),
    Row("env seedy --fresh", "[profile seedy]\nsource_profile = dev\nmfa_serial = GAHT12345678\nmfa_entry = none\n"),
    Row("env seedy --fresh", "[profile seedy]\nsource_profile = dev\nmfa_serial = GAHT12345678\nmfa_entry = eight\n"),
    Row("env mp --fresh", "[profile mp]\nsource_profile = dev\nmfa_serial = GAHT12345678\nmfa_process = echo {secret}; exit 4\n"),
    Row("env mp --fresh", "[profile mp]\nsource_profile = dev\nmfa_serial = GAHT12345678\nmfa_process = echo {secret}\n"),
    # The store.
    Row("env dev", env=store("nothing")), Row("each zzz -- true", env=store("nothing")),
    Row("add x --stdin", stdin=TYPED, env=store("nothing")),
    Row("add x --stdin", stdin=TYPED, env=store("empty")), Row("add x --stdin", stdin=TYPED, env=store("nameless")),
    Row("add x --stdin", stdin=TYPED, env=store("stranger")),
    Row("add x --stdin", stdin=TYPED, env={**store("unsigned"), "PASSWORD_STORE_SIGNING_KEY": "A" * 40}),
    Row("add x --stdin", stdin=TYPED, env={**store("signed"), "PASSWORD_STORE_SIGNING_KEY": "A" * 40}),
    Row("add x --stdin", stdin=TYPED, env=store("idfolder")), Row("env dev", env=store("file")),
    Row("add x --stdin", stdin=TYPED, env=store("file")),
    Row("env dev", env={"PASS_AWS_PREFIX": "../x"}), Row("env dev", env={"PASS_AWS_PREFIX": ""}),
    Row("add a/../b --stdin", stdin=TYPED), Row("add .x --stdin", stdin=TYPED), Row("add 'x ' --stdin", stdin=TYPED),
    Row("add out --stdin --force", stdin=TYPED), Row("add hidden --stdin --force", stdin=TYPED),
    Row("env empty"), Row("env foreign"), Row("env plaintext"), Row("env cut"), Row("env garbage"), Row("env other"),
    Row("env damaged"), Row("env huge"), Row("show journalled"), Row("rotate journalled"),
    Row("rotate elsewhere"), Row("rotate replaced"), Row("rotate inactive"), Row("rotate retiring --abort"),
    Row("rotate pending --finish"), Row("rotate strange"), Row("add foreign --stdin", stdin=TYPED),
    Row("add foreign --stdin", stdin=TYPED, env={"PASS_AWS_PREFIX": "aws-vault/.."}),
    Row("add password --stdin", stdin=TYPED, env={"PASS_AWS_PREFIX": ""}),
    Row("move --force dev password", env={"PASS_AWS_PREFIX": ""}),
    Row("env dev", env={"GNUPGHOME": "{odd}/empty"}), Row("env dev", env={"PATH": "{odd}"}),
    Row("add x --stdin", stdin=TYPED, env={"PATH": "{odd}"}), Row("add x --stdin", stdin=TYPED, env={"PATH": "{odd}/bad"}),
    Row("env dev", env={"PATH": "{odd}/bad"}), Row("env dev", env={"PASSWORD_STORE_GPG_OPTS": "--nonsense"}),
    Row("add x --stdin", stdin=TYPED, env={"PASSWORD_STORE_GPG_OPTS": "--nonsense"}),
    # Keys.
    Row("add ro --stdin", stdin=TYPED), Row("add dev --stdin --no-input", stdin=TYPED), Row("add x --env"),
    Row("add x --env", env={**KEY, "AWS_SESSION_TOKEN": "{secret}"}), Row("add x --stdin", stdin="{secret}"),
    Row("add x --stdin", stdin="{id} {secret} {secret}"), Row("add x --stdin", stdin="{id}\n{secret} b\n"),
    Row("add x --stdin", stdin="{id}\n{id}\n"), Row("add x --stdin", stdin="\n\n"), Row("add x --stdin", stdin='{{"a": "{secret}"}}'),
    Row("add x --stdin", stdin="ASIA1234567890123456\n{secret}\n"), Row("add x"), Row("add root --stdin", stdin="{root}"),
    Row("add x --stdin", stdin="AKIAIOSFODNN7EXAMPLE\n{secret}\n"), Row("add 'a\x1bb' --stdin", stdin=TYPED),
    Row("import x --csv {odd}/secret"), Row("import x --csv {odd}/none"), Row("import x --json {odd}/secret"),
    Row("import x --json -", stdin='{{"{secret}": 1}}'), Row("import x --json -", stdin="{secret}"),
    Row("import x --entry none"), Row("import x --entry aws-vault/dev"), Row("import x --aws-vault file", env={"PATH": "{odd}/vault:{path}"}),
    Row("import none"), Row("import x --env"), Row("import dev --env --yes", env=KEY), Row("import x --env", env=KEY),
    Row("import x --env --yes", env={**KEY, "AWS_SESSION_TOKEN": "{secret}"}),
)  # fmt: skip


def disorder(made: World, odd: Path) -> None:
    """Stores, entries and files, each of which is damaged in its own way and full of secrets."""
    keyring = Path(os.environ["GNUPGHOME"])
    secret = made.new.secret
    for name in ("empty-folder", "bad", "vault", "closed", "stores"):
        (odd / name).mkdir(parents=True)
    texts = {
        "empty": "",
        "secret": f"{secret}\n",
        "sentence": f"{secret} and more\n",
        "noexec": f"#!/no/such/{made.new.id}\n",
        "bad/gpg": "#!/no/such\n",
    }
    for name, text in texts.items():
        (odd / name).write_text(text)
        (odd / name).chmod(0o755 if name != "empty" else 0o644)
    (odd / "latin").write_bytes(b"[profile dev]\nregion = \xe9\n")
    (odd / "vault/aws-vault").write_text(f'#!/bin/sh\necho "{secret}"\n[ "$2" != list ]\n')
    (odd / "vault/aws-vault").chmod(0o755)
    ids = {"nameless": "alice", "unsigned": "alice@example.invalid\n", "signed": "alice@example.invalid\n",
           "stranger": "stranger@example.invalid\n"}  # fmt: skip
    for name, text in ids.items():
        (odd / name).mkdir()
        (odd / name / ".gpg-id").write_text(text)
    gpg(keyring, "-o", str(odd / "signed/.gpg-id.sig"), "--detach-sign", str(odd / "signed/.gpg-id"))
    (odd / "idfolder/.gpg-id").mkdir(parents=True)
    (odd / "file").write_text("")
    aws, alice = made.store / "aws-vault", "alice@example.invalid"
    old = Credentials("AKIAOLDEXAMPLE000000", secret)
    state = journal.Journal(
        "", made.key.user.arn, made.key.id, (made.key.id,), int(time.time()), "another-host"
    )
    before = entry.parse(entry.render("dev", made.key.id, made.key.secret), "dev")
    journals = {
        "elsewhere": state._replace(state=journal.CREATE),
        "replaced": state._replace(state=journal.CREATE, old="AKIAOTHEREXAMPLE0000", at=0),
        "inactive": state._replace(state=journal.INACTIVE, other=old, at=0),
        "retiring": state._replace(state=journal.RETIRE, other=old, at=0),
        "pending": state._replace(state=journal.PENDING, other=old, at=0),
    }
    plain: dict[str, bytes] = {
        "empty": b"", "foreign": f"{secret}\n".encode(), "huge": secret.encode() * 100_000,
        "journalled": entry.render("journalled", made.key.id, made.key.secret).replace(b"{", b'{"rotation": [1],', 1),
        "strange": entry.render("strange", "AKIASTRANGEEXAMPLE00", secret), "../password": f"{secret}\n".encode(),
        "../eight": f"otpauth://totp/a?secret={made.device.seed}&digits=8\n".encode(),
        **{name: journal.render(name, Credentials(made.key.id, made.key.secret), one, before)
           for name, one in journals.items()},
    }  # fmt: skip
    for name, content in plain.items():
        gpg(keyring, "-r", alice, "-o", str(aws / f"{name}.gpg"), "-e", stdin=content)
    whole = (aws / "foreign.gpg").read_bytes()
    gpg(keyring, "-o", str(aws / "plaintext.gpg"), "--store", stdin=secret.encode())
    (aws / "cut.gpg").write_bytes(whole[:60])
    (aws / "damaged.gpg").write_bytes(whole[:-9] + b"123456789")
    (aws / "garbage.gpg").write_bytes(secret.encode())
    (aws / "other.gpg").symlink_to("broken.gpg")
    (aws / "out.gpg").symlink_to(odd / "secret")
    (aws / "hidden.gpg").symlink_to(made.store / ".git/x.gpg")


def walk(made: World, odd: Path, reached: Reached, say: Say) -> list[str]:
    """Runs every row, and returns what is wrong: a leak, a bug of ours, a success, a row that makes no error."""
    disorder(made, odd)
    base = Path(os.environ["HOME"], ".aws/config").read_text()
    root = made.fake.root().key()
    known = {"odd": str(odd), "id": made.new.id, "secret": made.new.secret, "url": made.fake.url,
             "port": made.fake.url.rpartition(":")[2], "path": os.environ["PATH"],
             "root": f"{root.id}\n{root.secret}\n"}  # fmt: skip
    wrong = []
    for row in ROWS:
        (odd / "config").write_text(base + row.config.format(**known))
        more = {name: value.format(**known) for name, value in row.env.items()}
        env = {**os.environ, "AWS_CONFIG_FILE": str(odd / "config"), "PASS_AWS_NO_INPUT": "1", **more}
        verb, *words = [word.strip("'") for word in row.words.format(**known).split(" ")]
        reached.last.clear()
        for debug in ([], ["--debug"]):
            made.fake.clear_faults()
            if row.fault:
                what, _, action = row.fault.partition(" ")
                made.fake.fault(action, made.fault(what), times=9)
            status, said = say([verb, *debug, *words], env, row.stdin.format(**known).encode())
            wrong += [f"{row}: {what} is said" for what in found(made.secrets(), said)]
            if status in (DONE, BUG) or "Traceback" in said:
                wrong.append(f"{row}: status {status}: {said[-300:]}")
            if status != INTERRUPTED and "pass aws: hint: " not in said:
                wrong.append(f"{row}: no hint: {said[-300:]}")
        if not reached.last:
            wrong.append(f"{row}: makes no error")
    return wrong


def test_no_secret_leaks_through_an_error(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every row, with --debug and without; each place of an error is in a row, or known to be harmless."""

    def say(words: list[str], env: Mapping[str, str], stdin: bytes) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        return cli.main(words, env), "".join(capfd.readouterr())

    become, ours = os.execve, os.getpid()

    def only_noexec(path: str, *more: Any) -> None:  # noqa: ANN401
        child = os.getpid() != ours  # calls of sh, which starts the programs
        assert child or path.endswith("/noexec"), "a row that does not fail would replace the tests"
        become(path, *more)

    monkeypatch.setattr(os, "execve", only_noexec)
    reached = Reached(monkeypatch)
    assert walk(world, tmp_path / "odd", reached, say) == []
    assert leaks_at_rest(world) == ["the new key in " + str(world.store / "aws-vault/garbage.gpg")], "planted"
    left = [site for site in sites() if site not in reached.sites and not harmless(site)]
    unknown = [str(site) for site in left if f"{site.path} {site.function}" not in LEFT]
    print(f"{len(RUNS)} commands, {len(ROWS)} rows, {len(sites())} places that make an error:")
    constant = sum(site not in reached.sites and not site.values for site in sites())
    by_words = len(sites()) - len(reached.sites) - constant - len(left)
    print(
        f"{len(reached.sites)} run, {constant} constant, {by_words} harmless by their words, {len(left)} with a reason"
    )
    assert unknown == [], "run them by a row, or say in LEFT why they cannot leak"
    assert set(LEFT) <= {f"{site.path} {site.function}" for site in sites()}


def test_a_leak_in_an_error_is_found(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The test finds an error about a damaged entry that shows its content."""

    def leaking(text: bytes, name: str) -> entry.Entry:
        raise UserError(f"the entry {name} is broken: {text.decode()}")

    monkeypatch.setattr(entry, "parse", leaking)
    with pytest.raises(AssertionError):
        test_canary.check(
            Run("broken", FAILED), test_canary.inside(Run("broken", FAILED), ["env"], world, capfd), world
        )
    assert tmp_path.is_dir()
