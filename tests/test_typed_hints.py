"""Each hint with a command is typed as printed: it helps, or shows what it promises."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
import sso_world
from conftest import FINGERPRINTS, TOP, git_init, put, put_role, run
from fakeaws import faults
from hint_templates import templates

from pass_aws.keys import journal
from pass_aws.model import Credentials
from pass_aws.store import entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fakeaws import AccessKey, FakeAWS

    Ready = Callable[["World"], object]

WORD = r"(?:'[^']*'|\\'|[^\s,;'])+"
"""One word of a command line."""


class World(NamedTuple):
    """A user with the stored key `dev`, its role `ro`, and a shell that finds `pass aws` and `pass-aws`."""

    fake: FakeAWS
    store: Path
    config: Path
    key: AccessKey
    folder: Path
    patch: pytest.MonkeyPatch

    def write(self, text: str) -> None:
        """Adds lines to the config file."""
        with self.config.open("a") as file:
            file.write(text)

    def insert(self, label: str, text: str) -> None:
        """Stores an entry with the real pass."""
        subprocess.run(
            ["pass", "insert", "-m", "-f", label], input=text.encode(), check=True, capture_output=True
        )

    def type(self, line: str, answers: Mapping[str, str]) -> tuple[int | None, str]:
        """Types a line into a bash on a terminal; returns its exit status and what the terminal shows."""
        child = pexpect.spawn(
            "bash", ["--norc", "-ec", line], timeout=60, encoding="utf-8", codec_errors="replace",
            dimensions=(50, 300),
        )  # fmt: skip
        shown = ""
        for prompt, answer in answers.items():
            child.expect(prompt)
            shown += f"{child.before}{child.after}"
            child.sendline(answer)
        child.expect(pexpect.EOF)
        child.wait()
        child.close()
        return child.exitstatus, f"{shown}{child.before}"


NOTHING: Mapping[str, str] = MappingProxyType({})


class Case(NamedTuple):
    """A mistake, and the hint that its user types.

    Args:
        hint: the text in the source, with the command in `<>`; after `|` what other code appends to it.
        words: the command that fails, after `pass aws`.
        ready: makes the mistake.
        shows: what the typed command shows; empty if afterwards the first command succeeds.
        again: whether to repeat the first command, although there is something to show.
        status: of the typed command.
        names: what the user writes for words in capitals, such as NAME.
        answers: prompts, and what the user answers.
        env: additional variables.
    """

    hint: str
    words: str
    ready: Ready = lambda _: None
    shows: str = ""
    again: bool = False
    status: int = 0
    names: Mapping[str, str] = NOTHING
    answers: Mapping[str, str] = NOTHING
    env: Mapping[str, str] = NOTHING

    @property
    def template(self) -> str:
        return re.sub(r"\|[^>]*>", "", self.hint).replace("<", "").replace(">", "")

    def command(self, printed: str) -> str:
        """The command in the printed text, as it stands there."""
        before, _, rest = self.hint.partition("<")
        inside, _, after = rest.replace("|", "").partition(">")
        parts = (
            part.replace(r"\{\}", value)
            for part, value in zip(map(re.escape, (before, inside, after)), (".*", WORD, ".*"), strict=True)
        )
        found = re.search("{}({}){}".format(*parts), printed)
        assert found, printed
        command = found[1]
        for name, value in self.names.items():
            assert re.search(rf"\b{name}\b", command)
            command = re.sub(rf"\b{name}\b", value, command)
        return command


def each_of(*steps: Ready) -> Ready:
    """Several steps, one after the other."""
    return lambda world: [step(world) for step in steps]


KEY = {"Access key id: ": "{id}", "Secret access key.*: ": "{secret}"}
STORE = {"PASSWORD_STORE_DIR": "{folder}/nowhere"}
ROLE = "role_arn = arn:aws:iam::111111111111:role/ro\n"
SESSION = "[sso-session team]\nsso_start_url = https://team.awsapps.com/start\nsso_region = us-east-1\n"


def wrong_secret(world: World) -> None:
    put(world.store, "dev", world.key.id, "x" * 40)


def closed(world: World) -> None:
    world.config.unlink()
    world.config.mkdir()


def nothing(world: World) -> None:
    world.config.write_text("")
    (world.store / "aws-vault" / "dev.gpg").unlink()


def lost(world: World) -> None:
    (world.store / "aws-vault" / "dev.gpg").unlink()


def many(world: World) -> None:
    world.write("".join(f"[profile p{number}]\n" for number in range(20)))


def moved(world: World) -> None:
    subprocess.run(["pass", "mv", "aws-vault/dev", "aws-vault/other"], check=True, capture_output=True)


def outside(world: World) -> None:
    subprocess.run(["pass", "mv", "aws-vault/dev", "dev"], check=True, capture_output=True)


def cut(world: World) -> None:
    git_init(world.patch)
    (world.store / "aws-vault" / "dev.gpg").write_bytes(b"")


def damaged(world: World) -> None:
    world.insert("aws-vault/dev", '{"Key": "dev", "Data": "?"}')


def session(world: World) -> None:
    assert run("env", "ro").returncode == 0


def static(world: World, name: str) -> None:
    """A plain-text key in the credentials file."""
    key = world.fake.user("carol").key()
    world.config.with_name("credentials").write_text(
        f"[{name}]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
    )


def team(world: World) -> None:
    world.fake.center.interval = 1
    world.write(SESSION)


def empty_with_session(world: World) -> None:
    nothing(world)
    world.fake.center.account("222222222222", "team-dev", "Admin")
    team(world)


def foreign_journal(world: World) -> None:
    put(world.store, "dev", world.key.id, world.key.secret, {"rotation": 5})


def unknown_device(world: World) -> None:
    world.key.user.mfa("phone")
    world.config.write_text("[profile dev]\nmfa_serial = arn:aws:iam::111111111111:mfa/old\n")


def with_device(world: World) -> None:
    device = world.key.user.mfa("phone")
    world.config.write_text(
        f"[profile dev]\nmfa_serial = {device.serial}\nmfa_process = echo {device.code()}\n"
    )


def rotating(world: World, state: str, old: str, other: Credentials | None) -> None:
    """A new key in the entry, with the journal of an unfinished rotation."""
    new, user = world.key.user.key(), world.key.user
    begun = journal.Journal(state, user.arn, old, (world.key.id,), host="another-host", other=other)
    before = entry.parse(entry.render("dev", world.key.id, world.key.secret), "dev")
    text = journal.render("dev", Credentials(new.id, new.secret), begun, before)
    world.insert("aws-vault/dev", text.decode())


def unfinished(world: World) -> None:
    rotating(world, journal.RETIRE, world.key.id, Credentials(world.key.id, world.key.secret))


def replaced(world: World) -> None:
    rotating(world, journal.CREATE, "AKIAOTHEREXAMPLE0000", None)


def program(world: World, name: str, text: str) -> None:
    """A program in front of PATH."""
    folder = world.folder / "bin"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    world.patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def silent_aws_vault(world: World) -> None:
    program(world, "aws-vault", "echo x")


def printed_key(world: World) -> None:
    answer = {"Version": 1, "AccessKeyId": world.key.id, "SecretAccessKey": world.key.secret}
    (world.folder / "answer").write_text(json.dumps(answer))
    world.write(f"[profile plain]\ncredential_process = cat {world.folder}/answer\n")


def mixed(world: World) -> None:
    world.insert("plain", f"{world.key.secret}\naccess key id: {world.key.id}\nmy notes\n")
    program(world, "editor", "cat $1; echo my notes >$1")
    world.patch.setenv("EDITOR", "editor")


def no_seed(world: World) -> None:
    device = world.key.user.mfa("phone")
    world.config.write_text(f"[profile dev]\nmfa_serial = {device.serial}\nmfa_entry = seed\n")
    (world.folder / "otpauth").write_text(device.otpauth + "\n")
    program(world, "editor", f"cat {world.folder}/otpauth >$1")
    world.patch.setenv("EDITOR", "editor")


def in_the_way(world: World, folder: str) -> None:
    """A file where the program expects its directory."""
    path = Path(os.environ["HOME"]) / folder
    path.mkdir(parents=True)
    (path / "tickets").write_text("")


def stuck(_: World) -> None:
    """A session that cannot be unlinked, also not by root."""
    (Path(os.environ["HOME"]) / ".cache/pass-aws/sessions/x.gpg").mkdir(parents=True)


def only_the_extension(world: World) -> None:
    """pass finds the extension, which knows its program, but `pass-aws` is not on PATH."""
    folder = world.folder / "extensions"
    folder.mkdir()
    (folder / "aws.bash").symlink_to(shutil.which("pass-aws") or "")
    world.patch.setenv("PASSWORD_STORE_EXTENSIONS_DIR", str(folder))
    world.patch.setenv("PATH", f"/usr/bin:/bin:{os.environ['HOME']}/.local/bin")


def old_line(world: World) -> None:
    assert run("configure", "dev").returncode == 0
    text = world.config.read_text()
    world.config.write_text(re.sub("(credential_process = .*)", r"\1 --debug", text))


def sso(world: World) -> None:
    sso_world.built(world.fake, world.store, world.folder, world.config, world.patch)


def signed_in(world: World) -> None:
    assert run("sso", "login").returncode == 0


def other_role(world: World) -> None:
    sso(world)
    signed_in(world)
    world.write(
        "[profile elsewhere]\nsso_session = team\nsso_account_id = 222222222222\nsso_role_name = Owner\n"
    )


def console(world: World) -> None:
    sso(world)
    world.fake.signin.person = world.fake.user("ada")
    world.write("[profile me]\nregion = us-east-1\nlogin_session = arn:aws:iam::111111111111:user/ada\n")


CASES = (
    # The command line.
    Case("run <pass aws {} -h>", "env --nonsense", shows="usage: pass aws env"),
    Case("run <pass aws {} -h>: options follow the command", "--format sh env dev", shows="--format"),
    Case("give the profile after it, without an option: <pass aws {} PROFILE>", "--profile dev env",
         names={"PROFILE": "dev"}, shows="AWS_ACCESS_KEY_ID="),
    Case("run <pass aws help>", "--debug", shows="credential-process"),
    Case("run <pass aws help>; for other programs: pass aws exec PROFILE -- CMD", "terraform plan", shows="credential-process"),
    Case("run pass aws help; for other programs: <pass aws exec PROFILE -- CMD>", "terraform plan",
         names={"PROFILE": "dev", "CMD": "env"}, shows="AWS_ACCESS_KEY_ID="),
    Case("run <pass aws exec --server PROFILE>, or pass aws serve PROFILE", "proxy", names={"PROFILE": "dev -- env"},
         shows="AWS_CONTAINER_CREDENTIALS_FULL_URI="),
    Case("run <pass aws help>, or man pass-aws", "list --help-long", shows="credential-process"),
    Case("run <pass aws configure -h>", "configure", shows="usage: pass aws configure"),
    Case("run <pass aws exec -h>", "exec dev --lazy -- true", shows="--lazy"),
    Case("run <pass aws each PATTERN -- CMD>", "each dev", names={"PATTERN": "dev", "CMD": "env"}, shows="AWS_ACCESS_KEY_ID="),
    Case("run <pass aws import -h> to see the sources", "import", shows="--csv"),
    Case("run <pass aws import -h>", "import a b --csv x", shows="--csv"),
    Case("run <pass aws import -h> to see the formats", "import x --json -", shows="JSON printed by the AWS CLI"),
    Case("run <pass aws mfa -h>", "mfa code", shows="enroll"),
    Case("run <pass aws move -h>", "move dev", shows="--repair"),
    Case("run <pass aws sso -h>", "sso login --scrub", shows="--import"),
    # Profiles and settings.
    Case("run <pass aws list --profiles>", "each zzz -- true", shows="ro"),
    Case("run <pass aws list>", "clear zzz", shows="dev"),
    Case("run <pass aws list>, or pass aws add {}", "env zzz", shows="dev"),
    Case("run pass aws list, or <pass aws add {}>", "env zzz", answers=KEY),
    Case("run <pass aws add {}>", "env dev", lost, answers=KEY),
    Case(" and {} more (<pass aws list>)", "env", many, shows="p19"),
    Case("run <pass aws add NAME> to store your first key", "env", nothing, names={"NAME": "default"}, answers=KEY, shows="stored"),
    Case("no profiles and no keys yet; <pass aws add NAME> stores a key", "list", nothing, names={"NAME": "dev"}, answers=KEY),
    Case("check it with <ls -ld {}>", "env dev", closed, shows="drwx"),
    Case("save it as UTF-8; <iconv -f UTF-16 -t UTF-8 {}> prints it in UTF-8", "env dev",
         lambda world: world.config.write_bytes("[profile dev]\n".encode("utf-16")), shows="[profile dev]"),
    Case("<unset AWS_EC2_METADATA_DISABLED>", "env box",
         lambda world: world.write("[profile box]\ncredential_source = Ec2InstanceMetadata\n" + ROLE),
         env={"AWS_EC2_METADATA_DISABLED": "true", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"},
         again=True, shows="does not answer", status=1),
    Case("warning: the keys of profile {} are stored unencrypted in the AWS files; <pass aws add {}> stores them encrypted",
         "env plain", lambda world: world.write(
             f"[profile plain]\naws_access_key_id = {world.key.id}\naws_secret_access_key = {world.key.secret}\n"), answers=KEY),
    Case("run <pass aws add {}>; for its own key, run {}", "add ro --stdin", lost, answers=KEY, shows="stored"),
    Case("{} is an sso-session: run <pass aws sso login --sso-session {}>, or pass aws sso sync --sso-session {} to write its profiles",
         "env team", team, shows="signed in to team"),
    Case("<pass aws sso sync --sso-session {}>", "list", empty_with_session, answers={"y/N": "y"}, shows="sso_role_name = Admin"),
    # The store.
    Case("if your store is elsewhere, set PASSWORD_STORE_DIR; else run <pass aws doctor>", "audit", env=STORE, shows="pass init", status=1),
    Case("if you moved it, run <pass aws move --repair {}>", "env other", moved, answers={"y/N": "y"}),
    Case("<pass aws move --repair {} --force>", "move --repair other", moved, shows="other"),
    Case("the store has {}: run <pass mv {} {}>", "env dev", outside),
    Case("run <pass aws add {} --force> to store the key again", "env dev", damaged, answers=KEY),
    Case("to replace it, run <pass aws move {} {} --force>", "move dev other",
         lambda world: put(world.store, "other", world.key.id, world.key.secret), shows="other"),
    Case("<pass aws remove {} -f>", "remove dev --no-input", shows="removed"),
    Case("<pass aws clear {}>", "remove -s ro", session, shows="deleted 1 session"),
    Case("the store contains {} sessions of aws-vault; <pass aws clear --aws-vault> removes them", "list",
         lambda world: world.insert("aws-vault/session,ZGV2,,4102444800", "{{}}"), shows="removed 1"),
    Case("<pass aws add {}| --stdin --force>", "add dev --stdin --no-input", answers={"": "{id}", "\n": "{secret}\n\x04"}, shows="stored"),
    # Keys.
    Case("store the correct key with <pass aws add NAME --force>", "env dev", wrong_secret, names={"NAME": "dev"}, answers=KEY),
    Case("run <pass aws import --dry-run> to see its keys", "import none", lambda world: static(world, "plain"), shows="plain"),
    Case("run <pass ls> to see all entries", "import x --entry none", shows="aws-vault"),
    Case("run <unset AWS_SESSION_TOKEN> if they are a long-lived key", "add x --env",
         env={"AWS_ACCESS_KEY_ID": "{id}", "AWS_SECRET_ACCESS_KEY": "{secret}", "AWS_SESSION_TOKEN": "x"}),
    Case("give a profile of an IAM user: <pass aws list> shows the stored keys", "rotate bare",
         lambda world: world.write("[profile bare]\ncredential_process = true\n"), shows="dev"),
    Case("<pass aws add {} --force>", "rotate dev", foreign_journal, answers=KEY, shows="stored"),
    Case("set mfa_serial to one that <pass aws exec -n PROFILE -- aws iam list-mfa-devices> shows", "env dev -t 123456",
         unknown_device, names={"PROFILE": "dev"}, shows="mfa/"),
    Case("remove one first; <pass aws exec -n PROFILE -- aws iam list-mfa-devices> shows them", "mfa enroll dev",
         lambda world: [world.key.user.mfa(f"d{number}") for number in range(8)], names={"PROFILE": "dev"}, shows="mfa/d7"),
    Case("export {}, or type the key: <pass aws add {}>", "add x --env", answers=KEY, shows="stored"),
    Case("run <pass aws rotate {} --resume> first, or --abort", "remove dev --at-aws -f", unfinished),
    Case("delete these keys in IAM, then run <pass aws add {} --force>", "rotate dev", replaced, answers=KEY, shows="stored"),
    Case("<pass aws mfa remove {}>", "remove dev --at-aws --no-input", with_device, answers={"y/N": "y"}, shows="is deleted at AWS"),
    Case("<pass aws mfa remove {} -f>", "mfa remove dev --no-input", with_device, shows="is deleted at AWS"),
    Case("<pass aws mfa list> shows where codes come from; mfa_entry sets an entry with another name", "mfa code dev",
         with_device, shows="mfa_process"),
    Case("for programs that read the AWS files, run <pass aws configure {}>", "import --yes --scrub",
         lambda world: static(world, "plain"), shows="SDKs get the credentials of profile plain"),
    Case("update aws-vault, or type the key: <pass aws add {}>", "import x --aws-vault file", silent_aws_vault,
         answers=KEY, shows="stored"),
    Case("the entry still exists; <pass rm {}> removes it", "import x --entry plain --yes --no-verify",
         lambda world: world.insert("plain", f"{world.key.secret}\naccess key id: {world.key.id}"), answers={"y/N": "y"}, shows="removed"),
    Case("remove the lines of the key yourself: <pass edit {}>", "import x --entry plain --scrub --yes --no-verify",
         mixed, shows="access key id: "),
    Case("<pass show {}>", "mfa enroll dev --no-try --qr", lambda world: program(world, "qrencode", "exit 3"), shows="otpauth://"),
    Case("<pass aws audit> compares the stored keys with IAM's", "rotate dev", lambda world: world.fake.fault(
        "ListAccessKeys", faults.error("NoSuchEntity", status=404)), shows="dev"),
    Case("give a profile that has a stored key or a role: <pass aws login PROFILE>", "login plain --stdout", printed_key,
         names={"PROFILE": "ro --stdout"}, shows="Action=login"),
    # Files and directories.
    Case("<ls -ld {}>", "clear", lambda world: in_the_way(world, ".local/state/pass-aws"), shows="pass-aws/tickets"),
    Case("run <rm -r {}>, with sudo if it is not yours", "clear", stuck),
    Case("check who owns it: <ls -ld {}>", "audit", env={"PASSWORD_STORE_DIR": "{folder}/text"}, shows="-rw"),
    Case("<chmod o-w {}>", "explain dev", lambda world: world.config.chmod(0o666)),
    Case("<pass git log -- {}.gpg>", "env dev", cut, shows="Add current contents"),
    Case("set it to one of the fingerprints that <gpg --list-secret-keys> shows", "exec ro -- true",
         env={"PASS_AWS_CACHE_KEY": "A" * 40}, shows="alice@example.invalid"),
    Case("<pass init {}>", "add x --stdin", env=STORE, shows="initialized"),
    Case("run <pass init> again with the same ids; it signs them", "add x --stdin",
         env={"PASSWORD_STORE_SIGNING_KEY": "{fingerprint}"}, names={"init": "init {fingerprint}"}, shows="initialized"),
    Case("it should contain an otpauth line: check mfa_entry, or run <pass edit {}>", "env dev", no_seed),
    Case("run <pass edit {}>", "env dev", each_of(no_seed, lambda world: world.insert("seed", "x"))),
    # Installation and the config file.
    Case("run <pass-aws install --user>: it installs completion for bash, zsh and fish", "list --completion-bash", shows="answers"),
    Case("for all users run sudo make {}; for yourself run <pass-aws {} --user>", "install --prefix {folder}/text/x", shows="answers"),
    Case("run <pass aws install --user>", "configure dev", only_the_extension),
    Case("{}; <pass aws configure {} --as NAME> writes a profile of its own", "configure ro", names={"NAME": "x"}, shows="x: SDKs get the credentials of profile ro"),
    Case("its line is {}; <pass aws configure {}> rewrites it", "configure --check dev", old_line),
    # Sign-ins.
    Case("run <pass aws sso login>", "exec dev --stdout", sso, shows="signed in to team"),
    Case("run <pass aws sso login --sso-session NAME>", "sso login local", each_of(sso, lambda world: world.write("[profile local]\ncredential_process = true\n")),
         names={"NAME": "team"}, shows="signed in to team"),
    Case("<pass aws sso login {}>", "env dev --no-input", each_of(lost, sso)),
    Case("<pass aws sso login --sso-session {}>", "sso list --no-input", sso),
    Case("run <pass aws sso list> to see the accounts and roles that you have", "env elsewhere", other_role, shows="ReadOnly"),
    Case("<unset PASS_AWS_SESSION_CACHE>", "sso login", sso, env={"PASS_AWS_SESSION_CACHE": "none"}),
    Case("run <pass aws list --sign-ins>", "signout bare", each_of(sso, signed_in, lambda world: world.write("[profile bare]\n")), shows="team"),
    Case("<pass aws signin {}>", "env me --no-input", console),
    Case("use another profile: <pass aws signin NAME>", "signin stored", each_of(console, lambda world: put(world.store, "stored", world.key.id, world.key.secret)), names={"NAME": "fresh"}, shows="signed in as"),
)  # fmt: skip


@pytest.fixture
def world(  # noqa: PLR0917 - fixtures are arguments
    fake: FakeAWS, store: Path, aws_config: Path, front: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    monkeypatch.setenv("PASSWORD_STORE_ENABLE_EXTENSIONS", "true")
    monkeypatch.setenv("PASSWORD_STORE_EXTENSIONS_DIR", str(TOP / "extensions"))
    monkeypatch.setenv("PATH", f"{Path(front).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("PAGER", "cat")
    key = put_role(fake, store, aws_config)
    (tmp_path / "text").write_text("x\n")
    return World(fake, store, aws_config, key, tmp_path, monkeypatch)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.template[:70])
def test_a_typed_hint_helps(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command of the hint, typed as printed, shows what it promises, or the first command then succeeds."""
    values = {
        "folder": world.folder, "id": world.key.id, "secret": world.key.secret, "path": os.environ["PATH"],
        "fingerprint": FINGERPRINTS["alice"], "url": world.fake.url,
    }  # fmt: skip
    for name, value in case.env.items():
        monkeypatch.setenv(name, value.format(**values))
    case.ready(world)
    words = case.words.format(**values)
    done = run(*shlex.split(words))
    line = case.command(done.stdout + done.stderr)
    world.fake.clear_faults()
    if case.again or not case.shows:
        line += f"\npass aws {words} >/dev/null"
    status, shown = world.type(line, {prompt: text.format(**values) for prompt, text in case.answers.items()})
    assert case.shows in shown, shown
    assert status == case.status, (line, shown)


def test_the_line_for_eval(world: World) -> None:
    """The line that `env` suggests on a terminal gives the shell its credentials, and prints no secret."""
    _, shown = world.type("pass aws env dev", {})
    line = shown.partition("did you mean: ")[2].partition("\r")[0]
    status, shown = world.type(f'{line}; echo "<$AWS_VAULT>"', {})
    assert (status, shown.splitlines()[-1]) == (0, "<dev>")


ELSEWHERE = {
    "gpg --lsign-key {}": "gpg/test_encrypt.py test_the_hint_about_the_key_of_another_person_works",
    "gpg --edit-key {} enable quit": "gpg/test_encrypt.py test_the_hint_about_a_disabled_key_works",
    "rm -- {}": "store/test_git.py test_the_lock_of_another_git",
    "pass aws env {}": "test_typed_hints.py test_the_line_for_eval",
    'eval "$({})"': "test_typed_hints.py test_the_line_for_eval",
    'run export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"': "system/test_user_dirs.py",
    "    export {}={}": "installation/test_install.py test_a_user_install_makes_pass_aws_work",
}
"""Commands that another test types, with that test."""
THEIRS = "its argument is known to the user only"
AGENT = "needs an agent that does not answer, or another gpg-agent.conf; tests/doctor types the command"
SAME = "another case types the command"
LONG = "waits for the next code, up to 30 s; mfa/test_enrol.py runs the command"
NOT_TYPED = {
    "set the clock, for example with timedatectl set-ntp true, and try again": "changes the machine's clock",
    "git-crypt has locked it: run git-crypt unlock in its repository": "needs git-crypt and its key",
    "gpg --refresh-keys {}": "needs a keyserver",
    "pipx inject pass-aws cryptography": "installs from PyPI",
    "run ykman oath accounts list, and set YKMAN_OATH_CREDENTIAL_NAME to an account": "needs a YubiKey",
    "stopped (run fg to continue it, or kill {} to end it)": "the shell's own commands",
    "this is a bug in pass aws {}: {} at {}": "a version, not a command",
    "pass aws {}": "the program's name in usage lines",
    "aws-vault export {} did not print a key: {}": "names a command that was run",
    "eval {}; export {}\n": "the output of env",
    "ykman did not print a code for the account {}": "names a program that was run",
    "for SDKs that refresh, put `credential_process = pass-aws credential-process NAME` into the profile": "a line of the config file, which tests of configure run",
    "run pass aws mfa enroll {}, or give a device with --serial": LONG,
    "try again in a minute: pass aws mfa code {} --serial {}": LONG,
    "pass aws mfa enroll {} --name {}": LONG,
    "remove the line, or run pass aws add {}": "planning refuses such a line earlier",
    "run gpgconf --kill gpg-agent and try again; if the agent is forwarded, reconnect": AGENT,
    "run gpgconf --kill gpg-agent and try again": AGENT,
    "add auto-expand-secmem to gpg-agent.conf, then run gpgconf --kill gpg-agent": AGENT,
    "check pinentry-program in gpg-agent.conf, then run gpgconf --kill gpg-agent": AGENT,
    "run script -q /dev/null for a terminal of your own, then the command again": "needs a terminal of another user",
    "import your secret key, or ask a recipient to run pass init with your key, too": THEIRS,
    "add a subkey for encryption, or choose another key with pass init": THEIRS,
    "get the key and run gpg --import with its file{}": THEIRS,
    "choose another key with pass init": THEIRS,
    "run pass init with your key's id": THEIRS,
    "set PASSWORD_STORE_DIR to your store, or run pass init with your key's id": THEIRS,
    "set it: make install EXTENSION_DIR=…; or install for yourself: pass-aws install --user": SAME,
    "check whether an endpoint or proxy answers instead of AWS: pass aws doctor --online": SAME,
    "run pass aws doctor: it checks gpg and its options": SAME,
    "if that process failed, run pass aws rotate {} again": SAME,
    "finish it there, then pull; if you cannot, run pass aws rotate {} --resume": SAME,
    "pass aws rotate {}": SAME,
    "pass aws rotate": SAME,
    "copies may remain in backups, shell history and old terminals; to make them worthless, run pass aws rotate {}": SAME,
    "it may be deleted; run pass aws whoami {} to see whether it works": "whoami's answer is tested in commands",
    "for one role: pass aws exec --sso-session NAME --account ID --role NAME -- CMD": "needs more than 1,000 pages",
    "pass ls shows the entries": "needs an entry that disappears during the command",
    "gpg --quick-generate-key you@example.com, then pass init you@example.com": "asks for a passphrase in a dialog; tests/doctor types both commands",
    "    ln -s {} {}": "a line of the output of install",
    "    gpg --detach-sign {}": "a line of the output of install; tests/doctor types the command",
    '    export PATH={}:"$PATH"': "a line of the output of install",
}
"""Texts whose command is not typed, each with the reason."""


def test_every_hint_with_a_command_is_typed() -> None:
    """A new command in a text fails here: add a case, or a reason."""
    known = {case.template for case in CASES} | ELSEWHERE.keys() | NOT_TYPED.keys()
    made = templates()
    assert {text: place for text, place in made.items() if text not in known} == {}
    assert known - made.keys() == set()
    assert len(known) == len({case.template for case in CASES}) + len(ELSEWHERE) + len(NOT_TYPED)
    for place in ELSEWHERE.values():
        path, _, name = place.partition(" ")
        assert f"def {name}" in (TOP / "tests" / path).read_text()
