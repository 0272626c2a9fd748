"""`make bench` runs, and measures everything that README and bench/ promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import TOP

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("role", "key", "SSO")
PROMISED = {
    *("pass show", "floor: extension, gpg, exec", "floor: bash, gpg, exec", "floor: bash, gpg, print"),
    *(f"pass aws exec ({kind})" for kind in KINDS),
    *(f"pass-aws {word} ({kind})" for word in ("exec", "env", "credential-process") for kind in KINDS),
    *("the full program: exec (role)", "pass-aws list", "pass-aws version", "aws-vault exec (key)"),
    *("boto3 script: role", "pass-aws exec, nothing cached (role)"),
    *(f"boto3 script, as --fresh: {kind}" for kind in ("role", "MFA", "two hops")),
    *(f"pass-aws exec --fresh ({kind})" for kind in ("role", "MFA", "two hops")),
    *("aws-vault exec --no-session (role)", "pass-aws exec --fresh, beside aws-vault"),
    *(
        "start of Python",
        "imports",
        "gpg: decrypt the key",
        "gpg: list our keys",
        "gpg: encrypt",
        "the whole",
    ),
    *("the call of STS", "writes into the cache", "a TLS context, where AWS is asked by https"),
    *("a crowd, session live", "one process, session expired", "a crowd, session expired"),
    *("a crowd of boto3 scripts, a role each", "a crowd, a role each, nothing cached"),
    *("credential server: a request", "credential server: the slowest of 100"),
    *("pass-aws exec, one after another", "pass-aws each -j 2"),
    *(f"TAB in {shell}: a profile" for shell in ("bash", "zsh", "fish")),
}
AIMED = {name for name in PROMISED if name.startswith("pass") and "(" in name} | {
    *("a crowd, session expired", "a crowd, a role each, nothing cached", "pass-aws each -j 2"),
    "credential server: the slowest of 100",
}
VAULT = '#!/bin/bash\nwhile [[ $1 != -- ]]; do shift; done\nshift\nexec "$@"\n'


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, dict[str, object]]]:
    """The output of one quick run, and its figures by the names of the lines; an aws-vault is on PATH."""
    folder: Path = tmp_path_factory.mktemp("bench")
    (folder / "aws-vault").write_text(VAULT)
    (folder / "aws-vault").chmod(0o755)
    figures = folder / "figures.json"
    words = ["--quick", "--profiles", "3", "--keys", "curve25519", "--json", str(figures)]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *words],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        cwd=TOP,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = json.loads(figures.read_text())
    assert set(made["machine"]) >= {"processor", "cores", "system", "python", "gpg", "bash", "load"}
    lines = [line for scene in made["scenes"] for line in scene["results"]]
    return done.stdout, {line["name"]: line for line in lines}


def test_every_promise_is_measured(ran: tuple[str, dict[str, dict[str, object]]]) -> None:
    """Every promised command and floor is measured and printed, with its aim."""
    printed, lines = ran
    assert not PROMISED - set(lines), "no line"
    assert not {name for name in PROMISED if f"\n{name} " not in printed}, "not printed"
    aims = ("bound", "most", "lightest")
    assert not {name for name in AIMED if not any(lines[name][aim] for aim in aims)}, "no aim"


def test_the_figures_of_the_readme_are_measured(ran: tuple[str, dict[str, dict[str, object]]]) -> None:
    """Each row of its table names two printed lines, so that each user can measure them."""
    speed = (TOP / "README.md").read_text().partition("\n## Speed\n")[2].partition("\n## ")[0]
    rows = [row.split("|")[1:3] for row in speed.splitlines() if row.startswith("| `")]
    assert rows
    named = {cell.strip().strip("`") for row in rows for cell in row}
    assert not named - set(ran[1])


def test_a_line_names_the_missed_aim() -> None:
    """The ratio, the time or the memory is named; nothing is named without a missed aim."""
    sys.path.insert(0, str(TOP))
    from bench.clock import Result

    ratios = (1.3, 1.2, 1.2)
    assert Result("x", 10, 9, 8, ratios, bound=1.25, megabytes=30, lightest=25).missed == "ratio, memory"
    assert Result("x", 61, 9, most=60).missed == "time"
    assert Result("x", 10, 9, 8, ratios, bound=1.3, most=10, megabytes=25, lightest=25).missed == ""
    assert Result("x", 10, 9, 8, ratios, megabytes=99).missed == ""
