"""What may be planted to make the short way hand over the wrong thing, each with the check that stops it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

from world import PLAIN, SEAL, World

from pass_aws.cache import ticket
from pass_aws.cache.ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASH, FAST = "extensions/aws.bash", "pass_aws/fast.py"
TICKET, GPG = "pass_aws/cache/ticket.py", "pass_aws/gpg/gpg.py"
FOLDERS = "pass_aws/system/user_dirs.py"


class Hole(NamedTuple):
    """A file of ours, a piece of it, and what stands there when the check is gone."""

    file: str
    old: str
    new: str


class Planted(NamedTuple):
    """The request that goes with it."""

    argv: tuple[str, ...] = PLAIN
    env: tuple[tuple[str, str], ...] = ()
    runner: tuple[str, ...] = ()


class Attack(NamedTuple):
    """Something planted.

    Args:
        plant: prepares the world.
        holes: the checks to take away, in each side that has them.
    """

    plant: Callable[[World], Planted | None]
    holes: dict[str, tuple[Hole, ...]]


ATTACKS: dict[str, Attack] = {}
BY_ROOT = ("of_another_user", "a_seal_of_another_user")
"""Nobody else can make a file of another user."""
Plant = "Callable[[World], Planted | None]"


def attack(*holes: Hole) -> Callable[[Callable[[World], Planted | None]], None]:
    """Registers an attack under its function's name; a side without holes does not meet it."""

    def register(plant: Callable[[World], Planted | None]) -> None:
        bash = tuple(hole for hole in holes if hole.file == BASH)
        fast = tuple(hole for hole in holes if hole.file != BASH)
        ATTACKS[plant.__name__] = Attack(
            plant, {side: found for side, found in (("bash", bash), ("fast", fast)) if found}
        )

    return register


def believed(name: str) -> tuple[Hole, Hole]:
    """The holes through which a ticket may say anything in a line of its head."""
    expected = '\tline="pass-aws ticket 1\n'
    told = f"\t{name}=${{text#*$'\\n{name}: '}} {name}=${{{name}%%$'\\n'*}}\n"
    number = ("", "seal", "profile", "expires", "given").index(name)
    split = 'lines = text.split("\\n")\n'
    return (
        Hole(BASH, expected, told + expected),
        Hole(TICKET, split, f"{split}    lines[{number} : {number + 1}] = [head[{number}]]\n"),
    )


def literal(text: str) -> bytes:
    """An OpenPGP literal data packet. Source: RFC 4880 §4.2.2, §5.9."""
    body = b"t\0" + bytes(4) + text.encode()
    return b"\xcb\xff" + len(body).to_bytes(4, "big") + body


def same_time(path: Path, target: Path) -> None:
    """Gives a file the time of another one, and nothing else of it: a mode would close a folder."""
    at = path.stat().st_mtime_ns
    os.utime(target, ns=(at, at))


def shifted(path: Path, seconds: int) -> None:
    """Moves a file's time."""
    at = path.stat().st_mtime_ns + seconds * 10**9
    os.utime(path, ns=(at, at))


# Whose ticket it is.


@attack(*believed("seal"))
def forged_with_the_public_key(world: World) -> None:
    """Whoever can write the cache can encrypt to the user's key, but does not know the seal."""
    world.plant(seal="0" * 64)


@attack(*believed("profile"))
def replayed_under_another_name(world: World) -> None:
    """The ticket of a harmless profile, copied over the one of another."""
    world.plant(world.made("harmless"), folder="ro")


@attack(*believed("expires"))
def renamed_to_live_longer(world: World) -> None:
    """An expired session that its file name makes young again."""
    world.plant(world.made(left=-60), name=f"{world.made().expires}.gpg")


@attack(
    Hole(BASH, "[[ $line -ge $((EPOCHSECONDS + 300)) ]] && ", ""),
    Hole(FAST, "if expires < until or", "if"),
)
def about_to_expire(world: World) -> None:
    """Less than five minutes are left: the full program may want a new one."""
    world.plant(world.made(left=290))


@attack(*believed("given"))
def of_another_store(world: World) -> Planted:
    """The same profile in another store is another key."""
    world.plant()
    other = world.folder / "other-store"
    shutil.copytree(world.store, other)
    return Planted(env=(("PASSWORD_STORE_DIR", str(other)),))


@attack(*believed("given"))
def of_another_keyring(world: World) -> Planted:
    """Another GNUPGHOME is another person, also where it holds the same key."""
    world.plant()
    other = world.folder / "g"
    other.symlink_to(world.keyring)
    return Planted(env=(("GNUPGHOME", str(other)),))


@attack(*believed("given"))
def for_another_region(world: World) -> Planted:
    """The user wishes a region that the ticket does not have."""
    world.plant()
    return Planted(env=(("AWS_REGION", "us-gov-west-1"),))


@attack(*believed("given"))
def for_another_endpoint(world: World) -> Planted:
    """The session comes from somewhere else."""
    world.plant()
    return Planted(env=(("AWS_ENDPOINT_URL_STS", "http://localhost:1"),))


@attack(
    Hole(BASH, "[[ ${!i} != *[$'\\t\\n']* ]] || return 1\n", ""),
    Hole(TICKET, "return line if whole else None", "return line"),
)
def two_variables_that_look_like_one(world: World) -> Planted:
    """The ticket's surroundings, said by one variable with the separator in its value."""
    world.plant(world.made(env={**world.env, "AWS_ROLE_ARN": "a", "AWS_ROLE_SESSION_NAME": "b"}))
    return Planted(env=(("AWS_ROLE_ARN", "a\tAWS_ROLE_SESSION_NAME=b"),))


# What it says.


@attack(
    Hole(BASH, "${before%%PLAINTEXT*} == *'[GNUPG:] BEGIN_DECRYPTION'* &&", ""),
    Hole(GPG, 'and "[GNUPG:] DECRYPTION_OKAY" in status.splitlines()', ""),
)
def not_encrypted(world: World) -> None:
    """`gpg -d` reads plain packets, too; this one even has the seal, and words of gpg's own in its text."""
    made = world.made()
    text = ticket.render(made, SEAL)
    if world.side == "bash":
        text = f"[GNUPG:] BEGIN_DECRYPTION\n{text}[GNUPG:] DECRYPTION_OKAY\n"
    path = world.path("ro", f"{made.expires}.gpg")
    path.write_bytes(literal(text))
    world.fresh(path)


@attack(
    Hole(BASH, "} 2>/dev/null || {\n\t\tcase", "} 2>/dev/null || [[ $text ]] || {\n\t\tcase"),
    Hole(BASH, "== *'[GNUPG:] DECRYPTION_OKAY'* &&", "== * &&"),
    Hole(GPG, "return code == 0 and ", "return True or "),
)
def damaged(world: World) -> None:
    """Its last byte is another one: gpg prints the text all the same, and only then complains."""
    path = world.plant()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    world.fresh(path)


@attack(
    Hole(BASH, " after=${after:${#body}}\n", "\n"),
    Hole(
        BASH,
        "\t\t*) return 1 ;;\n\t\tesac\n\tdone\n}\n\n# The caller's umask",
        "esac\ndone\n}\n\n# The caller's umask",
    ),
    Hole(TICKET, 'or lines[-2:] != ["end", ""] or', "or"),
    Hole(TICKET, "if not all(colon and name in EXPORTED", "if not all(True"),
)
def without_an_end(world: World) -> None:
    """A text that stops early may have lost what matters."""
    world.plant(change=lambda text: text.removesuffix("end\n"))


@attack(
    Hole(BASH, "_PASS_AWS_SETTINGS) pass", "_PASS_AWS_SETTINGS | LD_PRELOAD) pass"),
    Hole(TICKET, "colon and child_environment.exportable(name)", "colon"),
)
def with_a_name_beyond_the_nine(world: World) -> None:
    """A ticket sets credentials and regions, never what would run code."""
    made = world.made()
    exports = [*made.exports, ("LD_PRELOAD", "/x")]
    world.plant(Ticket(made.profile, made.expires, made.given, made.entry, exports))


@attack(Hole(BASH, " && -f $entry ]]", " ]]"), Hole(FAST, "found and os.path.isfile(found.entry)", "found"))
def of_a_removed_entry(world: World) -> None:
    """`pass rm` of the key, by whatever tool, ends its sessions here."""
    world.plant()
    world.entry.unlink()


# What lies there.


@attack(Hole(BASH, "! -L $ticket && ", ""), Hole(FAST, "found = os.lstat(path)", "found = os.stat(path)"))
def a_symlink(world: World) -> None:
    """Ours are files; a link leads to where others may write."""
    made = world.made()
    path = world.plant(made)
    real = world.folder / "real.gpg"
    path.rename(real)
    path.symlink_to(real)
    world.fresh(path)


@attack(Hole(BASH, "-f $ticket && ", "-e $ticket && "), Hole(FAST, "S_ISREG(found.st_mode) and ", ""))
def a_fifo(world: World) -> None:
    """Reading it would wait for ever."""
    path = world.path("ro", f"{world.made().expires}.gpg")
    os.mkfifo(path)
    world.fresh(path)


@attack(Hole(BASH, "-f $state/seal && ", "-e $state/seal && "), Hole(FAST, "S_ISREG(found.st_mode) and ", ""))
def a_fifo_for_the_seal(world: World) -> None:
    """The same, one step earlier."""
    world.plant()
    (world.state / "seal").unlink()
    os.mkfifo(world.state / "seal")


@attack(
    Hole(BASH, " && ! -L $state/seal ]]", " ]]"),
    Hole(FAST, "found = os.lstat(path)", "found = os.stat(path)"),
)
def a_linked_seal(world: World) -> None:
    """A seal that somebody else has chosen."""
    world.plant(seal="0" * 64)
    (world.folder / "seal").write_text("0" * 64 + "\n")
    (world.state / "seal").unlink()
    (world.state / "seal").symlink_to(world.folder / "seal")


@attack(
    Hole(BASH, ' &&\n\t\t$state/ != "$cache"/* ]]', " ]]"),
    Hole(FOLDERS, 'return not f"{state}/".startswith(f"{cache}/")', "return True"),
)
def a_seal_in_the_cache(world: World) -> Planted:
    """Whoever can write there has chosen it: both XDG variables say the same folder."""
    world.plant(seal="0" * 64)
    (world.cache / "seal").write_text("0" * 64 + "\n")
    return Planted(env=(("XDG_STATE_HOME", str(world.cache.parent)),))


@attack(
    Hole(BASH, "[[ ${#seal} -eq 64 ]]", "true"),
    Hole(FAST, 'text[:64] if len(text) == 65 else ""', "text[:-1]"),
)
def a_short_seal(world: World) -> None:
    """One digit would soon be guessed."""
    (world.state / "seal").write_text("5\n")
    world.plant(seal="5")


@attack(Hole(BASH, "-O $ticket && ", ""), Hole(FAST, "and found.st_uid == os.geteuid()", ""))
def of_another_user(world: World) -> None:
    """Under sudo the cache is somebody else's."""
    path = world.plant()
    os.chown(path, 65534, 65534)


@attack(Hole(BASH, "-O $state/seal && ", ""), Hole(FAST, "and found.st_uid == os.geteuid()", ""))
def a_seal_of_another_user(world: World) -> None:
    """So is the seal, which that user knows."""
    world.plant()
    os.chown(world.state / "seal", 65534, 65534)


@attack(Hole(BASH, "\t\tcase $line in *[!0123456789]*) continue ;; esac\n", ""))
def code_in_a_file_name(world: World) -> None:
    """`[[ $name -ge 0 ]]` evaluates an arithmetic expression, and the substitutions in it."""
    path = world.plant()
    world.fresh(path.rename(path.with_name("1+a[$(>x)].gpg")))


@attack(
    Hole(
        BASH,
        " | *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+/-]*) return",
        ") return",
    ),
    Hole(TICKET, "and NAME_CHARACTERS.issuperset(profile)", ""),
)
def an_odd_name(world: World) -> Planted:
    """Names with other characters have no short way, whatever lies there."""
    name = "a[$(>x)]"
    world.plant(world.made(name), folder=name)
    return Planted(("exec", name, *PLAIN[2:]))


@attack(Hole(BASH, "'' | [-.]* |", "'' |"), Hole(TICKET, 'and profile[0] not in "-." ', ""))
def a_name_that_leaves_the_folder(world: World) -> Planted:
    """`..` is the cache itself."""
    world.plant(world.made(".."), folder="..")
    return Planted(("exec", "..", *PLAIN[2:]))


@attack(
    Hole(BASH, "'' | [-.]* |", "'' | [.]* |"), Hole(TICKET, 'profile[0] not in "-."', 'profile[0] != "."')
)
def an_option_for_a_name(world: World) -> Planted:
    """`exec -n -- CMD` has no profile, and wishes no session."""
    world.plant(world.made("-n"), folder="-n")
    return Planted(("exec", "-n", *PLAIN[2:]))


@attack(Hole(BASH, "'' | [-.]* |", "[-.]* |"))
def an_empty_name(world: World) -> Planted:
    """Its folder would be the one of all tickets; Python has no first character to look at."""
    world.plant(world.made(""), folder=".")
    return Planted(("exec", "", *PLAIN[2:]))


@attack(
    Hole(BASH, "${#profile} -le 100 && ", ""), Hole(TICKET, "0 < len(profile) <= 100", "0 < len(profile)")
)
def a_long_name(world: World) -> Planted:
    """A hundred characters are enough for a file name."""
    name = "x" * 101
    world.plant(world.made(name), folder=name)
    return Planted(("exec", name, *PLAIN[2:]))


# What it was made from.

TIMES = "[_time(os.path.dirname(path)), _time(path)] == times"
NEWEST = Hole(FAST, TIMES, "_time(os.path.dirname(path)) == times[0]")
OTHER = Hole(FAST, TIMES, "_time(path) == times[1]")


@attack(Hole(BASH, " && ! $ticket -ot $newest", ""), NEWEST)
def config_changed(world: World) -> None:
    """The profile may be another role now."""
    world.credentials.write_text("[x]\n")
    shifted(world.credentials, -5)
    world.plant()
    shifted(world.config, 5)


@attack(
    Hole(BASH, " && ! $ticket -nt $newest", ""),
    Hole(BASH, " && ! $folder -nt $other", ""),
    Hole(FAST, TIMES, "True"),
)
def config_replaced_by_an_older_one(world: World) -> None:
    """`cp -p`, backups and links bring old times back."""
    world.plant()
    shifted(world.config, -5)


@attack(Hole(BASH, " && ! $folder -nt $other", ""), OTHER)
def config_replaced_beside_newer_credentials(world: World) -> None:
    """The ticket has the time of the credentials file, which has not changed."""
    world.credentials.write_text("[x]\n")
    shifted(world.config, -500)
    world.plant()
    shifted(world.config, -5)


@attack(Hole(BASH, " && ! $folder -ot $other", ""), OTHER)
def config_replaced_by_a_newer_one_beside_newer_credentials(world: World) -> None:
    """Also by one that is newer, but not the newest of both."""
    world.credentials.write_text("[x]\n")
    shifted(world.config, -500)
    world.plant()
    shifted(world.config, 5)


@attack(Hole(BASH, " && ! $ticket -ot $newest", ""), NEWEST)
def credentials_changed(world: World) -> None:
    """They are part of what profiles come from."""
    world.credentials.write_text("[x]\n")
    shifted(world.credentials, 5)
    world.plant()
    shifted(world.credentials, 5)


@attack(Hole(BASH, " && ! $ticket -ot $newest", ""), NEWEST)
def credentials_appeared(world: World) -> None:
    """A file that was not there when the ticket was made."""
    world.plant()
    world.credentials.write_text("[x]\n")
    shifted(world.credentials, 5)


@attack(Hole(BASH, "[[ -f $config && ", "[[ "))
def config_gone(world: World) -> None:
    """Without it the profile is gone, too; Python sees that by its time."""
    world.credentials.write_text("[x]\n")
    same_time(world.config, world.credentials)
    world.plant()
    world.config.unlink()


@attack(Hole(BASH, "[[ -f $config && ", "[[ "), Hole(FAST, "os.path.isfile(config) and ", ""))
def config_made_a_folder(world: World) -> None:
    """Its time is not that of any profile."""
    world.plant()
    same_time(world.config, world.home)
    world.config.unlink()
    world.config.mkdir()
    same_time(world.home, world.config)


# What the request is.


ABSOLUTE = Hole(TICKET, 'all(path.startswith("/") and "$" not in path for path in paths)', "all(paths)")
OWN_FOLDER = Hole(FOLDERS, "found if found.startswith('/') else", "found if found else")


@attack(Hole(BASH, " && $config == /*", ""), ABSOLUTE)
def a_relative_config(world: World) -> Planted:
    """It is another file in each folder."""
    path = world.here("config")
    path.write_text("")
    return foreign(world, 1, "AWS_CONFIG_FILE", "config", path)


@attack(Hole(BASH, " && $credentials == /*", ""), ABSOLUTE)
def relative_credentials(world: World) -> Planted:
    """So are these."""
    path = world.here("credentials")
    path.write_text("")
    world.credentials = path
    return foreign(world, 2, "AWS_SHARED_CREDENTIALS_FILE", "credentials", path)


@attack(Hole(BASH, " && $pass_aws_store == /*", ""), ABSOLUTE)
def a_relative_store(world: World) -> Planted:
    """Another folder has other keys."""
    shutil.copytree(world.store, world.here("store"))
    return foreign(world, 0, "PASSWORD_STORE_DIR", "store", world.config)


@attack(Hole(BASH, "$HOME == /* && ", ""), Hole(FAST, ' or not home.startswith("/")', ""))
def a_relative_home(world: World) -> Planted:
    """Another folder has another keyring."""
    absolute = {
        "AWS_CONFIG_FILE": world.config,
        "AWS_SHARED_CREDENTIALS_FILE": world.credentials,
        "XDG_CACHE_HOME": world.cache.parent,
        "XDG_STATE_HOME": world.state.parent,
    }
    env = {name: str(path) for name, path in absolute.items()} | {"HOME": "here"}
    world.plant(world.made(env={**world.env, **env}))
    return Planted(env=tuple(env.items()))


@attack(Hole(BASH, " && $cache == /*", ""), OWN_FOLDER)
def a_relative_cache(world: World) -> Planted:
    """One that somebody has left in this folder."""
    world.cache = world.here("cache/pass-aws")
    world.plant()
    return Planted(env=(("XDG_CACHE_HOME", "cache"),))


@attack(Hole(BASH, " && $state == /*", ""), OWN_FOLDER)
def a_relative_state(world: World) -> Planted:
    """With a seal in it that somebody else knows, as a repository may have."""
    world.here("state/pass-aws").mkdir(parents=True)
    world.here("state/pass-aws/seal").write_text("0" * 64 + "\n")
    world.plant(seal="0" * 64)
    return Planted(env=(("XDG_STATE_HOME", "state"),))


@attack(
    Hole(BASH, "case $pass_aws_store$config$credentials in *[$'\\t\\n$']*) return 1 ;; esac", ""),
    Hole(TICKET, 'path.startswith("/") and "$" not in path', 'path.startswith("/")'),
)
def a_config_with_a_variable_in_its_path(world: World) -> Planted:
    """SDKs put its value there; here it would be another file."""
    path = world.folder / "$X"
    path.write_text("")
    return foreign(world, 1, "AWS_CONFIG_FILE", str(path), path)


def foreign(world: World, place: int, variable: str, name: str, path: Path) -> Planted:
    """A ticket made from other places, one of them under a name that cannot be trusted to mean it.

    Args:
        world: is changed.
        place: of the name in the given line.
        variable: says the name.
        name: of a file or folder.
        path: of the file whose time the ticket gets.
    """
    made = world.made()
    words = made.given.split("\t")
    words[place] = name
    planted = world.plant(Ticket(made.profile, made.expires, "\t".join(words), made.entry, made.exports))
    if place == 1:
        for target in (planted, planted.parent):
            same_time(path, target)
    return Planted(env=((variable, name),))


def asks_for_more(name: str, value: str, *holes: Hole) -> None:
    """Registers a variable that asks for something which the short way does not do."""

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
    asks_for_more(
        variable,
        text,
        Hole(BASH, f"${variable}", ""),
        Hole(TICKET, f'    "{variable}",\n', ""),
    )
for variable in ticket.PREFIXES:
    asks_for_more(
        variable,
        "",
        Hole(BASH, f" && -n ${{{variable}-x}}", ""),
        Hole(TICKET, 'any(env.get(name) == "" for name in PREFIXES)', "False"),
    )


@attack(Hole(BASH, "case $- in *[xv]*) return 1 ;; esac", ""))
def traced(world: World) -> Planted:
    """`bash -x pass …` would write the secrets to stderr."""
    world.plant()
    return Planted(runner=("bash", "-x"))


@attack(Hole(BASH, "case $- in *[xv]*) return 1 ;; esac", ""))
def echoed(world: World) -> Planted:
    """So might -v."""
    world.plant()
    return Planted(runner=("bash", "-v"))


@attack(
    Hole(BASH, '&& pass_aws_look_up "$4" ', ""), Hole(FAST, "                become.find(name, env)\n", "")
)
def a_command_that_is_not_there(world: World) -> Planted:
    """It is looked up before anything is decrypted, and reported by the full program."""
    world.plant()
    real = shutil.which("gpg")
    (world.bin / "gpg").write_text(f'#!/bin/sh\n: >x\nexec {real} "$@"\n')
    (world.bin / "gpg").chmod(0o755)
    return Planted(("exec", "ro", "--", "no-such-command"))


@attack(Hole(BASH, " && [[ $i == '#!' || $i == $'\\x7fE' ]]", ""))
def a_script_without_first_line(world: World) -> Planted:
    """Bash would run it by itself, with all its variables; it is for /bin/sh."""
    world.plant()
    script = world.bin / "script"
    script.write_text("env -0\n")
    script.chmod(0o755)
    return Planted(("exec", "ro", "--", "script"))
