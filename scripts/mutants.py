"""`make mutants`: plants defects in modules that decide about credentials, and counts those that tests catch.

Works in a copy of the tree. One pytest process for each module runs the tests that cover it; before it
collects them, it forks a child for each defect, so that a defect takes only the time of its tests.
ARGS: names of modules (`credentials/plan`); `-n N` for another number of defects in each (0: all);
`-j N` for several modules at once, each in its own copy.

Survivors that no test can catch are listed in scripts/mutants.txt, each with the reason.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

TOP = Path(__file__).resolve().parent.parent
LEFT = TOP / "scripts" / "mutants.txt"
SEED, EACH = 11, 6
"""The seed of the sample, and its size in each module."""

COVER = {
    "cache/freshness": ("cache/test_tickets", "front/test_short_way"),
    "cache/index": ("cache/test_tickets", "commands/test_list"),
    "cache/locks": ("cache/test_locks", "cache/test_waiting"),
    "cache/sealed_files": ("cache/test_tickets", "store/test_order"),
    "cache/session": ("cache/test_ticket", "cache/test_tickets"),
    "cache/sessions": ("cache/test_tickets", "cache/test_removal", "credentials/test_late"),
    "cache/ticket": ("cache/test_ticket", "cache/test_tickets", "credentials/test_late"),
    "cache/tickets": ("cache/test_tickets", "cache/test_removal", "credentials/test_leftovers"),
    "config/contradictions": ("config/test_contradictions", "config/test_settings"),
    "config/inheritance": ("config/test_settings", "config/test_contradictions", "config/test_config"),
    "config/precedence": ("config/test_settings", "credentials/test_which_wins"),
    "config/settings": ("config/test_settings", "config/test_endpoints", "config/test_contradictions"),
    "credentials/chain": ("credentials/test_plan", "credentials/test_which_wins", "credentials/test_explain"),
    "credentials/deliver": (
        "credentials/test_leftovers",
        "credentials/test_late",
        "credentials/test_resolve",
        "test_errors",
        "sso/test_identity_center_profiles",
    ),
    "credentials/digest": ("credentials/test_digest", "credentials/test_plan"),
    "credentials/devices": (
        "credentials/test_plan",
        "credentials/test_which_wins",
        "credentials/test_explain",
    ),
    "credentials/plan": ("credentials/test_plan", "credentials/test_which_wins", "credentials/test_explain"),
    "credentials/profile_lookup": ("credentials/test_resolve", "credentials/test_sources"),
    "credentials/resolve": (
        "credentials/test_late",
        "mfa/test_mfa_aws",
        "credentials/test_resolve",
        "credentials/test_sources",
    ),
    "credentials/step": ("credentials/test_plan", "credentials/test_which_wins", "credentials/test_explain"),
    "mfa/codes": ("mfa/test_mfa", "mfa/test_mfa_aws", "mfa/test_prompts"),
    "mfa/token_code": ("mfa/test_prompts", "mfa/test_mfa", "mfa/test_mfa_aws"),
    "mfa/totp": ("mfa/test_totp",),
    "mfa/used_codes": ("mfa/test_used_codes", "mfa/test_mfa"),
    "store/entries": ("store/test_store", "store/test_recipients", "keys/test_foreign"),
    "store/entry": ("store/test_entry",),
    "store/recipients": ("store/test_recipients",),
    "store/target": ("store/test_links", "store/test_store"),
    "store/writing": (
        "store/test_store",
        "store/test_store_faults",
        "store/test_git",
        "store/test_order",
        "store/test_links",
        "store/test_conflicts",
        "keys/test_move",
    ),
}
"""Module → the files of tests that cover it, quick ones first."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Break: ast.Continue, ast.Continue: ast.Break,
}  # fmt: skip
OTHER_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    """A defect: where it is, what it changes, and the whole module with it."""

    where: str
    change: str
    text: str


# Planting.


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """The defects that one node can have."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield _with(node, ops=[SWAPS[type(op)]()])
        case ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in SWAPS:
            yield _with(node, op=SWAPS[type(op)]())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value) | int(value)):
            yield ast.Constant(not value if isinstance(value, bool) else value + 1)
        case ast.Call(func=ast.Name(id=name)) if name in OTHER_CALLS:
            yield _with(node, func=ast.Name(OTHER_CALLS[name]))
        case ast.If(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.Return(value=value) if value and not isinstance(value, ast.Constant):
            yield _with(node, value=ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Delete() | ast.AugAssign():
            yield ast.Pass()
        case ast.Break() | ast.Continue():
            yield SWAPS[type(node)]()


def _with(node: ast.AST, **changed: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in changed.items():
        setattr(other, name, value)
    return other


def mutants(text: str) -> Iterator[Mutant]:
    """Every defect of a module; annotations and docstrings have none."""
    tree = ast.parse(text)
    for holder, field, index, where in list(_places(tree, "")):
        value = getattr(holder, field)
        node = value if index is None else value[index]
        for other in variants(node):
            shown = holder if isinstance(node, ast.Constant) else node
            before = _line(shown)
            _put(holder, field, index, other)
            change = f"{before} → {_line(holder if shown is holder else other)}"
            yield Mutant(where or "module", change, ast.unparse(ast.fix_missing_locations(tree)))
            _put(holder, field, index, node)


def _put(holder: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(holder, field, node)
    else:
        getattr(holder, field)[index] = node


def _line(node: ast.AST) -> str:
    text = (
        ast.unparse(node).splitlines()[0] if not isinstance(node, ast.If) else f"if {ast.unparse(node.test)}"
    )
    return text if len(text) <= 90 else f"{text[:89]}…"


def _places(node: ast.AST, where: str) -> Iterator[tuple[ast.AST, str, int | None, str]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        where = f"{where}.{node.name}".lstrip(".")
    for field, value in ast.iter_fields(node):
        if field in {
            "annotation",
            "returns",
            "decorator_list",
            "keywords" if isinstance(node, ast.ClassDef) else "",
        }:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _without_effect(child):
                yield node, field, index, where
                yield from _places(child, where)


def _without_effect(node: ast.AST) -> bool:
    """Whether only type checkers read it, or it is the `strict` of a zip, which checks our own code."""
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    return isinstance(node, ast.If | ast.Assign) and "TYPE_CHECKING" in ast.unparse(node).partition("\n")[0]


def sample(module: str, text: str, count: int) -> list[Mutant]:
    """Some of a module's defects, the same ones each time; all of them for 0."""
    found = list(mutants(text))
    if not count or count >= len(found):
        return found
    return random.Random(f"{SEED} {module}").sample(found, count)  # noqa: S311 - a sample, not a secret


# Running: this file is a plugin of the pytest process, too.


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Forks a child for each defect; the child continues as an ordinary pytest."""
    module, count, results = json.loads(os.environ["MUTANTS"])
    path = Path(config.rootpath, "pass_aws", f"{module}.py")
    text = path.read_text()
    assert not [name for name in sys.modules if name == "pass_aws." + module.replace("/", ".")]  # noqa: S101
    baseline = Mutant("", "", text)
    began, limit = time.monotonic(), 3600.0
    for number, mutant in enumerate([baseline, *sample(module, text, count)]):
        path.write_text(mutant.text)
        os.utime(path, (number, number))  # so that Python uses no compiled file of another defect
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            return None
        passed = _passes(child, limit)
        if not (passed or mutant.change):
            return 1
        if not mutant.change:
            limit = 30 + 3 * (time.monotonic() - began)
        with Path(results).open("a") as file:
            file.write(json.dumps([mutant.where, mutant.change, passed]) + "\n")
    return 0


def _passes(child: int, limit: float) -> bool:
    """Whether the tests pass; a child that hangs is killed after `limit` seconds: its defect is caught."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status == 0
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def examine(tree: Path, module: str, count: int) -> list[tuple[str, str, bool]]:
    """Plants the defects of one module, and runs its tests.

    Returns:
        For each defect: the function, the change, and whether the tests passed in spite of it.
    """
    results = tree.parent / "results"
    results.unlink(missing_ok=True)
    tests = [f"tests/{name}.py" for name in COVER[module]]
    argv = [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        "-p",
        "mutants",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-x",
        *tests,
    ]
    env = {
        **os.environ,
        "PYTHONPATH": str(tree / "scripts"),
        "MUTANTS": json.dumps([module, count, str(results)]),
    }
    with (tree.parent / "log").open("w") as log:
        done = subprocess.run(argv, cwd=tree, env=env, stdout=log, stderr=log, check=False)
    if done.returncode:
        sys.exit(f"{(tree.parent / 'log').read_text()}{module}: its tests fail without a defect")
    shutil.copyfile(TOP / "pass_aws" / f"{module}.py", tree / "pass_aws" / f"{module}.py")
    return [tuple(json.loads(line)) for line in results.read_text().splitlines()][1:]


def copied(folder: Path) -> Path:
    """A copy of the tree as it is now, uncommitted changes included."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(
        None, subprocess.run(listed, cwd=TOP, check=True, capture_output=True).stdout.split(b"\0")
    ):
        source, target = TOP / os.fsdecode(name), folder / "tree" / os.fsdecode(name)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder / "tree"


def reasons() -> dict[str, str]:
    """`module: function: change` → why no test can catch it."""
    lines = [line for line in LEFT.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.rsplit(" | ", 1) for line in lines)


def main() -> None:
    """Prints each survivor, and the counts."""
    parser = argparse.ArgumentParser(description="plant defects, and count those that no test catches")
    parser.add_argument("-n", type=int, default=EACH, help="defects in each module; 0: all")
    parser.add_argument("-j", type=int, default=1, help="modules at once")
    parser.add_argument("modules", nargs="*", choices=[[], *COVER], default=[])
    options = parser.parse_args()
    known = reasons()
    planted = caught = explained = 0
    folder = Path(tempfile.mkdtemp(prefix="pa-mutants-", dir="/tmp"))
    trees: SimpleQueue[Path] = SimpleQueue()
    modules, pool = options.modules or list(COVER), ThreadPoolExecutor(options.j)

    def examined(module: str) -> list[tuple[str, str, bool]]:
        tree = trees.get()
        try:
            return examine(tree, module, options.n)
        finally:
            trees.put(tree)

    try:
        for number in range(options.j):
            trees.put(copied(folder / str(number)))
        for module, found in zip(modules, pool.map(examined, modules), strict=True):
            left = [f"{module}: {where}: {change}" for where, change, passed in found if passed]
            for name in left:
                print(f"  survives: {name}" + (f" | {known[name]}" if name in known else ""))
            print(f"{module}: {len(found)} planted, {len(found) - len(left)} caught", flush=True)
            planted, caught = planted + len(found), caught + len(found) - len(left)
            explained += sum(name in known for name in left)
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(folder)
    rest = planted - caught - explained
    print(f"{planted} planted, {caught} caught, {explained} cannot be caught, {rest} not caught", end="")
    print(f": {100 * caught / ((planted - explained) or 1):.1f} % of those that can be caught")
    sys.exit(rest > 0)


if __name__ == "__main__":
    main()
