"""No other process reads our memory, and no variable loads other code into it; the command is not affected."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import MAIN, TOP, put, run

if TYPE_CHECKING:
    from pathlib import Path

    from fakeaws import FakeAWS

DIRECT = (sys.executable, "-I", "-S", str(MAIN))
DUMPABLE = "import ctypes; print(ctypes.CDLL(None).prctl(3))"


@pytest.fixture
def role(fake: FakeAWS, store: Path, aws_config: Path) -> str:
    user = fake.user("alice")
    key, made = user.key(), fake.role("ro", trust=[user.arn])
    put(store, "dev", key.id, key.secret)
    aws_config.write_text(f"[profile dev]\n[profile ro]\nsource_profile = dev\nrole_arn = {made.arn}\n")
    return "ro"


def test_other_processes_of_the_user_cannot_read_our_memory(tmp_path: Path) -> None:
    """After the first use of gpg, no debugger can attach, and a crash dumps no core."""
    code = (
        "import argparse, os; from pass_aws.context import Context;"
        "context = Context(dict(os.environ), argparse.Namespace(), lambda args: None); context.gpg;"
        + DUMPABLE
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "0\n"


def test_a_tracer_may_follow_the_programs_that_we_start() -> None:
    """A tracer can read our memory anyway, and strace must be able to follow every program."""
    code = "from pass_aws.system import become; become.forbid_looking_in();" + DUMPABLE
    words = ["strace", "-f", "-qq", "-o", os.devnull, sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=TOP)
    assert done.stdout == "1\n"


def test_the_command_may_be_debugged(role: str) -> None:
    """The wrapped command may be debugged, and its core dumps are the user's decision."""
    done = run("exec", role, "--", sys.executable, "-c", DUMPABLE)
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr


VARIABLES = ("OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSLKEYLOGFILE")


@pytest.mark.parametrize("name", VARIABLES)
def test_openssl_variables_are_removed_before_it_is_loaded(name: str) -> None:
    """The variables are removed from the C library's environment, which OpenSSL reads."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pass_aws import start; start.find_libraries();"
        "import ctypes; get = ctypes.CDLL(None).getenv; get.restype = ctypes.c_char_p;"
        "print('_hashlib' in sys.modules, get(sys.argv[2].encode()))"
    )
    argv = [sys.executable, "-I", "-S", "-c", code, str(TOP), name]
    done = subprocess.run(
        argv, env={**os.environ, name: "/foreign"}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False None\n"


def test_a_configuration_of_openssl_is_not_read(role: str, tmp_path: Path) -> None:
    """Such a file may name code to load. The command gets the variable as its caller had it."""
    foreign, trace = tmp_path / "foreign", tmp_path / "trace"
    foreign.write_text("openssl_conf = x\n[x]\n")
    command = ["strace", "-f", "-qq", "-e", "trace=open,openat", "-o", str(trace)]
    env = {**os.environ, "OPENSSL_CONF": str(foreign)}
    done = subprocess.run(
        [*command, *DIRECT, "exec", role, "--", "printenv", "OPENSSL_CONF"],
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode() == f"{foreign}\n", done.stderr
    assert "libcrypto" in trace.read_text(), "OpenSSL is loaded in this test"
    assert str(foreign) not in trace.read_text()


def test_the_command_inherits_no_descriptor_of_ours(role: str, front: str) -> None:
    """After a new session, a cached one, or a ticket; descriptors that the caller has open stay open."""
    read, write = os.pipe()

    def descriptors(*words: str) -> str:
        words = (*words, "ls", "/proc/self/fd")
        done = subprocess.run(words, pass_fds=[write], capture_output=True, text=True, check=True)
        return done.stdout

    try:
        bare = descriptors()
        assert str(write) in bare.split()
        for start in (DIRECT, DIRECT, (front,)):
            assert descriptors(*start, "exec", role, "--") == bare
    finally:
        os.close(read)
        os.close(write)
