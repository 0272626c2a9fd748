"""`make bench`: everything beside its floor, as tables and as JSON."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.clock import Contender, Result, machine, measured
from bench.tab import measured_tabs
from bench.worlds import TOP, World, local_aws, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ALGORITHMS = {"curve25519": "future-default", "rsa3072": "rsa3072"}
EXTENSION, EXEC, PRINT = ("floor: extension, gpg, exec", "floor: bash, gpg, exec", "floor: bash, gpg, print")
BARE = "floor: bare boto3 script, same gpg work"
COLUMNS = "{:<44}{:>9}{:>9}{:>8}{:>7}{:>7}  {}"


def cached(place: World) -> list[Contender]:
    """What is answered from the cache, and what it stands beside."""
    floor = [str(TOP / "bench/front_floor.bash"), str(place.ticket)]
    direct = [sys.executable, "-I", "-S", str(TOP / "pass_aws/__main__.py")]
    contenders = [
        Contender("pass show", ["pass", "show", "aws-vault/dev"]),
        Contender(EXTENSION, ["pass", "floor", str(place.ticket), "true"]),
        Contender(
            "pass aws exec ro -- true (role)", ["pass", "aws", "exec", "ro", "--", "true"], EXTENSION, 1.12
        ),
        Contender(
            "pass aws exec dev -- true (key)", ["pass", "aws", "exec", "dev", "--", "true"], EXTENSION, 1.12
        ),
        Contender(
            "pass aws exec team -- true (SSO)", ["pass", "aws", "exec", "team", "--", "true"], EXTENSION, 1.12
        ),
        Contender(EXEC, [*floor, "true"]),
        Contender("pass-aws exec ro -- true", ["pass-aws", "exec", "ro", "--", "true"], EXEC, 1.25),
        Contender(PRINT, floor),
        Contender("pass-aws env ro", ["pass-aws", "env", "ro"], PRINT, 1.25),
        Contender("pass-aws credential-process ro", ["pass-aws", "credential-process", "ro"], PRINT, 1.25),
        Contender("the full program, exec ro -- true", [*direct, "exec", "ro", "--", "true"], EXEC),
        Contender("pass-aws list", ["pass-aws", "list"]),
        Contender("pass-aws version", ["pass-aws", "version"]),
    ]
    if shutil.which("aws-vault"):
        vault = ["aws-vault", "exec", "dev", "--", "true"]
        place.run(*vault)
        contenders.append(Contender("aws-vault exec dev -- true", vault, EXEC))
    return contenders


def cold(place: World) -> list[Contender]:
    """An `exec` that has to call AWS, beside a script that does nothing else."""
    out = place.folder / "cold"
    out.mkdir(exist_ok=True)
    script = [sys.executable, str(TOP / "bench/cold_floor.py")]
    facts = [str(place.entry), place.fingerprint, place.aws["ROLE_ARN"], str(out)]

    def empty() -> None:
        shutil.rmtree(place.cache)

    return [
        Contender(BARE, [*script, *facts, "true"]),
        Contender(
            "pass-aws exec ro -- true, nothing cached",
            ["pass-aws", "exec", "ro", "--", "true"],
            BARE,
            1.0,
            empty,
        ),
    ]


def table(results: Sequence[Result]) -> None:
    """Prints medians, tenths, ratios to the floor, what is aimed at, peak memory, and what misses its aim."""
    print(COLUMNS.format("", "median", "tenth", "ratio", "aim", "MB", ""))
    for one in results:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        aim = "" if one.bound is None else f"{one.bound:.2f}"
        print(
            COLUMNS.format(
                one.name,
                f"{one.median:.1f}",
                f"{one.tenth:.1f}",
                ratio,
                aim,
                f"{one.megabytes:.0f}",
                "missed" if one.missed else "",
            )
        )
    print(flush=True)


def arguments() -> argparse.Namespace:
    """What can be asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="runs of each contender (default 40)")
    parser.add_argument(
        "--sizes", default="10,10000", help="profiles, entries and sessions (default 10,10000)"
    )
    parser.add_argument("--keys", default="curve25519,rsa3072", help="gpg keys (default both)")
    parser.add_argument("--json", metavar="FILE", default="-", help="where the figures go (default: stdout)")
    return parser.parse_args()


def scene(place: World, rounds: int) -> Iterator[tuple[str, list[Result]]]:
    """Measures all there is to measure in one place, table by table."""
    yield "cached", measured(cached(place), place.env, rounds)
    yield "nothing cached", measured(cold(place), place.env, max(rounds // 4, 3))
    yield "TAB, from key to text", measured_tabs(place, max(rounds // 2, 10))


def main() -> None:
    """Runs every scene and prints it."""
    args = arguments()
    where = machine()
    print(", ".join(f"{name} {value}" for name, value in where.items()), end="\n\n", flush=True)
    scenes = []
    with local_aws() as aws:
        for key in args.keys.split(","):
            for size in map(int, args.sizes.split(",")):
                with world(aws, ALGORITHMS[key], size) as place:
                    for title, results in scene(place, args.rounds):
                        print(f"{title}; {key}; {size} profiles, entries and sessions; milliseconds")
                        table(results)
                        facts = {"scene": title, "key": key, "size": size}
                        scenes.append({**facts, "results": [result._asdict() for result in results]})
    text = json.dumps({"machine": where, "scenes": scenes}, indent=1)
    if args.json == "-":
        print(text)
    else:
        Path(args.json).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
