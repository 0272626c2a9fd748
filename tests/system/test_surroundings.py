"""Through the front, a command gets the environment of its caller, not the one that pass has changed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, TOP, end_gpg_home, gpg, gpg_home, new_key
from world import CORE_LINE, NONCE, PLAIN, SEAL, SECRET, SIDES, World

from pass_aws.cache import ticket
from pass_aws.cache.ticket import Ticket
from pass_aws.system import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXTENSION = TOP / "extensions" / "aws.bash"
ENABLED = {
    "PASSWORD_STORE_ENABLE_EXTENSIONS": "true",
    "PASSWORD_STORE_EXTENSIONS_DIR": str(TOP / "extensions"),
}
PINENTRY = """#!/bin/sh
echo OK ready
while read -r command rest; do
    case $command in
        GETPIN) echo "ERR 83886179 Operation cancelled <Pinentry>" ;;
        BYE) echo OK; exit ;;
        GETINFO) [ "$rest" = pid ] && echo "D $$"; [ "$rest" = flavor ] && echo "D FLAVOR"; echo OK ;;
        *) echo OK ;;
    esac
done
"""


@pytest.fixture
def world(tmp_path: Path, keyring: Path, fingerprint: str, side: str) -> World:
    made = World(tmp_path, keyring, fingerprint, side)
    made.plant()
    return made


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def program(world: World) -> list[str]:
    """How a user starts the program through this form of the front."""
    return ["pass", "aws"] if world.side == "sourced" else [str(world.front())]


def words(name: str) -> list[str]:
    """The words of a list in the extension."""
    found = re.search(rf"^{name}='([^']*)'", EXTENSION.read_text(), re.MULTILINE)
    assert found
    return found[1].split()


def test_bash_and_python_have_the_same_lists() -> None:
    """bash and Python check the same variables and remove the same."""
    assert tuple(words("pass_aws_consulted")) == ticket.GIVEN
    assert tuple(words("pass_aws_stale")) == child_environment.REMOVED
    for name in (*ticket.UNTICKETED, *ticket.PREFIXES):
        assert name in EXTENSION.read_text()


def output(world: World, *command: str, env: dict[str, str] | None = None, new_session: bool = False) -> str:
    """The output of a command that the extension starts."""
    done = subprocess.run(
        ["pass", "aws", "exec", "ro", "--", *command],
        env={**world.env, **ENABLED, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
        start_new_session=new_session,
    )
    assert "FULL" not in done.stdout
    return done.stdout.strip()


SOURCED = pytest.mark.parametrize("side", ["sourced"])
EXECUTED = pytest.mark.parametrize("side", ["executed"])


@SOURCED
@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("mask", ["0022", "0027", "0077", "0002", "0007"])
def test_the_umask_of_the_caller(world: World, mask: str) -> None:
    """The command's files have the same permissions as without us."""
    os.umask(int(mask, 8))
    assert output(world, "sh", "-c", "umask") == mask


@SOURCED
@pytest.mark.usefixtures("umask")
def test_a_umask_that_lets_others_write_is_not_used(world: World) -> None:
    """The command then gets 077; PASS_AWS_UMASK overrides it."""
    os.umask(0)
    assert output(world, "sh", "-c", "umask") == "0077"
    assert output(world, "sh", "-c", "umask", env={"PASS_AWS_UMASK": "000"}) == "0000"


@SOURCED
@pytest.mark.usefixtures("umask")
def test_a_process_of_another_session_is_not_the_caller(world: World) -> None:
    """Our parent may be any process, if the caller was replaced or has ended."""
    assert output(world, "sh", "-c", "umask", new_session=True) == "0077"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("mask", ["8", "u=rwx", "1777", "00022"])
def test_an_invalid_umask_is_for_the_full_program(world: World, mask: str) -> None:
    """The full program reports an invalid PASS_AWS_UMASK."""
    assert world.ask(env={"PASS_AWS_UMASK": mask}).full
    env = {**world.env, "PASS_AWS_UMASK": mask}
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(MAIN), *PLAIN], env=env, capture_output=True, check=False, text=True
    )
    assert done.returncode == 1
    assert "PASS_AWS_UMASK is not an octal mask" in done.stderr


@pytest.mark.parametrize("side", SIDES)
def test_the_umask_variable(world: World) -> None:
    """PASS_AWS_UMASK sets the umask in the front and in the full program."""
    script = world.bin / "mask"
    script.write_text('#!/bin/sh\nprintf "MASK=%s\\0" "$(umask)"\n')
    script.chmod(0o755)
    assert world.ask(("exec", "ro", "--", "mask"), env={"PASS_AWS_UMASK": "031"}).env == {"MASK": "0031"}


GIT = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_NAMESPACE", "GIT_INDEX_FILE", "GIT_INDEX_VERSION",
    "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_CEILING_DIRECTORIES",
)  # fmt: skip

PASS = (
    "PREFIX", "EXTENSIONS", "SYSTEM_EXTENSION_DIR", "GPG", "PROGRAM", "COMMAND", "CLIP_TIME", "X_SELECTION",
    "GENERATED_LENGTH", "CHARACTER_SET", "CHARACTER_SET_NO_SYMBOLS", "GETOPT", "SHRED", "BASE64",
    "extension", "user_extension", "system_extension",
)  # fmt: skip


@SOURCED
@pytest.mark.parametrize("name", [*GIT, *PASS])
def test_variables_that_pass_removes_are_restored(world: World, name: str) -> None:
    """Variables that pass unsets or uses itself are the caller's again."""
    assert world.ask(env={name: "/the callers=own"}).env[name] == "/the callers=own"


@SOURCED
@pytest.mark.parametrize("name", ["config", "profile", "state", "cache", "i", "line", "text", "credentials"])
def test_variables_of_the_caller_with_our_names_are_kept(world: World, name: str) -> None:
    """The caller may have exported a name that the extension uses."""
    assert world.ask(env={name: "the caller's"}).env[name] == "the caller's"


@SOURCED
def test_variables_that_pass_adds_are_removed(world: World) -> None:
    """GIT_CEILING_DIRECTORIES would hide a repository at home; `not a tty` is not a terminal."""
    env = world.ask().env
    assert not {*GIT, "GPG_TTY", "PREFIX"} & set(env)
    assert world.ask(env={"GPG_TTY": "/dev/pts/9"}).env["GPG_TTY"] == "/dev/pts/9"


@SOURCED
def test_what_the_front_passes_to_the_full_program(world: World) -> None:
    """Store and umask of the caller, and the front's path; the rest of the environment is unchanged."""
    answer = world.ask(("list",), env={"GIT_DIR": "/x"})
    assert answer.full
    told = {name: answer.env[name] for name in answer.env if name.startswith("_PASS_AWS_")}
    mask = os.umask(0o022)
    os.umask(mask)
    assert told == {
        "_PASS_AWS_STORE": str(world.store), "_PASS_AWS_UMASK": f"{mask:04o}", "_PASS_AWS_TICKET": "missed",
        "_PASS_AWS_FRONT": str(world.folder / "extensions/aws.bash"),
    }  # fmt: skip
    assert answer.env["GIT_DIR"] == "/x"
    assert not {"GPG_TTY", "GIT_CEILING_DIRECTORIES"} & set(answer.env)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    "argv",
    [
        ("exec",), ("exec", "ro"), ("exec", "ro", "--"), ("exec", "ro", "env"), ("exec", "ro", "--", ""),
        ("exec", "-n", "ro", "--", "env"), ("exec", "ro", "-n", "--", "env"), ("exec", "--", "env"),
        ("list",), (), ("help",), ("env",), ("env", "ro", "--unset"), ("env", "ro", "--format", "nonsense"),
        ("credential-process",), ("credential-process", "ro", "-n"),
    ],
)  # fmt: skip
def test_other_requests_are_for_the_full_program(world: World, argv: tuple[str, ...]) -> None:
    """Options, missing arguments and other commands are for the full program."""
    assert world.ask(argv).full


@pytest.mark.parametrize("side", SIDES)
def test_other_files_beside_a_ticket_are_ignored(world: World) -> None:
    """Files and directories with the names of newer tickets are ignored."""
    world.plant(world.made(left=7000))
    for name in ("README", "9000000001.gpg", "1000000000.gpg"):
        (world.cache / "tickets/ro" / name).write_text("x")
    (world.cache / "tickets/ro/9999999999.gpg").mkdir()
    assert not world.ask().full


@pytest.mark.parametrize("side", SIDES)
def test_the_front_does_not_check_permissions(world: World) -> None:
    """Bash has no test for them; extensions/README.md and SECURITY.md explain the consequences."""
    world.plant(world.made(left=7000))
    for folder in (world.cache, world.state):
        folder.chmod(0o755)
    assert not world.ask().full


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("left", "full"), [(890, True), (990, False)])
def test_credential_process_needs_15_minutes(world: World, left: int, full: bool) -> None:
    """credential-process needs a session with 15 minutes left; for a command, five are enough."""
    world.plant(world.made(left=left))
    assert (SECRET not in world.ask(("credential-process", "ro")).out) is full
    assert not world.ask().full


@pytest.mark.parametrize("side", SIDES)
def test_a_variable_cannot_change_the_clock(world: World) -> None:
    """A variable with the name of bash's clock does not make a session live longer."""
    world.plant(world.made(left=200))
    assert world.ask(env={"EPOCHSECONDS": "1", "SECONDS": "1"}).full


@pytest.mark.parametrize("side", SIDES)
def test_the_command_gets_all_of_stdin(world: World) -> None:
    """Decryption does not read from stdin."""
    done = subprocess.run(
        [*program(world), "exec", "ro", "--", "cat"],
        env={**world.env, **ENABLED},
        input=b"in\0put",
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"in\0put"


@pytest.mark.parametrize("side", SIDES)
def test_gpg_gets_nothing_of_stdin(world: World) -> None:
    """gpg reads none of it, even if gpg asks something."""
    log = world.folder / "log"
    (world.bin / "gpg").write_text(
        f'#!/bin/sh\nreadlink /proc/self/fd/0 >>{log}\nexec {shutil.which("gpg")} "$@"\n'
    )
    (world.bin / "gpg").chmod(0o755)
    subprocess.run(
        [*program(world), "exec", "ro", "--", "true"], env={**world.env, **ENABLED}, input=b"x", check=True
    )
    assert log.read_text() == "/dev/null\n"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -TERM $$", -15), ("exit 0", 0)])
def test_the_status_of_the_command(world: World, script: str, code: int) -> None:
    """The exit status is the command's, also if a signal ends it."""
    done = subprocess.run(
        [*program(world), "exec", "ro", "--", "sh", "-c", script], env={**world.env, **ENABLED}, check=False
    )
    assert done.returncode == code


@pytest.mark.parametrize("side", SIDES)
def test_arguments_are_passed_on_unchanged(world: World) -> None:
    """Empty arguments, spaces, quotes, newlines and options are passed on unchanged."""
    words = ["", "a b", "'\"", "x\ny", "--", "-c", "$HOME", "*", "$(>x)"]
    script = world.bin / "words"
    script.write_text(
        '#!/bin/sh\nfor word; do printf "FULL\\0"; done; printf "WORDS=%s|" "$@"; printf "\\0"\n'
    )
    script.write_text('#!/bin/sh\nprintf "WORDS="; printf "%s|" "$@"; printf "\\0"\n')
    script.chmod(0o755)
    assert world.ask(("exec", "ro", "--", "words", *words)).env["WORDS"] == "".join(
        f"{word}|" for word in words
    )


@pytest.mark.parametrize("side", SIDES)
def test_a_command_that_looks_like_an_option(world: World) -> None:
    """After `--`, a word that looks like an option is the command."""
    (world.bin / "-c").write_text('#!/bin/sh\nprintf "WORDS=$1\\0"\n')
    (world.bin / "-c").chmod(0o755)
    assert world.ask(("exec", "ro", "--", "-c", "echo x")).env == {"WORDS": "echo x"}


@pytest.mark.parametrize("side", SIDES)
def test_no_internal_variable_reaches_the_command(world: World) -> None:
    """No internal variable reaches the command, and no region of ours, if the profile has none."""
    made = world.made()
    exports = [pair for pair in made.exports if "REGION" not in pair[0]]
    world.plant(Ticket(made.profile, made.expires + 1, made.given, made.entry, exports))
    env = world.ask(env={"_PASS_AWS_REGION": "x", "AWS_REGION": "x", "_PASS_AWS_OTHER": "x"}).env
    assert "AWS_VAULT" in env
    assert not [name for name in env if name.startswith("_PASS_AWS") or "REGION" in name]


@pytest.mark.parametrize("side", SIDES)
def test_glob_characters_are_not_expanded(world: World) -> None:
    """Neither the ticket's content nor PATH is matched against files."""
    made = world.made()
    exports = [*made.exports[:4], ("AWS_REGION", "*")]
    world.plant(Ticket(made.profile, made.expires + 1, made.given, made.entry, exports))
    for name in ("AWS_REGION=evil", "bin"):
        world.here(name).mkdir()
    (world.here("bin") / "env").write_text("#!/bin/sh\necho evil\n")
    (world.here("bin") / "env").chmod(0o755)
    assert world.ask(env={"PATH": f"b*:{world.env['PATH']}"}).env["AWS_REGION"] == "*"


@pytest.mark.parametrize("side", SIDES)
def test_no_temporary_file(world: World) -> None:
    """bash writes a long here-document to a file; the front works without a place for it."""
    made = world.made()
    exports = [*made.exports[:2], ("AWS_SESSION_TOKEN", "t" * 50_000), *made.exports[3:]]
    world.plant(Ticket(made.profile, made.expires, made.given, made.entry, exports))
    nowhere = str(world.folder / "nowhere")
    assert len(world.ask(env={"TMPDIR": nowhere}).env["AWS_SESSION_TOKEN"]) == 50_000


@pytest.fixture
def locked() -> Iterator[tuple[Path, str]]:
    """A keyring whose key has a passphrase, and whose pinentry cancels."""
    home = gpg_home()
    fingerprint = new_key(home, "locked", passphrase="secret")
    (home / "gpg-agent.conf").write_text(f"pinentry-program {home}/pinentry\n")
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    yield home, fingerprint
    end_gpg_home(home)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("flavour", "terminal", "asked"),
    [
        ("curses", True, True),
        ("curses", False, False),
        ("gnome3:curses", False, False),
        ("gtk2", False, True),
    ],
)
def test_a_cancelled_prompt_is_passed_to_the_full_program(
    world: World, locked: tuple[Path, str], flavour: str, terminal: bool, asked: bool
) -> None:
    """The full program does not ask again.

    A pinentry for terminals has not asked if there is no terminal.
    """
    world.keyring, world.fingerprint = locked
    (world.keyring / "pinentry").write_text(PINENTRY.replace("FLAVOR", flavour))
    (world.keyring / "pinentry").chmod(0o755)
    world.env["GNUPGHOME"] = str(world.keyring)
    world.plant(world.made(left=7000))
    ends = os.openpty()
    answer = world.ask(env={"GPG_TTY": os.ttyname(ends[1])} if terminal else {})
    for end in ends:
        os.close(end)
    assert answer.full
    assert (answer.env["_PASS_AWS_TICKET"] == "asked") is asked


FAILS = """#!/bin/sh
case $* in *\\ -d\\ *)
    printf '[GNUPG:] %s\\n' 'ENC_TO 0 18 0' 'PINENTRY_LAUNCHED 7 gtk2  ' 'ERROR pkdecrypt_failed {code}' BEGIN_DECRYPTION
    exit 2
esac
exec {gpg} "$@"
"""


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("67108875", "wrong"),
        ("100663383", "wrong"),
        ("83886179", "asked"),
        ("08 x", "asked"),
        ("a[$(touch pwned)]", "asked"),
        ("99999999999999999999", "asked"),
    ],
)
def test_a_wrong_passphrase_is_passed_to_the_full_program(world: World, code: str, said: str) -> None:
    """The exit status differs from that of a cancel.

    The fake gpg prints the status lines of gpg 2.4.
    """
    for name in ("gpg", "gpg2"):
        (world.bin / name).write_text(FAILS.format(code=code, gpg=shutil.which("gpg")))
        (world.bin / name).chmod(0o755)
    world.plant(world.made(left=7000))
    answer = world.ask(env={"DISPLAY": ":9"})
    assert answer.full
    assert answer.env["_PASS_AWS_TICKET"] == said
    assert not world.here("pwned").exists()


@pytest.mark.parametrize("side", SIDES)
def test_a_planted_file_with_a_passphrase_causes_no_prompt(world: World, locked: tuple[Path, str]) -> None:
    """A file that is encrypted with a passphrase needs no key, and would cause a prompt each time."""
    world.keyring, world.fingerprint = locked
    (world.keyring / "pinentry").write_text(
        PINENTRY.replace("echo OK ready", f": >{world.folder}/asked; echo OK")
    )
    (world.keyring / "pinentry").chmod(0o755)
    world.env["GNUPGHOME"] = str(world.keyring)
    path = world.path("ro", f"{world.made(left=7000).expires}.gpg")
    loopback = ("--pinentry-mode", "loopback", "--passphrase", "x")
    gpg(
        world.keyring,
        *loopback,
        "-o",
        str(path),
        "-c",
        stdin=ticket.render(world.made(), SEAL, NONCE).encode(),
    )
    world.fresh(path)
    answer = world.ask(env={"DISPLAY": ":9"})
    assert answer.full
    assert answer.env["_PASS_AWS_TICKET"] == "missed"
    assert not (world.folder / "asked").exists()


@EXECUTED
@pytest.mark.parametrize("said", ["missed", "asked"])
def test_an_earlier_attempt_of_a_front_is_not_repeated(world: World, said: str) -> None:
    """A second attempt would cost another decryption, or another prompt."""
    assert world.ask(env={"_PASS_AWS_TICKET": said}).full
    assert not world.ask(env={"_PASS_AWS_WAITED": "1"}).full


def executed(
    world: World, *argv: str, text: str | None = None, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the extension as a wrapper of Nix does: alone, without pass."""
    program = world.folder / "aws.bash"
    program.write_text(EXTENSION.read_text() if text is None else text)
    program.chmod(0o755)
    env = {**world.env, **({} if path is None else {"PATH": path})}
    return subprocess.run([str(program), *argv], env=env, capture_output=True, check=False, text=True)


@EXECUTED
def test_changes_before_a_wrapper_are_undone(world: World) -> None:
    """Changes that pass has made before the wrapper starts are undone as far as possible."""
    world.env |= {"GPG_TTY": "not a tty", "GIT_CEILING_DIRECTORIES": f"{world.store}/.."}
    for argv in (PLAIN, ("list",)):
        out = executed(world, *argv).stdout
        assert "\0HOME=" in out
        assert "\0GPG_TTY=" not in out
        assert "\0GIT_CEILING_DIRECTORIES=" not in out


@EXECUTED
def test_the_installed_core_is_started(world: World) -> None:
    """`make install` writes its path into one line; if it is missing, another front on PATH helps."""
    core = world.folder / "co re"
    core.write_text('#!/bin/sh\necho "core|$*"\n')
    core.chmod(0o755)
    text = EXTENSION.read_text().replace(CORE_LINE, f"pass_aws_core=({shlex.quote(str(core))} -I -S main)")
    assert executed(world, "list", "-x", text=text).stdout == "core|-I -S main list -x\n"
    core.unlink()
    assert executed(world, "list", text=text).stdout.startswith("FULL")


@EXECUTED
def test_a_front_does_not_start_itself(world: World) -> None:
    """A front on PATH that finds no program says so, and does not start itself endlessly."""
    program = world.bin / "pass-aws"
    program.write_text(EXTENSION.read_text())
    done = subprocess.run(["pass-aws", "list"], env=world.env, capture_output=True, check=False, timeout=20)
    assert done.returncode == 127


@EXECUTED
@pytest.mark.parametrize("linked", ["", "/elsewhere/pass-aws", "pass-aws-1"])
@pytest.mark.parametrize("libraries", ["site-packages", "dist-packages"])
def test_the_program_beside_the_front(world: World, linked: str, libraries: str) -> None:
    """pip, pipx and uv put the front beside the interpreter, and symlinks to it elsewhere."""
    top = world.folder / "venv"
    main = top / "lib/python3.99" / libraries / "pass_aws/__main__.py"
    for path in (main, top / "bin/python3.99", top / "bin/pass-aws"):
        path.parent.mkdir(parents=True, exist_ok=True)
    main.touch()
    (top / "bin/python3.99").write_text('#!/bin/sh\necho "python|$*"\n')
    (top / "bin/pass-aws").write_text(EXTENSION.read_text())
    for name in ("python3.99", "pass-aws"):
        (top / "bin" / name).chmod(0o755)
    program = top / "bin/pass-aws"
    if linked:
        program = top / "bin" / "x" / ".." / "linked"
        (top / "bin/x").mkdir()
        program.symlink_to("pass-aws")
    evil = 'exec -a /evil/bin/pass-aws "$0" "$@"'
    for argv in ([str(program), "list"], ["bash", "-c", evil, str(program), "list"]):
        done = subprocess.run(argv, env=world.env, capture_output=True, check=True, text=True)
        assert done.stdout.startswith("python|-I -S ")
        assert os.path.samefile(done.stdout.split()[2], main)
        assert done.stdout.split()[3:] == ["list"]


@EXECUTED
@pytest.mark.parametrize("option", ["-e", "-u", "-f", "-a", "-C", "-T", "-o posix", "-o pipefail"])
def test_options_of_a_bash_that_runs_the_front(world: World, option: str) -> None:
    """`bash -eu /path/to/pass-aws …` is answered, and so is what the full program must answer."""
    runner = ["bash", *option.split()]
    assert world.ask(runner=runner).env["AWS_SECRET_ACCESS_KEY"] == SECRET
    answer = world.ask(("list",), runner=runner)
    assert (answer.full, answer.err) == (True, "")


@SOURCED
def test_pass_with_errexit(world: World) -> None:
    """An exported SHELLOPTS makes pass run with its options."""
    for argv in (PLAIN, ("list",)):
        answer = world.ask(argv, env={"SHELLOPTS": "braceexpand:errexit"})
        assert (answer.full, answer.err) == (argv != PLAIN, "")


@EXECUTED
@pytest.mark.parametrize("name", ["SHELLOPTS", "BASHOPTS"])
def test_options_of_bash_are_restored(world: World, name: str) -> None:
    """A bash that the command starts must not be privileged, as the front is."""
    for value in ("braceexpand:physical", "cmdhist:extglob"):
        for argv in (PLAIN, ("list",)):
            answer = world.ask(argv, env={name: value})
            assert answer.env[name] == value
            assert answer.full is (argv != PLAIN)


@EXECUTED
def test_the_environment_of_the_caller_is_complete(world: World) -> None:
    """Each variable is kept, whatever it means to bash; functions are kept, too, and not used."""
    given = {
        "BASH_ENV": "/nowhere", "BASH_FUNC_read%%": "() { :; }", "a.b": "c", "PREFIX": "/usr", "GPG": "x",
        "GPG_OPTS": "y", "GIT_DIR": "/x", "GPG_TTY": "/dev/pts/9", "COLUMNS": "7", "here": "h", "EXTENSIONS": "e",
        "GIT_CEILING_DIRECTORIES": "/y", "PASS_AWS": "p", "python": "q", "main": "m",
    }  # fmt: skip
    assert world.ask(env=given).env.items() >= given.items()
    names = {
        name: value for name, value in given.items() if name.isidentifier()
    }  # sh, the fake program, drops others
    assert world.ask(("list",), env=given).env.items() >= names.items()


@SOURCED
def test_without_an_installed_program(world: World) -> None:
    """The error has two lines, the exit status is 127."""
    done = executed(world, "list", path="/usr/bin:/bin")
    assert done.returncode == 127
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == ["pass aws", "pass aws"]
    hint = done.stderr.splitlines()[1]
    left = subprocess.run(hint.partition("run ")[2].partition(",")[0], shell=True, check=True)  # noqa: S602
    assert left.returncode == 0
    assert not (world.folder / "aws.bash").exists(), "the hint removes the remaining files"
    assert executed(world, "env", "other", path="/usr/bin:/bin").stdout == "false\n"  # for eval


@SOURCED
def test_an_older_bash_starts_the_full_program(world: World) -> None:
    """The bash of macOS lacks features that the front needs."""
    text = EXTENSION.read_text()
    assert "-ge 5 " in text
    top = world.folder / "top"
    (top / "extensions").mkdir(parents=True)
    (top / "extensions" / "aws.bash").write_text(text.replace("-ge 5 ", "-ge 99 "))
    (top / "extensions" / "aws.bash").chmod(0o755)
    assert world.ask(top=top).full
    assert not world.ask().full


@SOURCED
def test_from_a_system_directory(world: World) -> None:
    """A system directory of extensions needs no environment; a symlink there works, too."""
    program = shutil.which("pass")
    assert program
    with open(program, encoding="utf-8") as file:
        text = file.read()
    ours = world.folder / "system-pass"
    ours.write_text(
        re.sub(r"(?m)^SYSTEM_EXTENSION_DIR=.*$", f'SYSTEM_EXTENSION_DIR="{world.folder}/system"', text)
    )
    ours.chmod(0o755)
    (world.folder / "system").mkdir()
    (world.folder / "system" / "aws.bash").symlink_to(EXTENSION)
    answer = world.run([str(ours), "aws", *PLAIN], world.env)
    assert not answer.full
    assert answer.env["AWS_SECRET_ACCESS_KEY"] == SECRET


@SOURCED
@pytest.mark.usefixtures("umask")
def test_a_caller_that_has_ended(world: World) -> None:
    """The umask of an ended caller cannot be read, so the command gets the one of pass."""
    started, go = (world.folder / name for name in ("started", "go"))
    os.mkfifo(started)
    os.mkfifo(go)
    (world.bin / "tty").write_text(
        f"#!/bin/sh\necho >{started}\nread x <{go}\n"
    )  # the first program that pass starts
    (world.bin / "tty").chmod(0o755)
    with subprocess.Popen(
        ["sh", "-c", f"pass aws exec ro -- sh -c umask & read x <{started}; exit 0"],
        env={**world.env, **ENABLED, "PASSWORD_STORE_UMASK": "022"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as caller:
        caller.wait()
        go.write_text("\n")
        assert caller.stdout
        assert caller.stdout.read() == "0077\n"


@SOURCED
def test_a_command_that_cannot_be_executed_ends_the_front(world: World) -> None:
    """With an exported `execfail`, bash would continue the front after a failed exec."""
    script = world.bin / "broken"
    script.write_text("#!/proc/nonexistent/interpreter\n")
    script.chmod(0o755)
    done = subprocess.run(
        ["pass", "aws", "exec", "ro", "--", "broken"], env={**world.env, **ENABLED, "BASHOPTS": "execfail"},
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode in {126, 127}
    assert done.stdout == ""


@pytest.mark.parametrize("side", SIDES)
def test_the_command_is_the_file_that_was_found(world: World) -> None:
    """bash itself would replace a `~` in PATH by the home directory."""
    for folder, says in ((world.home / "bin", "tilde"), (world.bin, "found")):
        folder.mkdir(exist_ok=True)
        (folder / "words").write_text(f'#!/bin/sh\nprintf "WORDS={says} $1\\0"\n')
        (folder / "words").chmod(0o755)
    path = f"~/bin:{world.env['PATH']}"
    assert world.ask(("exec", "ro", "--", "words", "a"), env={"PATH": path}).env == {"WORDS": "found a"}


@pytest.mark.parametrize("side", SIDES)
def test_the_command_gets_its_name_as_typed(world: World) -> None:
    """argv[0] is the typed word; programs such as busybox use it."""
    path = ("exec", "ro", "--", "sh", "-c", 'printf "NAME=%s\\0" "$(tr "\\0" " " </proc/$$/cmdline)"')
    assert world.ask(path).env["NAME"].startswith("sh -c ")


@pytest.mark.parametrize("side", SIDES)
def test_a_planted_text_cannot_fake_a_prompt(world: World) -> None:
    """A process that can write to the cache must not stop each command with "cancelled"."""
    said = "[GNUPG:] PINENTRY_LAUNCHED 1 gtk2 1.2.1\n"
    path = world.plant(change=lambda text: said + text, seal="0" * 64)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    world.fresh(path)
    answer = world.ask()
    assert answer.full
    assert answer.env["_PASS_AWS_TICKET"] != "asked"
