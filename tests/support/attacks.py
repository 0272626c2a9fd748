"""Things that an attacker may plant to make the front give a wrong answer, each with the check against it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

from world import NONCE, PLAIN, SEAL, SIDES, World

from pass_aws.cache import ticket
from pass_aws.cache.ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FRONT = "extensions/aws.bash"


class Hole(NamedTuple):
    """A check of the front, and the text that replaces it."""

    old: str
    new: str = ""


class Planted(NamedTuple):
    """The request of an attack.

    Args:
        argv: its words.
        env: additional variables.
        runner: runs the front.
        harmless: the front answers nevertheless, but the attack has no effect.
    """

    argv: tuple[str, ...] = PLAIN
    env: tuple[tuple[str, str], ...] = ()
    runner: tuple[str, ...] = ()
    harmless: bool = False


class Attack(NamedTuple):
    """An attack.

    Args:
        plant: prepares the world and returns the request.
        holes: the checks to remove.
        sides: the affected forms of the front.
    """

    plant: Callable[[World], Planted | None]
    holes: tuple[Hole, ...]
    sides: tuple[str, ...]


ATTACKS: dict[str, Attack] = {}
BY_ROOT = ("of_another_user", "a_seal_of_another_user")
"""Only root can create a file of another user."""


def attack(
    *holes: Hole, sides: tuple[str, ...] = SIDES
) -> Callable[[Callable[[World], Planted | None]], None]:
    """Registers an attack under its function's name."""

    def register(plant: Callable[[World], Planted | None]) -> None:
        ATTACKS[plant.__name__] = Attack(plant, holes, sides)

    return register


def believed(name: str) -> Hole:
    """A front that accepts any text in this line of a ticket's head."""
    number = ("seal", "nonce", "profile", "expires", "given").index(name) + 3
    return Hole(f'${number} == "{name}: ${name}"', f"-n ${number}")


OKAY = Hole("[[ $*$'\\n' == *$'\\n[GNUPG:] DECRYPTION_OKAY\\n'* ]]", "true")
"""A front that accepts a text without gpg's confirmation at its end."""


def literal(text: str) -> bytes:
    """An OpenPGP literal data packet. Source: RFC 4880 §4.2.2, §5.9."""
    body = b"t\0" + bytes(4) + text.encode()
    return b"\xcb\xff" + len(body).to_bytes(4, "big") + body


def same_time(path: Path, target: Path) -> None:
    """Gives a file the time of another one, but not its mode, which would close a directory."""
    at = path.stat().st_mtime_ns
    os.utime(target, ns=(at, at))


def shifted(path: Path, seconds: int) -> None:
    """Moves a file's time."""
    at = path.stat().st_mtime_ns + seconds * 10**9
    os.utime(path, ns=(at, at))


# The owner of the ticket.


@attack(believed("seal"))
def forged_with_the_public_key(world: World) -> None:
    """A process that can write to the cache can encrypt to the user's key, but does not know the seal."""
    world.plant(seal="0" * 64)


@attack(believed("profile"))
def replayed_under_another_name(world: World) -> None:
    """The ticket of a harmless profile, copied over another profile's."""
    world.plant(world.made("harmless"), folder="ro")


@attack(Hole("! shopt -q nocasematch || return"), sides=("sourced",))
def replayed_under_the_name_in_capitals(world: World) -> Planted:
    """The user's bash takes `RO` for `ro`, so the ticket of the one would answer for the other."""
    world.plant(world.made("RO"), folder="ro")
    return Planted(env=(("BASHOPTS", "nocasematch"),))


@attack(believed("expires"))
def renamed_to_live_longer(world: World) -> None:
    """An expired session, with a later expiry in its file name."""
    world.plant(world.made(left=-60), name=f"{world.made().expires}.gpg")


@attack(believed("nonce"))
def an_old_ticket_restored(world: World) -> None:
    """It was saved before a change of role or key, and is restored with its old time."""
    world.plant(nonce="0d" * 16)


@attack(Hole("$expires -ge $((EPOCHSECONDS + i)) && "))
def about_to_expire(world: World) -> None:
    """Less than five minutes are left: the full program may need a new session."""
    world.plant(world.made(left=290))


@attack(believed("given"))
def of_another_store(world: World) -> Planted:
    """In another store, the same profile has another key."""
    world.plant()
    other = world.folder / "other-store"
    shutil.copytree(world.store, other)
    return Planted(env=(("PASSWORD_STORE_DIR", str(other)),))


@attack(believed("given"))
def of_another_keyring(world: World) -> Planted:
    """Another GNUPGHOME may belong to another person, even if it has the same key."""
    world.plant()
    other = world.folder / "g"
    other.symlink_to(world.keyring)
    return Planted(env=(("GNUPGHOME", str(other)),))


@attack(believed("given"))
def for_another_region(world: World) -> Planted:
    """The user has set another region than the ticket's."""
    world.plant()
    return Planted(env=(("AWS_REGION", "us-gov-west-1"),))


@attack(believed("given"))
def for_another_endpoint(world: World) -> Planted:
    """The session comes from another endpoint."""
    world.plant()
    return Planted(env=(("AWS_ENDPOINT_URL_STS", "http://localhost:1"),))


@attack(Hole("[[ $values != *[$'\\t\\n']* ]]", "true"))
def two_variables_that_look_like_one(world: World) -> Planted:
    """The ticket's environment, imitated by one variable with the separator in its value."""
    world.plant(world.made(env={**world.env, "AWS_ROLE_ARN": "a", "AWS_ROLE_SESSION_NAME": "b"}))
    return Planted(env=(("AWS_ROLE_ARN", "a\tAWS_ROLE_SESSION_NAME=b"),))


# Its content.


@attack(Hole("-n $begun && "))
def not_encrypted(world: World) -> None:
    """`gpg -d` reads plain packets, too; this one even has the seal, and gpg's keywords in its text."""
    made = world.made()
    path = world.path("ro", f"{made.expires}.gpg")
    path.write_bytes(literal(f"{ticket.render(made, SEAL, NONCE)}[GNUPG:] DECRYPTION_OKAY\n"))
    world.fresh(path)


@attack(Hole("pass_aws_failed=($text)\n\t\treturn 1\n", "pass_aws_failed=($text)\n"), OKAY)
def damaged(world: World) -> None:
    """Its last byte is changed: gpg prints the text nevertheless, and reports the error only afterwards."""
    path = world.plant()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@attack(
    Hole("*) return 1 ;;\n\t\tesac\n\t\tpass_aws_exports", "*) break ;;\n\t\tesac\n\t\tpass_aws_exports"),
    OKAY,
)
def without_an_end(world: World) -> None:
    """A truncated text may lack important parts."""
    world.plant(change=lambda text: text.removesuffix("end\n"))


@attack(Hole("_PASS_AWS_SETTINGS=*)", "_PASS_AWS_SETTINGS=* | LD_PRELOAD=*)"))
def with_another_variable(world: World) -> None:
    """A ticket sets credentials and regions, but nothing that could run code."""
    made = world.made()
    exports = [*made.exports, ("LD_PRELOAD", "/x")]
    world.plant(Ticket(made.profile, made.expires, made.given, made.entry, exports))


@attack(Hole("--max-output 65536 "))
def a_bomb(world: World) -> None:
    """A small file with a huge text would fill the memory."""
    made = world.made()
    exports = [*made.exports[:2], ("AWS_SESSION_TOKEN", "t" * 70_000), *made.exports[3:]]
    world.plant(Ticket(made.profile, made.expires, made.given, made.entry, exports))


@attack(Hole(" && ! $entry -ot $fresh/entry"))
def of_a_removed_entry(world: World) -> None:
    """`pass rm` of the key, by any tool, invalidates its sessions here."""
    world.plant()
    world.entry.unlink()


@attack(Hole("! $entry -nt $fresh/entry && "))
def of_a_replaced_entry(world: World) -> None:
    """`pass insert -f`, `git pull` or aws-vault may have replaced the key."""
    world.plant()
    shifted(world.entry, 5)


@attack(Hole(" && ! $entry -ot $fresh/entry"))
def of_an_entry_replaced_by_an_older_one(world: World) -> None:
    """A backup may have replaced the key by an older one."""
    world.plant()
    shifted(world.entry, -5)


# The files.


@attack(Hole(" && ! -L $ticket"))
def a_symlink(world: World) -> None:
    """Our files are regular files; a symlink may lead to a place where others can write."""
    path = world.plant()
    real = world.folder / "real.gpg"
    path.rename(real)
    path.symlink_to(real)


@attack(Hole("-f $ticket && ", "-e $ticket && "))
def a_fifo(world: World) -> None:
    """Reading it would block forever."""
    path = world.path("ro", f"{world.made().expires}.gpg")
    os.mkfifo(path)
    world.fresh(path)


@attack(Hole("-f $state/seal && ", "-e $state/seal && "))
def a_fifo_for_the_seal(world: World) -> None:
    """Reading it would block forever, too."""
    world.plant()
    (world.state / "seal").unlink()
    os.mkfifo(world.state / "seal")


@attack(Hole(" && ! -L $state/seal ]]", " ]]"))
def a_linked_seal(world: World) -> None:
    """A seal that someone else has chosen."""
    world.plant(seal="0" * 64)
    (world.folder / "seal").write_text("0" * 64 + "\n")
    (world.state / "seal").unlink()
    (world.state / "seal").symlink_to(world.folder / "seal")


APART = Hole(" && ! $line -ef $cache")


def moved(world: World, state: Path) -> None:
    """Moves the state elsewhere, with a known seal."""
    shutil.move(world.state, state)
    world.state = state
    (state / "seal").write_text("0" * 64 + "\n")
    world.plant(seal="0" * 64)


@attack(APART)
def a_seal_in_the_cache(world: World) -> Planted:
    """One XDG variable points into the other's directory, so a process that can write to the cache has chosen the seal."""
    moved(world, world.cache / "x/pass-aws")
    return Planted(env=(("XDG_STATE_HOME", str(world.cache / "x")),))


@attack(APART)
def a_seal_in_the_cache_by_a_link(world: World) -> None:
    """As above, but one directory is a symlink to the other."""
    link = world.state.parent
    world.cache.rmdir()
    moved(world, world.cache)
    link.rmdir()
    link.symlink_to("../.cache")


@attack(Hole("${#seal} -eq 64 && "))
def a_short_seal(world: World) -> None:
    """One digit would soon be guessed."""
    (world.state / "seal").write_text("5\n")
    world.plant(seal="5")


@attack(Hole("-O $ticket && "))
def of_another_user(world: World) -> None:
    """With sudo the cache belongs to another user."""
    path = world.plant()
    os.chown(path, 65534, 65534)


@attack(Hole("-O $state/seal && "))
def a_seal_of_another_user(world: World) -> None:
    """With sudo the seal belongs to another user, who knows it."""
    world.plant()
    os.chown(world.state / "seal", 65534, 65534)


EXPIRY = (
    "case $expires in *[!0123456789]* | 0* | ???????????*) return 1 ;; ??????????) ;; *) return 1 ;; esac"
)


@attack(Hole(EXPIRY, ":"))
def code_for_an_expiry(world: World) -> None:
    """`[[ $text -ge 0 ]]` evaluates an arithmetic expression, and the substitutions in it."""
    noted = world.noted(world.plant())
    (noted / "entry").write_text(f"a[$(>x)] {NONCE}\n")


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@attack(Hole(f" | *[!{LETTERS}0123456789._@+/-]*) return", ") return"))
def an_odd_name(world: World) -> Planted:
    """For names with other characters the front never answers, whatever files exist."""
    name = "a[$(>x)]"
    world.plant(world.made(name), folder=name)
    return Planted(("exec", name, *PLAIN[2:]))


@attack(Hole("'' | [-.]* |", "'' |"))
def a_name_that_leaves_the_directory(world: World) -> Planted:
    """`..` is the cache itself."""
    world.plant(world.made(".."), folder="..")
    return Planted(("exec", "..", *PLAIN[2:]))


@attack(Hole("'' | [-.]* |", "'' | [.]* |"))
def an_option_for_a_name(world: World) -> Planted:
    """`exec -n -- CMD` has no profile, and requests no session."""
    world.plant(world.made("-n"), folder="-n")
    return Planted(("exec", "-n", *PLAIN[2:]))


@attack(Hole("'' | [-.]* |", "[-.]* |"))
def an_empty_name(world: World) -> Planted:
    """Its directory would be the directory of all tickets."""
    world.plant(world.made(""), folder=".")
    return Planted(("exec", "", *PLAIN[2:]))


@attack(Hole("${#profile} -le 100 && "))
def a_long_name(world: World) -> Planted:
    """A hundred characters are enough for a file name."""
    name = "x" * 101
    world.plant(world.made(name), folder=name)
    return Planted(("exec", name, *PLAIN[2:]))


# Its sources.


@attack(Hole(" && ! $config -nt $fresh/config"))
def config_changed(world: World) -> None:
    """The profile may now have another role."""
    world.plant()
    shifted(world.config, 5)


@attack(Hole(" && ! $config -ot $fresh/config"))
def config_replaced_by_an_older_one(world: World) -> None:
    """`cp -p`, backups and symlinks restore old times."""
    world.plant()
    shifted(world.config, -5)


@attack(Hole("! $credentials -nt $fresh/credentials && "))
def credentials_changed(world: World) -> None:
    """Profiles depend on them, too."""
    world.credentials.write_text("[x]\n")
    world.plant()
    shifted(world.credentials, 5)


@attack(Hole(" && ! $credentials -ot $fresh/credentials"))
def credentials_replaced_by_an_older_file(world: World) -> None:
    """A backup of the credentials file has an old time."""
    world.credentials.write_text("[x]\n")
    world.plant()
    shifted(world.credentials, -5)


@attack(Hole("! $credentials -nt $fresh/credentials && "))
def credentials_appeared(world: World) -> None:
    """A file that did not exist when the ticket was made."""
    world.plant()
    world.credentials.write_text("[x]\n")
    shifted(world.credentials, -500)


@attack(Hole(" && ! $credentials -ot $fresh/credentials"))
def credentials_gone(world: World) -> None:
    """A ticket is not valid after one of its source files was removed."""
    world.credentials.write_text("[x]\n")
    world.plant()
    world.credentials.unlink()


@attack(Hole("-f $config && "), Hole(" && ! $config -ot $fresh/config"))
def config_gone(world: World) -> None:
    """Without the config file, the profile does not exist."""
    world.plant()
    world.config.unlink()


@attack(Hole("-f $config && "))
def config_made_a_directory(world: World) -> None:
    """A directory is not a config file, and its time is not that of a profile."""
    world.plant()
    same_time(world.config, world.home)
    world.config.unlink()
    world.config.mkdir()
    same_time(world.home, world.config)


# The request.


@attack(Hole(" && $config == /*"))
def a_relative_config(world: World) -> Planted:
    """A relative path names another file in each directory."""
    path = world.here("config")
    path.write_text("")
    return foreign(world, 1, "AWS_CONFIG_FILE", "config", path)


@attack(Hole(" && $credentials == /*"))
def relative_credentials(world: World) -> Planted:
    """A relative path names another file in each directory."""
    path = world.here("credentials")
    path.write_text("")
    world.credentials = path
    return foreign(world, 2, "AWS_SHARED_CREDENTIALS_FILE", "credentials", path)


@attack(Hole(" && $pass_aws_store == /*"))
def a_relative_store(world: World) -> Planted:
    """Another directory has other keys."""
    shutil.copytree(world.store, world.here("store"))
    return foreign(world, 0, "PASSWORD_STORE_DIR", "store", world.config)


@attack(Hole("$HOME == /* && "))
def a_relative_home(world: World) -> Planted:
    """Another directory has another keyring."""
    absolute = {
        "AWS_CONFIG_FILE": world.config,
        "AWS_SHARED_CREDENTIALS_FILE": world.credentials,
        "XDG_CACHE_HOME": world.cache.parent,
        "XDG_STATE_HOME": world.state.parent,
    }
    env = {name: str(path) for name, path in absolute.items()} | {"HOME": "here"}
    world.plant(world.made(env={**world.env, **env}))
    return Planted(env=tuple(env.items()))


@attack(Hole(" && $cache == /*"))
def a_relative_cache(world: World) -> Planted:
    """A cache that was left in this directory is not the user's."""
    world.cache = world.here("cache/pass-aws")
    world.plant()
    return Planted(env=(("XDG_CACHE_HOME", "cache"),))


@attack(Hole(" && $state == /*"))
def a_relative_state(world: World) -> Planted:
    """The directory contains a seal that others know, as a cloned repository may."""
    world.here("state").mkdir()
    moved(world, world.here("state/pass-aws"))
    return Planted(env=(("XDG_STATE_HOME", "state"),))


@attack(Hole("case $pass_aws_store$config$credentials in *[$'\\t\\n$']*) return 1 ;; esac"))
def a_config_with_a_variable_in_its_path(world: World) -> Planted:
    """SDKs expand it; here it would be another file."""
    path = world.folder / "$X"
    path.write_text("")
    return foreign(world, 1, "AWS_CONFIG_FILE", str(path), path)


def foreign(world: World, place: int, variable: str, name: str, path: Path) -> Planted:
    """A ticket made from other places, one of them with an ambiguous name.

    Args:
        world: the world, which is changed.
        place: the position of the name in the `given` line.
        variable: contains the name.
        name: the name of a file or directory.
        path: the file whose time the ticket gets.
    """
    made = world.made()
    words = made.given.split("\t")
    words[place] = name
    if place == 1:
        world.config = path
    world.plant(Ticket(made.profile, made.expires, "\t".join(words), made.entry, made.exports))
    return Planted(env=((variable, name),))


def asks_for_more(name: str, value: str, *holes: Hole) -> None:
    """Registers a variable with a request that the front does not answer."""

    def plant(world: World) -> Planted:
        world.plant()
        return Planted(env=((name, value),))

    plant.__name__ = f"{name}={value}"
    attack(*holes)(plant)


for variable, text in (
    ("AWS_VAULT_PASS_PASSWORD_STORE_DIR", "/elsewhere"),
    ("PASS_AWS_SESSION_CACHE", "none"),
    ("PASS_AWS_NO_INPUT", "1"),
    ("PASS_AWS_MIN_TTL", "1h"),
    ("AWS_MIN_TTL", "1h"),
):
    asks_for_more(variable, text, Hole(f"${variable}"))
for variable in ticket.PREFIXES:
    asks_for_more(variable, "", Hole(f"-n ${{{variable}-x}} &&"))


@attack(Hole("case $- in *[xv]*) return 1 ;; esac"))
def traced(world: World) -> Planted:
    """`bash -x pass …` would write the secrets to stderr."""
    world.plant()
    return Planted(runner=("bash", "-x"))


@attack(Hole("case $- in *[xv]*) return 1 ;; esac"))
def echoed(world: World) -> Planted:
    """`bash -v` would write them to stderr, too."""
    world.plant()
    return Planted(runner=("bash", "-v"))


@attack(Hole('pass_aws_find_command "$@" && '))
def a_command_that_is_not_there(world: World) -> Planted:
    """It is looked up before any decryption, and the full program reports it."""
    world.plant()
    real = shutil.which("gpg")
    (world.bin / "gpg").write_text(f'#!/bin/sh\n: >x\nexec {real} "$@"\n')
    (world.bin / "gpg").chmod(0o755)
    return Planted(("exec", "ro", "--", "no-such-command"))


@attack(Hole(" && [[ $i == '#!' || $i == $'\\x7fE' ]]"))
def a_script_without_first_line(world: World) -> Planted:
    """bash would run it itself, with all its variables; /bin/sh must run it."""
    world.plant()
    script = world.bin / "script"
    script.write_text("env -0\n")
    script.chmod(0o755)
    return Planted(("exec", "ro", "--", "script"))


# The environment. The front answers nevertheless; the attack must have no effect.


def watched(world: World, condition: str) -> None:
    """Puts a gpg on PATH that creates a file `x` if a condition of the shell is true."""
    (world.bin / "gpg").write_text(f'#!/bin/sh\n{condition} && : >x\nexec {shutil.which("gpg")} "$@"\n')
    (world.bin / "gpg").chmod(0o755)


@attack(Hole("local +x profile=$2", "local profile=$2"))
def a_caller_that_exports_our_names(world: World) -> Planted:
    """bash exports a local variable if an outer one of the same name is exported: gpg would get the seal."""
    world.plant()
    watched(world, f"env | grep -q {SEAL}")
    return Planted(env=(("seal", "x"),), harmless=True)


@attack(Hole("set +a -f", "set -f"), sides=("sourced",))
def a_caller_that_exports_everything(world: World) -> Planted:
    """bash also exports local variables under `allexport`, which pass inherits from its caller."""
    world.plant()
    watched(world, f"env | grep -q {SEAL}")
    return Planted(env=(("SHELLOPTS", "allexport:braceexpand"),), harmless=True)


@attack(
    Hole('unset -v "${!AWS_@}" "${!_PASS_AWS_@}" BOTO_CONFIG # an agent that gpg starts would keep them\n')
)
def a_caller_with_other_credentials(world: World) -> Planted:
    """gpg starts an agent, which would keep them in its environment for its whole life."""
    world.plant()
    watched(world, 'test -n "$AWS_SECRET_ACCESS_KEY$AWS_CONTAINER_AUTHORIZATION_TOKEN"')
    more = (("AWS_SECRET_ACCESS_KEY", "x"), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "x"))
    return Planted(env=more, harmless=True)


PRIVILEGED = Hole("#!/bin/bash -p\n", "#!/bin/bash\n")


@attack(PRIVILEGED, sides=("executed",))
def a_file_that_bash_reads_first(world: World) -> Planted:
    """BASH_ENV names a script that every bash runs."""
    world.plant()
    script = world.folder / "script"
    script.write_text(": >x\n")
    return Planted(env=(("BASH_ENV", str(script)),), harmless=True)


@attack(PRIVILEGED, sides=("executed",))
def a_function_of_the_environment(world: World) -> Planted:
    """An exported function would be called instead of a bash command."""
    world.plant()
    return Planted(env=(("BASH_FUNC_read%%", '() { : >x; builtin read "$@"; }'),), harmless=True)


@attack(PRIVILEGED, Hole("case $- in *[xv]*) return 1 ;; esac"), sides=("executed",))
def traced_by_the_environment(world: World) -> Planted:
    """SHELLOPTS would write the secrets to stderr."""
    world.plant()
    return Planted(env=(("SHELLOPTS", "xtrace:braceexpand"),), harmless=True)


@attack(
    Hole("if [[ -n $pass_aws_sourced ]]; then\n\t\tpass_aws_gpg", "if [[ -n $GPG ]]; then\n\t\tpass_aws_gpg"),
    sides=("executed",),
)
def a_gpg_of_the_environment(world: World) -> Planted:
    """GPG is pass's own variable; a caller of `pass-aws` may use it for something else."""
    world.plant()
    watched(world, "true")
    (world.bin / "gpg").rename(world.bin / "not-gpg")
    return Planted(env=(("GPG", str(world.bin / "not-gpg")),), harmless=True)


@attack(believed("seal"))
def a_false_gpg(world: World) -> None:
    """A program named gpg on PATH prints anything, but does not know the seal."""
    text = ticket.render(world.made(), "0" * 64, NONCE)
    world.plant()
    (world.folder / "said").write_text(
        f"[GNUPG:] BEGIN_DECRYPTION\n[GNUPG:] PLAINTEXT 62 0 \n{text}[GNUPG:] DECRYPTION_OKAY\n"
    )
    (world.bin / "gpg").write_text(f"#!/bin/sh\ncat {world.folder}/said\n")
    (world.bin / "gpg").chmod(0o755)
