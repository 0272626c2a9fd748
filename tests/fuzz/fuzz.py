"""`make fuzz`: a coverage-guided fuzzer (atheris) on everything that reads foreign text.

Each target runs in its own process, and the table shows how often it ran. A find stops its target, and is printed
with the file that contains it: add its bytes to `seeds.py`, which makes it a test, then fix the error.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
LIMITS = ("-max_len=4096", "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=1")
DONE = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


def main() -> int:
    """Runs all targets, or those that are named; 1 if there is a find."""
    from seeds import SEEDS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="*", help=f"of {', '.join(SEEDS)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--finds", default="", help="where finds are put; a temporary directory")
    args = parser.parse_args()
    if unknown := set(args.target) - set(SEEDS):
        parser.error(f"no such target: {', '.join(unknown)}")
    finds = args.finds or tempfile.mkdtemp(prefix="pass-aws-finds-")
    failed, total = 0, 0
    for name in args.target or SEEDS:
        count, error = fuzzed(name, args.seconds, finds, SEEDS[name])
        failed, total = failed + bool(error), total + count
        print(f"{name:16} {count:>10} executions  {'FOUND' if error else 'nothing found'}", flush=True)
        if error:
            print(error)
    print(f"{'all':16} {total:>10} executions  {failed} targets with a find (in {finds})")
    return int(failed > 0)


def fuzzed(name: str, seconds: int, finds: str, seeds: tuple[bytes, ...]) -> tuple[int, str]:
    """How often a target ran, and the end of what the fuzzer said if it found something."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, content in enumerate(seeds):
            Path(corpus, str(number)).write_bytes(content)
        limits = (*LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix={finds}/{name}-", corpus)
        words = [sys.executable, __file__, "--one", name, *limits]
        done = subprocess.run(words, check=False, capture_output=True)
    text = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")
    counted = DONE.search(text)
    return int(counted[1]) if counted else 0, text[-3000:] if done.returncode else ""


def one(name: str, limits: list[str]) -> None:
    """Fuzzes one target in this process."""
    import atheris

    with atheris.instrument_imports(include=["pass_aws"]):
        import targets
    atheris.Setup([sys.argv[0], *limits], targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(main())
