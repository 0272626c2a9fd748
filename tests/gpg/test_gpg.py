"""gpg runs as in pass, and each cause of a failed decryption has its error and hint."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest
from conftest import TOP, end_gpg_home, gpg, gpg_home, new_key, new_named_key
from gpg_ring import PINENTRY, SECRET, Ring
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.errors import FAILED, INTERRUPTED, MUST_ASK, CancelledError, UserError
from pass_aws.gpg import invocation
from pass_aws.gpg.invocation import words
from pass_aws.gpg.process import Program

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ring]:
    ring = Ring(gpg_home(), tmp_path_factory.mktemp("gpg"))
    (ring.home / "gpg-agent.conf").write_text("s2k-count 65536\n")  # otherwise each passphrase takes a second
    new_key(ring.home, "open")
    new_key(ring.home, "locked", passphrase="sesame")
    ring.pinentry.write_text(PINENTRY.format(mode=ring.mode))
    ring.pinentry.chmod(0o755)
    yield ring
    end_gpg_home(ring.home)


@pytest.fixture
def ring(made: Ring) -> Ring:
    made.answers("cancel")
    return made


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A directory for a fake `gpg` that is first on PATH; see `put`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def put(folder: Path, script: str, name: str = "gpg") -> str:
    """Writes a bash script there under this name, and returns a PATH on which it is first."""
    (folder / name).write_text(f"#!/bin/bash\nreal={shutil.which('gpg')}\n{script}\n")
    (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_any_bytes_are_read_back(ring: Ring) -> None:
    """The plain text is read back unchanged: line ends, NUL and invalid UTF-8 included."""
    assert ring.door().decrypt(ring.encrypted("open")) == SECRET


def test_large_output_on_every_channel_does_not_block(ring: Ring, stand_in: Path) -> None:
    """Megabytes of plain text, status lines and messages may come in any order."""
    path = put(stand_in, 'head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero >&$2; exec "$real" "$@"')
    plain = os.urandom(100_000) * 50
    gpg_path = ring.encrypted("open", plain=plain)
    ran = Program({**ring.env, "PATH": path}).run("-d", "--", gpg_path)
    assert (ran.out, ran.code) == (plain, 0)
    assert len(ran.messages) > 3_000_000


def test_what_gpg_leaves_running_is_not_waited_for(ring: Ring, stand_in: Path, tmp_path: Path) -> None:
    """A wrapper may start a program in the background, which keeps gpg's stdout and status channel open."""
    hold = tmp_path / "hold"
    os.mkfifo(hold)
    path = put(stand_in, f': <{hold} & exec "$real" "$@"')
    assert ring.door(PATH=path).decrypt(ring.encrypted("open")) == SECRET
    hold.write_bytes(b"")  # it has waited for this


def test_gpg2_is_preferred_and_runs_in_batch_mode(stand_in: Path) -> None:
    """As in pass, `gpg2` is used if it is on PATH, and gets `--batch --use-agent`.

    gpg gets these options only if GPG_AGENT_INFO is set.
    """
    plain = {"PATH": os.environ["PATH"], "PASSWORD_STORE_GPG_OPTS": " --armor\t--comment\n'a b' "}
    fixed = ["--quiet", "--yes", "--compress-algo=none", "--no-encrypt-to"]
    asked = ["--armor", "--comment", "'a", "b'"]
    assert invocation.options(plain) == [*asked, *fixed]
    assert invocation.options({**plain, "GPG_AGENT_INFO": "x"}) == [*asked, *fixed, "--batch", "--use-agent"]
    two = {"PATH": put(stand_in, "", "gpg2")}
    assert invocation.program(two) == f"{stand_in}/gpg2"
    assert invocation.options(two) == [*fixed, "--batch", "--use-agent"]
    (stand_in / "gpg2").chmod(0o644)
    assert invocation.program(two) == shutil.which("gpg")


@given(st.text(alphabet=" \t\nab\r\x0b\x0c\xa0\u2003'\"\\-$", max_size=20))
def test_options_are_split_as_in_bash(text: str) -> None:
    """The options are split at spaces, tabs and line ends; quotes and backslashes have no meaning."""
    script = "set -f; for word in $V; do printf '%s\\0' \"$word\"; done"
    done = subprocess.run(
        ["bash", "-c", script], env={"V": text, "LC_ALL": "C"}, capture_output=True, check=True
    )
    assert words(text) == [word.decode() for word in done.stdout.split(b"\0")[:-1]]


def test_the_options_are_those_of_pass(ring: Ring, stand_in: Path, tmp_path: Path) -> None:
    """We give gpg the arguments of `pass show`, in the same order, plus those for reading its output.

    Except --quiet: gpg's messages are not shown, and without it gpg 2.2 distinguishes a wrong passphrase from a cancel.
    """
    seen = tmp_path / "seen"
    path = put(stand_in, f'printf "%s\\n" "$@" >{seen}; exec "$real" "$@"')
    store = tmp_path / "store"
    store.mkdir()
    shutil.copy(ring.encrypted("open"), store / "x.gpg")
    env = {**ring.env, "PATH": path, "PASSWORD_STORE_GPG_OPTS": "--no-greeting  --no-tty"}
    shown = subprocess.run(
        ["pass", "show", "x"], env={**env, "PASSWORD_STORE_DIR": str(store)}, check=True, capture_output=True
    )
    theirs = [word for word in seen.read_text().split("\n")[1:-2] if word != "--quiet"]
    assert ring.door(**env).decrypt(str(store / "x.gpg")) == shown.stdout
    ours = seen.read_text().split("\n")
    assert ours[2 : 2 + len(theirs)] == theirs
    assert ours[2 + len(theirs) : -1] == [
        *("--batch", "--pinentry-mode", "error"),
        *("--max-output", "1048576", "-d", "--", str(store / "x.gpg")),
    ]


def damaged(ring: Ring, tmp_path: Path) -> dict[str, bytes]:
    whole = Path(ring.encrypted("open")).read_bytes()
    flipped = bytearray(whole)
    flipped[-25] ^= 1
    gpg(ring.home, "--yes", "--store", "-o", str(tmp_path / "plain"), stdin=SECRET)
    return {
        "cut by one byte": whole[:-1],
        "cut in the middle": whole[:150],
        "cut in the header": whole[:40],
        "changed": bytes(flipped),
        "empty": b"",
        "no gpg file": b"hello\n",
        "not encrypted": (tmp_path / "plain").read_bytes(),
    }


def test_a_bad_file_gives_an_error_and_no_text(ring: Ring, tmp_path: Path) -> None:
    """gpg exits with 0 for some truncated files, and prints a part of damaged ones: no text is used."""
    words = {"changed": "damaged", "cut by one byte": "damaged", "cut in the middle": "damaged",
             "not encrypted": "not encrypted"}  # fmt: skip
    for what, content in damaged(ring, tmp_path).items():
        path = tmp_path / "x.gpg"
        path.write_bytes(content)
        with pytest.raises(
            UserError, match=r"^team/x is " + words.get(what, "empty, truncated, or not")
        ) as caught:
            ring.door().decrypt(str(path), name="team/x")
        assert caught.value.code == FAILED, what
        assert caught.value.hint
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("end", ["\u2028", "\x85"], ids=["U+2028", "U+0085"])
def test_a_signer_s_name_does_not_make_a_file_encrypted(ring: Ring, tmp_path: Path, end: str) -> None:
    """A file that is only signed is refused, although the signer's user id has gpg's keyword."""
    home = gpg_home()
    try:
        lines = ("BEGIN_DECRYPTION", "PLAINTEXT 62 0 ", "DECRYPTION_OKAY")
        name = f"mallory{end}" + "".join(f"[GNUPG:] {line}{end}" for line in lines)
        new_named_key(home, name)
        gpg(home, "--sign", "-o", str(tmp_path / "x.gpg"), stdin=b"a key of mallory's")
        with pytest.raises(UserError, match=r"^x is not encrypted"):
            ring.door(GNUPGHOME=str(home)).decrypt(str(tmp_path / "x.gpg"), name="x")
    finally:
        end_gpg_home(home)


@pytest.mark.parametrize("order", ["plain first", "plain last", "twice"])
def test_more_than_one_message_is_an_error(ring: Ring, tmp_path: Path, order: str) -> None:
    """A plain message joined to an encrypted one is not used as its content."""
    gpg(ring.home, "--yes", "--store", "-o", str(tmp_path / "plain"), stdin=b"a key of mallory's")
    plain, whole = (tmp_path / "plain").read_bytes(), Path(ring.encrypted("open")).read_bytes()
    joined = {"plain first": plain + whole, "plain last": whole + plain, "twice": whole + whole}
    (tmp_path / "x.gpg").write_bytes(joined[order])
    with pytest.raises(UserError):
        ring.door().decrypt(str(tmp_path / "x.gpg"), name="x")


def test_any_truncation_is_an_error(ring: Ring, tmp_path: Path) -> None:
    """At no length is a part of a file used as the whole."""
    whole, path = Path(ring.encrypted("open", plain=b"x" * 40)).read_bytes(), tmp_path / "x.gpg"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError):
            ring.door().decrypt(str(path))


def test_a_file_that_cannot_be_opened(ring: Ring, tmp_path: Path) -> None:
    """The error has the system's reason."""
    with pytest.raises(UserError, match=r"^cannot read a/b: No such file or directory$"):
        ring.door().decrypt(str(tmp_path / "none.gpg"), name="a/b")


def test_a_missing_secret_key(ring: Ring) -> None:
    """The error names the entry's recipients, after `gpg -K` has confirmed that none of them is ours."""
    other = gpg_home()
    try:
        gpg(other, "--import", stdin=gpg(ring.home, "--armor", "--export", "open@example.invalid").encode())
        with pytest.raises(
            UserError, match=r"no secret key for a/b: it is encrypted to [0-9A-F]{16}"
        ) as caught:
            ring.door(GNUPGHOME=str(other)).decrypt(ring.encrypted("open"), name="a/b")
    finally:
        end_gpg_home(other)
    assert "pass init" in caught.value.hint
    assert caught.value.code == FAILED


def test_an_answered_prompt_decrypts(ring: Ring) -> None:
    """The passphrase goes from the pinentry to the agent, not through us."""
    ring.answers("right")
    assert ring.door().decrypt(ring.encrypted("locked")) == SECRET
    assert (
        ring.door().decrypt(ring.encrypted("locked"), ask=False) == SECRET
    )  # the agent remembers the passphrase


@pytest.mark.parametrize(
    ("mode", "text", "code"),
    [
        ("cancel", "passphrase prompt for a/b was cancelled$", INTERRUPTED),
        ("wrong", "passphrase for a/b was wrong$", FAILED),
    ],
)
def test_an_unanswered_prompt(ring: Ring, mode: str, text: str, code: int) -> None:
    """A cancelled prompt is an interrupt, three wrong answers are a failure; neither prompts again."""
    ring.answers(mode)
    with pytest.raises(CancelledError, match=text) as caught:
        ring.door().decrypt(ring.encrypted("locked"), name="a/b")
    assert caught.value.code == code
    assert "pass show a/b" in caught.value.hint


def test_an_unanswered_prompt_of_a_quiet_gpg(ring: Ring) -> None:
    """With `quiet` in gpg.conf, gpg 2.2 does not tell a cancel from a wrong passphrase."""
    (ring.home / "gpg.conf").write_text("quiet\n")
    try:
        with pytest.raises(CancelledError, match=r"a/b was (wrong, or its prompt was )?cancelled") as caught:
            ring.door().decrypt(ring.encrypted("locked"), name="a/b")
    finally:
        (ring.home / "gpg.conf").unlink()
    assert caught.value.code == INTERRUPTED


def test_a_too_large_plain_text_is_not_used(ring: Ring, tmp_path: Path) -> None:
    """A small file may unpack to gigabytes; gpg stops at the limit, and its output is not used."""
    bomb = str(tmp_path / "bomb.gpg")
    gpg(
        ring.home,
        "--compress-algo",
        "zlib",
        "-z",
        "9",
        "-e",
        "-r",
        "open",
        "-o",
        bomb,
        stdin=b"\0" * 3_000_000,
    )
    assert Path(bomb).stat().st_size < 10_000
    with pytest.raises(UserError, match=f"a/b is larger than {1 << 20} bytes"):
        ring.door().decrypt(bomb, name="a/b")
    path = ring.encrypted("open")
    assert ring.door().decrypt(path, limit=len(SECRET)) == SECRET
    with pytest.raises(UserError, match="a/b is larger than"):
        ring.door().decrypt(path, name="a/b", limit=len(SECRET) - 1)


def test_a_locked_key_with_no_input(ring: Ring) -> None:
    """With --no-input no prompt appears, and the exit status says why."""
    ring.answers("note")
    with pytest.raises(UserError, match="the key for a/b is locked") as caught:
        ring.door().decrypt(ring.encrypted("locked"), name="a/b", ask=False)
    assert caught.value.code == MUST_ASK
    assert "pass show a/b" in caught.value.hint
    assert not Path(f"{ring.mode}.asked").exists()


@pytest.mark.parametrize("mode", ["--pinentry-mode loopback", "--pinentry-mode=loopback"])
def test_a_passphrase_from_a_file_is_no_prompt(ring: Ring, tmp_path: Path, mode: str) -> None:
    """With the user's own options gpg decrypts where prompts are not allowed, as in a cron job with pass."""
    ring.answers("note")
    (tmp_path / "phrase").write_text("sesame\n")
    door = ring.door(PASSWORD_STORE_GPG_OPTS=f"{mode} --passphrase-file {tmp_path}/phrase")
    assert door.decrypt(ring.encrypted("locked"), ask=False) == SECRET
    assert not Path(f"{ring.mode}.asked").exists()


def test_no_terminal_for_a_terminal_pinentry(ring: Ring) -> None:
    """pinentry-curses fails at once without a terminal, and the hint says what to do."""
    ring.answers("", program=shutil.which("pinentry-curses") or "pinentry-curses")
    with pytest.raises(UserError, match="no terminal to ask for the passphrase of a/b") as caught:
        decrypt_without_terminal(ring)
    assert caught.value.code == MUST_ASK


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every terminal")
def test_a_terminal_of_another_user(ring: Ring) -> None:
    """As after `su`: pinentry-curses cannot open the terminal, and the error says why."""
    keyboard, terminal = os.openpty()
    try:
        path = os.ttyname(terminal)
        Path(path).chmod(0)
        ring.answers("", program=shutil.which("pinentry-curses") or "pinentry-curses")
        with pytest.raises(UserError, match=f"gpg cannot ask on {path}, a terminal of another") as caught:
            decrypt_without_terminal(ring, stdin=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert caught.value.code == MUST_ASK


def decrypt_without_terminal(ring: Ring, stdin: int = subprocess.DEVNULL) -> None:
    """Decrypts in a new session, which has no controlling terminal."""
    script = (
        "import sys; from pass_aws.gpg import gpg; from pass_aws.errors import UserError\n"
        f"env = {ring.env!r}\n"
        "try: gpg.Gpg(env).decrypt(sys.argv[1], name='a/b')\n"
        "except UserError as error: print(error.code, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, ring.encrypted("locked")],
        cwd=TOP, stdin=stdin, capture_output=True, start_new_session=True, check=True, text=True,
    )  # fmt: skip
    code, _, message = done.stdout.strip().partition(" ")
    raise UserError(message, code=int(code))


def test_a_pinentry_that_does_not_exist(ring: Ring) -> None:
    """The agent cannot prompt, and the error names the file to check."""
    ring.answers("", program="/proc/nonexistent/pinentry")
    with pytest.raises(UserError, match="cannot start its pinentry") as caught:
        ring.door().decrypt(ring.encrypted("locked"))
    assert "gpg-agent.conf" in caught.value.hint


def test_an_agent_that_cannot_be_reached(ring: Ring, tmp_path: Path) -> None:
    """gpg-agent cannot start if the path of its socket is too long."""
    home = tmp_path / ("x" * 110)
    home.mkdir(mode=0o700)
    for name in ("pubring.kbx", "trustdb.gpg"):
        shutil.copy(ring.home / name, home)
    with pytest.raises(UserError, match="gpg-agent cannot be reached") as caught:
        ring.door(GNUPGHOME=str(home)).decrypt(ring.encrypted("open"))
    assert "gpgconf --kill gpg-agent" in caught.value.hint


def test_a_killed_agent_is_started_again(ring: Ring) -> None:
    """If the agent was killed, gpg starts a new one, without an error."""
    path = ring.encrypted("open")
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=ring.env, check=True)
    assert ring.door().decrypt(path) == SECRET


def test_a_card_that_is_not_inserted(ring: Ring) -> None:
    """gpg knows a key on a smart card by its stub; the error names the card's number."""
    home = gpg_home()
    try:
        for name in ("pubring.kbx", "trustdb.gpg"):
            shutil.copy(ring.home / name, home)
        listing = gpg(ring.home, "--with-colons", "--with-keygrip", "-K", "open@example.invalid")
        grip = [line.split(":")[9] for line in listing.splitlines() if line.startswith("grp:")][-1]
        text = (ring.home / "private-keys-v1.d" / f"{grip}.key").read_text()
        public = text[text.index("(q") : text.index("(d")].strip()
        (home / "private-keys-v1.d").mkdir(mode=0o700)
        (home / "private-keys-v1.d" / f"{grip}.key").write_text(
            "Key: (shadowed-private-key (ecc (curve Curve25519)(flags djb-tweak)"
            f"{public}\n  (shadowed t1-v1 (#D2760001240102010006055532110000# OPENPGP.2))))\n"
        )
        for ask, code in ((True, FAILED), (False, MUST_ASK)):
            with pytest.raises(
                UserError, match="a/b is on the card D2760001240102010006055532110000"
            ) as caught:
                ring.door(GNUPGHOME=str(home)).decrypt(ring.encrypted("open"), name="a/b", ask=ask)
            assert caught.value.code == code
            assert "insert the card" in caught.value.hint
    finally:
        end_gpg_home(home)


def test_no_gpg(ring: Ring, tmp_path: Path) -> None:
    """The error names the missing program."""
    with pytest.raises(UserError, match="gpg is not on PATH") as caught:
        ring.door(PATH=str(tmp_path)).decrypt("x")
    assert caught.value.hint == "install gnupg"


def test_unknown_gpg_options(ring: Ring) -> None:
    """The hint names the user's own options."""
    with pytest.raises(UserError, match=r"gpg cannot read a/b: .*--nonsense") as caught:
        ring.door(PASSWORD_STORE_GPG_OPTS="--nonsense").decrypt(ring.encrypted("open"), name="a/b")
    assert "PASSWORD_STORE_GPG_OPTS" in caught.value.hint


OVERLOADED = """
case $* in
*" -d "*) count=$(cat {count} 2>/dev/null || echo 0); echo $((count + 1)) >{count}
    if [ $count -lt {times} ]; then
        printf '[GNUPG:] %s\\n' 'ENC_TO {key} 18 0' 'KEY_CONSIDERED x 0' $'{says}' BEGIN_DECRYPTION >&$2
        echo 'gpg: decryption failed: No secret key' >&2; exit 2
    fi ;;
esac
exec "$real" "$@"
"""


OUT_OF_MEMORY = (
    "",
    "ERROR pkdecrypt_failed 16810070",
    "ERROR pkdecrypt_failed 67108949",
    "PINENTRY_LAUNCHED 1 gtk2",
    "PINENTRY_LAUNCHED 1 gtk2\\n[GNUPG:] ERROR pkdecrypt_failed 83886179",
    "NEED_PASSPHRASE x x 18 0",
)
"""No message, ENOMEM, no pinentry, a pinentry that started and was cancelled: the key has no passphrase."""


@pytest.mark.parametrize("says", OUT_OF_MEMORY)
@pytest.mark.parametrize("ask", [True, False])
def test_an_agent_out_of_memory_is_retried(
    ring: Ring, stand_in: Path, tmp_path: Path, ask: bool, says: str
) -> None:
    """Under load gpg reports an existing key as missing or locked; after retries we get the text."""
    listing = gpg(ring.home, "--with-colons", "-k", "open@example.invalid").splitlines()
    key = next(line.split(":")[4] for line in listing if line.startswith("sub:"))
    path = put(stand_in, OVERLOADED.format(count=tmp_path / "count", times=4, key=key, says=says))
    assert ring.door(PATH=path).decrypt(ring.encrypted("open"), ask=ask) == SECRET
    assert (tmp_path / "count").read_text() == "5\n"


@pytest.mark.parametrize("value", ["not a tty", "/dev/pts/99999", "/dev/null", "/etc/passwd", "pts/0", ""])
def test_a_wrong_gpg_tty_is_not_passed_on(value: str) -> None:
    """pass sets GPG_TTY to words if stdin is not a terminal, or the terminal may be closed."""
    assert invocation.environment({"GPG_TTY": value}).get("GPG_TTY") != value


def test_the_user_s_terminal_is_kept(ring: Ring) -> None:
    """GPG_TTY is kept if it is a terminal; gpg gets none of our own variables."""
    outer, inner = os.openpty()
    try:
        env = {**ring.env, "GPG_TTY": os.ttyname(inner), "LANG": "C"}
        assert invocation.environment({**env, "_PASS_AWS_STORE": "x"}) == env
    finally:
        os.close(outer)
        os.close(inner)


@pytest.mark.parametrize("streams", ["", "</dev/null", "</dev/null >/dev/null", "</dev/null >/dev/null 2>&1"])
def test_the_terminal_is_found_with_streams_redirected(tmp_path: Path, streams: str) -> None:
    """The terminal is the first stream that is one, else the controlling terminal."""
    found = tmp_path / "found"
    code = f"from pass_aws.gpg.invocation import tty; open('{found}', 'w').write(str(tty({{}})))"
    script = f'tty >{found}.real; {sys.executable} -c "{code}" {streams}'
    child = pexpect.spawn("bash", ["-c", script], cwd=str(TOP), timeout=20)
    child.expect(pexpect.EOF)
    assert found.read_text() == Path(f"{found}.real").read_text().strip()


def test_without_a_terminal() -> None:
    """In a session without a terminal, no terminal is passed to gpg."""
    code = "from pass_aws.gpg.invocation import tty; print(tty({}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=TOP, stdin=subprocess.DEVNULL, capture_output=True,
        start_new_session=True, check=True, text=True,
    )  # fmt: skip
    assert done.stdout == "None\n"


def test_an_interrupt_ends_gpg(ring: Ring, stand_in: Path, tmp_path: Path) -> None:
    """If only we get SIGINT, gpg ends and is reaped, and no file descriptor is left open."""
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    path = put(stand_in, f"echo $$ >{fifo}; exec sleep 60")
    script = (
        "import os, sys; from pass_aws.gpg import gpg\n"
        f"env = { ({**ring.env, 'PATH': path})!r}\n"
        "before = os.listdir('/proc/self/fd')\n"
        "try: gpg.Gpg(env).decrypt('x')\n"
        "except KeyboardInterrupt: print('interrupted')\n"
        "try: os.waitpid(-1, 0)\n"
        "except ChildProcessError: print('reaped', before == os.listdir('/proc/self/fd'))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=TOP, stdout=subprocess.PIPE) as child:
        pid = int(fifo.read_text())
        while (
            Path(f"/proc/{pid}/comm").read_text() != "sleep\n"
        ):  # bash loses a signal that arrives directly before its exec
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=20)
    assert output == b"interrupted\nreaped True\n"
    assert not Path(f"/proc/{pid}").exists()


def test_it_works_with_all_streams_closed(ring: Ring, tmp_path: Path) -> None:
    """A pipe of ours that got number 1 must not become gpg's stdout."""
    script = (
        "import sys; from pass_aws.gpg import gpg\n"
        f"env = {ring.env!r}\n"
        "text = gpg.Gpg(env).decrypt(sys.argv[1])\n"
        "open(sys.argv[2], 'wb').write(text)\n"
    )
    found = tmp_path / "found"
    command = [sys.executable, "-c", script, ring.encrypted("open"), str(found)]
    subprocess.run(["bash", "-c", 'exec "$@" <&- >&- 2>&-', "bash", *command], cwd=TOP, check=True)
    assert found.read_bytes() == SECRET


def test_gpg_starts_as_from_a_shell(ring: Ring, stand_in: Path, tmp_path: Path) -> None:
    """gpg does not ignore SIGPIPE and SIGXFSZ; stdin is /dev/null; it inherits no descriptor."""
    seen = tmp_path / "seen"
    path = put(
        stand_in, f'grep SigIgn /proc/$$/status >{seen}; ls -l /proc/$$/fd >>{seen}; exec "$real" "$@"'
    )
    outer, inner = os.pipe()
    stdin = os.dup(0)
    os.dup2(outer, 0)
    try:
        ring.door(PATH=path).decrypt(ring.encrypted("open"))
    finally:
        os.dup2(stdin, 0)
        for fd in (outer, inner, stdin):
            os.close(fd)
    text = seen.read_text()
    ignored = int(text.split()[1], 16)
    assert not ignored & (1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1))
    assert " 0 -> /dev/null\n" in text
    assert (text.count("memfd:"), text.count("pipe:")) == (1, 2)  # stderr; stdout and status; no copy of any


def test_a_failed_gpg_is_not_believed(ring: Ring, stand_in: Path) -> None:
    """If gpg exits with an error, its status line for success does not count."""
    path = put(stand_in, '"$real" "$@"; exit 2')
    with pytest.raises(UserError, match="is damaged"):
        ring.door(PATH=path).decrypt(ring.encrypted("open"))


def test_no_descriptor_is_left_open(ring: Ring, tmp_path: Path) -> None:
    """Neither a success nor a failure leaves a file descriptor open."""
    path, before = ring.encrypted("open"), sorted(os.listdir("/proc/self/fd"))
    for _ in range(3):
        ring.door().decrypt(path)
        with pytest.raises(UserError):
            ring.door().decrypt(str(tmp_path / "none"))
    assert sorted(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("reason", "text", "code"),
    [
        ("83886179", "the PIN prompt for a/b was cancelled", INTERRUPTED),
        ("67108951", "PIN .* was wrong", FAILED),
    ],
)
def test_a_card_that_is_inserted(ring: Ring, stand_in: Path, reason: str, text: str, code: int) -> None:
    """A cancelled or wrong PIN is not reported as a missing card."""
    number = "D2760001240102010006055532110000"
    listing = gpg(ring.home, "--with-colons", "-k", "open@example.invalid").splitlines()
    key = next(line.split(":")[4] for line in listing if line.startswith("sub:"))
    put(stand_in, f'echo "S SERIALNO {number}"; echo OK', "gpg-connect-agent")
    path = put(
        stand_in,
        f"""
case $* in
*" -d "*) printf '[GNUPG:] %s\\n' 'ENC_TO {key} 18 0' 'PINENTRY_LAUNCHED 1 gtk2' 'ERROR pkdecrypt_failed {reason}' >&$2
    exit 2 ;;
*--list-secret-keys*) echo 'ssb:u:255:18:{key}:1::::::e:::{number}::cv25519::'; exit ;;
esac
exec "$real" "$@"
""",
    )
    with pytest.raises(CancelledError, match=text) as caught:
        ring.door(PATH=path).decrypt(ring.encrypted("open"), name="a/b")
    assert caught.value.code == code
