"""The scenes of the bench: each command next to a floor, the least that the same work costs."""

from __future__ import annotations

import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.clock import NUMBER, WARM_UP, Contender, Result, figures, measured
from bench.worlds import CROWD, TOP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.worlds import World

EXTENSION, EXEC, PRINT = ("floor: extension, gpg, exec", "floor: bash, gpg, exec", "floor: bash, gpg, print")
KINDS = {"ro": "role", "dev": "key", "team": "SSO"}
SERVER_MOST, SERVER_LIGHTEST = 50.0, 60.0
"""Milliseconds for 99 of 100 requests, and megabytes, that a credential server may take."""


class Effort(NamedTuple):
    """How much to measure.

    Args:
        rounds: runs of each contender; slow ones have fewer.
        warm_up: runs before those, which are discarded.
        crowd: processes at once.
        requests: requests to a credential server.
        clients: its clients at once.
    """

    rounds: int
    warm_up: int = WARM_UP
    crowd: int = CROWD
    requests: int = 1000
    clients: int = 32


def quick() -> Effort:
    """One run of everything: shows that the bench works; its figures mean nothing."""
    return Effort(rounds=1, warm_up=0, crowd=2, requests=8, clients=2)


def cached(place: World, effort: Effort) -> list[Result]:
    """Commands that the cache answers, and commands that do not use it."""
    floor = [str(TOP / "bench/front_floor.bash"), str(place.ticket)]
    direct = [sys.executable, "-I", "-S", str(TOP / "pass_aws/__main__.py")]
    contenders = [
        Contender("pass show", ["pass", "show", "aws-vault/dev"]),
        Contender(EXTENSION, ["pass", "floor", str(place.ticket), "true"]),
        *(
            Contender(f"pass aws exec ({kind})", ["pass", "aws", "exec", name, "--", "true"], EXTENSION, 1.12)
            for name, kind in KINDS.items()
        ),
        Contender(EXEC, [*floor, "true"]),
        *(
            Contender(f"pass-aws exec ({kind})", ["pass-aws", "exec", name, "--", "true"], EXEC, 1.25)
            for name, kind in KINDS.items()
        ),
        Contender(PRINT, floor),
        *(
            Contender(f"pass-aws {word} ({kind})", ["pass-aws", word, name], PRINT, 1.25)
            for word in ("env", "credential-process")
            for name, kind in KINDS.items()
        ),
        Contender("the full program: exec (role)", [*direct, "exec", "ro", "--", "true"], EXEC),
        Contender("pass-aws list", ["pass-aws", "list"]),
        Contender("pass-aws version", ["pass-aws", "version"]),
    ]
    if shutil.which("aws-vault", path=place.env["PATH"]):
        vault = ["aws-vault", "exec", "dev", "--", "true"]
        place.run(*vault)
        contenders.append(Contender("aws-vault exec (key)", vault, EXEC))
    return measured(contenders, place.env, effort.rounds, effort.warm_up)


def cold(place: World, effort: Effort) -> list[Result]:
    """An `exec` that must call AWS, next to a script that makes the same calls and runs gpg as often."""
    first, second, admin = (place.aws[name] for name in ("ROLE_ARN", "SECOND_ROLE_ARN", "MFA_ROLE_ARN"))
    code = ["-t", "123456"]
    contenders = [
        Contender("boto3 script: role", script(place, [first], writes=2)),
        Contender(
            "pass-aws exec, nothing cached (role)",
            ["pass-aws", "exec", "ro", "--", "true"],
            "boto3 script: role",
            1.0,
            place.empty_cache,
        ),
    ]
    for name, kind, roles, serial, writes in (
        ("ro", "role", [first], "", 1),
        ("admin", "MFA", [admin], place.aws["MFA_SERIAL"], 2),
        ("second", "two hops", [first, second], "", 2),
    ):
        bare = f"boto3 script, as --fresh: {kind}"
        fresh = ["pass-aws", "exec", "--fresh", *(code if serial else []), name, "--", "true"]
        contenders += [
            Contender(bare, script(place, roles, serial=serial, writes=writes)),
            Contender(f"pass-aws exec --fresh ({kind})", fresh, bare, 0.45, place.forget_codes, lightest=25),
        ]
    if shutil.which("aws-vault", path=place.env["PATH"]):
        vault = "aws-vault exec --no-session (role)"
        fresh = ["pass-aws", "exec", "--fresh", "ro", "--", "true"]
        contenders += [
            Contender(vault, ["aws-vault", "exec", "--no-session", "ro", "--", "true"]),
            Contender("pass-aws exec --fresh, beside aws-vault", fresh, vault, 5.0),
        ]
    return measured(contenders, place.env, max(effort.rounds // 4, 1), effort.warm_up)


def script(place: World, roles: Sequence[str], *, serial: str = "", writes: int) -> list[str]:
    """The command of the plain boto3 script, `cold_floor.py`."""
    out = place.folder / "cold"
    out.mkdir(exist_ok=True)
    facts = (str(place.entry), place.fingerprint, str(out), str(writes), serial)
    return [sys.executable, str(TOP / "bench/cold_floor.py"), *facts, *roles, "--", "true"]


def pieces(place: World, effort: Effort) -> list[Result]:
    """The parts of the time of an hour's first call, measured by `pieces.py`."""
    rounds = max(effort.rounds // 2, 1)
    found: dict[str, list[float]] = {}
    for number in range(rounds + effort.warm_up):
        words = ("exec", "--fresh", "ro", "--", "true")
        born = str(time.perf_counter())
        out = place.run(sys.executable, "-I", "-S", str(TOP / "bench/pieces.py"), born, *words)
        for name, milliseconds in json.loads(out).items():
            if number >= effort.warm_up:
                found.setdefault(name, []).append(milliseconds)
    return [
        Result(name, statistics.median(values), sorted(values)[len(values) // 10])
        for name, values in found.items()
    ]


def crowds(place: World, effort: Effort) -> list[Result]:
    """Many processes at once: one role for all, with and without a session, and a role for each.

    With an expired session, a crowd may take three times as long as with a live one, and one call.
    """
    live, late, call = "a crowd, session live", "a crowd, session expired", "one process, session expired"
    bare = "a crowd of boto3 scripts, a role each"
    env = ["pass-aws", "env", "ro"]
    each = ["pass-aws", "exec", f"r{NUMBER}", "--", "true"]
    size = effort.crowd
    contenders = [
        Contender(live, env, before=place.have_session, crowd=size),
        Contender(call, env, before=place.empty_cache),
        Contender(late, env, live, before=place.empty_cache, crowd=size),
        Contender(bare, script(place, [place.aws["ROLE_ARN"]], writes=2), crowd=size),
        Contender("a crowd, a role each, nothing cached", each, bare, 0.5, place.empty_cache, size),
    ]
    results = measured(contenders, place.env, max(effort.rounds // 8, 1), min(effort.warm_up, 1))
    took = {one.name: one.median for one in results}
    most = 3 * took[live] + took[call]
    return [one._replace(most=most) if one.name == late else one for one in results]


def each(place: World, effort: Effort) -> list[Result]:
    """One command in many profiles, next to as many cached `exec` in sequence."""
    names = [f"r{number:02}" for number in range(min(50, effort.crowd))]
    for name in names:
        place.run("pass-aws", "exec", name, "--", "true")
    loop = f"for name in {' '.join(names)}; do pass-aws exec $name -- true || exit; done"
    serial = "pass-aws exec, one after another"
    contenders = [
        Contender(serial, ["bash", "-c", loop]),
        Contender("pass-aws each -j 2", ["pass-aws", "each", "-j", "2", *names, "--", "true"], serial, 0.6),
    ]
    return measured(contenders, place.env, max(effort.rounds // 8, 1), min(effort.warm_up, 1))


def server(place: World, effort: Effort) -> list[Result]:
    """A credential server with many clients at once."""
    with subprocess.Popen(
        ["pass-aws", "serve", "ro"],
        env=place.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as one:
        try:
            assert one.stdout  # noqa: S101 - it is a pipe
            told = dict(one.stdout.readline().rstrip("\n").split("=", 1) for _ in range(2))
            address, token = (
                told[f"AWS_CONTAINER_{name}"] for name in ("CREDENTIALS_FULL_URI", "AUTHORIZATION_TOKEN")
            )
            with ThreadPoolExecutor(effort.clients) as pool:
                took = sorted(pool.map(lambda _: _asked(address, token), range(effort.requests)))
            status = Path(f"/proc/{one.pid}/status").read_text(encoding="utf-8")
        finally:
            one.terminate()
    memory = int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024
    slowest = took[len(took) * 99 // 100]
    return [
        Result("credential server: a request", *figures(took), megabytes=memory, lightest=SERVER_LIGHTEST),
        Result("credential server: the slowest of 100", slowest, slowest, most=SERVER_MOST),
    ]


def _asked(address: str, token: str) -> float:
    """Milliseconds of one request, from a client that takes almost no time itself."""
    _, _, where, path = address.split("/", 3)
    host, _, port = where.partition(":")
    begin = time.perf_counter()
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        head = f"GET /{path} HTTP/1.1\r\nHost: {where}\r\nAuthorization: {token}\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"the credential server answers {answer[:40]!r}")
    return (time.perf_counter() - begin) * 1000
