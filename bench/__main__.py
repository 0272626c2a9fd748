"""`make bench`: measures each command next to its floor; prints tables, and writes JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from bench import scenes
from bench.clock import Result, machine
from bench.scenes import Effort
from bench.tab import measured_tabs
from bench.worlds import World, local_aws, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ALGORITHMS = {"curve25519": "future-default", "rsa3072": "rsa3072"}
COLUMNS = "{:<46}{:>9}{:>9}{:>9}  {:>5} {:>5} {:>5}  {:<14}{:>6}  {}"
HEADS = ("", "median", "tenth", "cpu", "ratio", "tenth", "cpu", "aim", "MB", "")


def table(results: Sequence[Result]) -> None:
    """Prints times, their ratios to the floor's, the aims, peak memory, and each missed aim."""
    print(COLUMNS.format(*HEADS).rstrip())
    for one in results:
        ratios = [f"{ratio:.2f}" for ratio in one.ratios] or [""] * 3
        line = COLUMNS.format(
            one.name,
            f"{one.median:.1f}",
            f"{one.tenth:.1f}",
            f"{one.cpu:.1f}" if one.cpu else "",
            *ratios,
            one.aim,
            f"{one.megabytes:.0f}" if one.megabytes else "",
            f"missed: {one.missed}" if one.missed else "",
        )
        print(line.rstrip())
    print(flush=True)


def arguments() -> argparse.Namespace:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="runs of each contender (default 40)")
    parser.add_argument(
        "--profiles", default="10,10000", help="profiles, entries and sessions (default 10,10000)"
    )
    parser.add_argument("--keys", default="curve25519,rsa3072", help="gpg keys (default both)")
    parser.add_argument("--json", metavar="FILE", help="also write the figures into this file")
    parser.add_argument("--quick", action="store_true", help="one run of everything, to see that it works")
    return parser.parse_args()


def measured(place: World, effort: Effort, *, first: bool) -> Iterator[tuple[str, list[Result]]]:
    """Measures every scene in one home.

    Args:
        place: the home.
        effort: how much to measure.
        first: whether to include the scenes that do not depend on the number of profiles.
    """
    yield "cached", scenes.cached(place, effort)
    if first:
        yield f"{effort.requests} requests of {effort.clients} clients", scenes.server(place, effort)
    yield "nothing cached", scenes.cold(place, effort)
    if first:
        yield "the first call of an hour, piece by piece", scenes.pieces(place, effort)
        yield f"crowds of {effort.crowd}", scenes.crowds(place, effort)
    yield f"one command in {min(50, effort.crowd)} profiles", scenes.each(place, effort)
    yield "TAB, from key to text", measured_tabs(place, max(effort.rounds // 2, 1), effort.warm_up)


def main() -> None:
    """Runs every scene and prints it."""
    args = arguments()
    effort = scenes.quick() if args.quick else Effort(args.rounds)
    where = machine()
    print(", ".join(f"{name} {value}" for name, value in where.items()), end="\n\n", flush=True)
    done = []
    sizes = [int(size) for size in args.profiles.split(",")]
    with local_aws() as aws:
        for key in args.keys.split(","):
            for size in sizes:
                with world(aws, ALGORITHMS[key], size) as place:
                    for title, results in measured(place, effort, first=size == sizes[0]):
                        print(f"{title}; {key}; {size} profiles, entries and sessions; milliseconds")
                        table(results)
                        facts = {"scene": title, "key": key, "size": size}
                        done.append({**facts, "results": [result._asdict() for result in results]})
    if args.json:
        text = json.dumps({"machine": where, "scenes": done}, indent=1)
        Path(args.json).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
