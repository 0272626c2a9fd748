"""The structure of the program: imports point down, and each external resource has one door."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

TOP = Path(__file__).resolve().parent.parent
FLOORS = (
    "errors",
    "model",
    "handover",
    "text",
    "system",
    "gpg",
    "aws",
    "console",
    "config",
    "store",
    "cache",
    "context",
    "mfa",
    "sso",
    "credentials",
    "keys",
    "server",
    "installation",
    "doctor",
    "command_line",
    "commands",
    "cli",
    "start",
    "__main__",
)
"""The rooms from low to high: a module imports only from its own floor and lower ones."""

DOORS = {
    "boto3": {"aws/botocore_client.py"},
    "botocore": {
        "aws/botocore_client.py",
        "aws/botocore_errors.py",
        "aws/federation.py",
        "aws/limited_session.py",
        "credentials/sources/credential_source.py",
    },
    "sh": {"system/background.py", "system/programs.py"},
    "gnupg": {"gpg/encrypt.py"},
    "argcomplete": {"command_line/completer.py"},
    "cryptography": {"sso/dpop.py"},
    "pyotp": {"mfa/totp.py"},
    "fcntl": {"system/file_lock.py"},
    "shlex": {"text/quoting.py"},
    "subprocess": {"mfa/pinentry.py"},
    "multiprocessing": set(),
    "pty": set(),
}
STARTERS = {
    "exec": {"system/become.py"},
    "posix_spawn": {"gpg/process.py", "installation/shells.py", "system/streaming.py"},
    "spawn": set(),
    "fork": {"system/companion.py"},
    "system": set(),
    "popen": set(),
}
ENTRY = {"cli.py", "start.py", "__main__.py"}
SURROUNDINGS = {
    "os.environ": ENTRY
    | {"aws/botocore_client.py"},  # botocore reads it itself; some variables must be removed
    "os.environb": set(),
    "os.getenv": set(),
    "os.putenv": set(),
    "time.time": ENTRY | {"context.py"},
    "time.time_ns": set(),
    "datetime.now": set(),
    "datetime.utcnow": set(),
    "sys.exit": ENTRY,
    "os._exit": {"start.py", "system/companion.py"},
}


class Module(NamedTuple):
    """A file of ours: its path below pass_aws, and its text."""

    path: str
    tree: ast.Module


def floor(path: str) -> str:
    """The room of a file, by its path below pass_aws."""
    return path.partition("/")[0].removesuffix(".py")


@cache
def modules() -> tuple[Module, ...]:
    root = TOP / "pass_aws"
    return tuple(
        Module(str(path.relative_to(root)), ast.parse(path.read_text()))
        for path in sorted(root.rglob("*.py"))
    )


def imported(tree: ast.AST) -> set[str]:
    """The full names of all imports in a file."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def ours(module: Module) -> set[str]:
    """The files of this program that a file imports."""
    paths = {module.path for module in modules()}
    found = set()
    for name in imported(module.tree):
        path = name.removeprefix("pass_aws.").replace(".", "/") + ".py"
        if name.startswith("pass_aws.") and path in paths:
            found.add(path)
    return found


def test_imports_point_down() -> None:
    """From `__main__` down to errors, never up; late imports and imports for types count, too."""
    assert [
        f"{module.path} imports {path}"
        for module in modules()
        if module.path != "__init__.py"
        for path in ours(module)
        if FLOORS.index(floor(path)) > FLOORS.index(floor(module.path))
    ] == []


def test_no_import_loops() -> None:
    """No file imports itself indirectly, also within a room; late imports and those for types count."""
    needs = {module.path: ours(module) for module in modules()}
    assert [path for path in needs if path in reached_from(path, needs)] == []


def reached_from(path: str, needs: Mapping[str, set[str]]) -> set[str]:
    """All files that a file imports, and that those import."""
    reached: set[str] = set()
    ahead = set(needs[path])
    while ahead:
        reached |= ahead
        ahead = {further for near in ahead for further in needs[near]} - reached
    return reached


def test_imports_are_absolute() -> None:
    """The tests of imports would not see a relative import."""
    nodes = ((module.path, node) for module in modules() for node in ast.walk(module.tree))
    assert [path for path, node in nodes if isinstance(node, ast.ImportFrom) and node.level] == []


def test_no_function_is_called_of() -> None:
    """A traceback names functions without their module: "in of" does not tell where it is."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    files = [*(TOP / "pass_aws").rglob("*.py"), *(TOP / "tests").rglob("*.py")]
    nodes = ((path, node) for path in files for node in ast.walk(ast.parse(path.read_text())))
    assert [path for path, node in nodes if isinstance(node, functions) and node.name == "of"] == []


@pytest.mark.parametrize("library", DOORS)
def test_one_door_to_each_library(library: str) -> None:
    """Libraries for external things are imported only in their door."""
    users = {
        module.path
        for module in modules()
        if any(name == library or name.startswith(library + ".") for name in imported(module.tree))
    }
    assert users <= DOORS[library]


def called(module: Module) -> set[str]:
    """The dotted names that a file mentions: `os.environ`, `sys.exit`."""
    named = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return named | imported(module.tree)


@pytest.mark.parametrize("starter", STARTERS)
def test_one_door_to_each_way_of_starting_programs(starter: str) -> None:
    """Only `become` replaces the process, only gpg starts gpg."""
    exact = starter in ("system", "popen", "fork")
    users = {
        module.path
        for module in modules()
        for name in called(module)
        if (name == f"os.{starter}" if exact else name.startswith(f"os.{starter}"))
    }
    assert users <= STARTERS[starter]


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_only_the_entry_reads_the_environment(name: str) -> None:
    """Only the entry reads the environment or the clock, or ends the process."""
    assert {module.path for module in modules() if name in called(module)} <= SURROUNDINGS[name]


OUTSIDE = {
    "asyncio",
    "fcntl",
    "http",
    "pathlib",
    "select",
    "signal",
    "socket",
    "subprocess",
    "tempfile",
    "termios",
    "tty",
}
BUILT_IN_DOORS = {"open", "print", "input"}
PURE_OS = {"os.path", "os.fsencode", "os.fsdecode", "os.sep"}

TOUCHING = {
    "start.py",
    "aws/botocore_client.py",
    "aws/botocore_errors.py",
    "aws/connection.py",
    "aws/http_post.py",
    "aws/limited_session.py",
    "aws/sts_door.py",
    "aws/federation.py",
    "aws/tls.py",
    "cache/freshness.py",
    "cache/index.py",
    "cache/listings.py",
    "cache/locks.py",
    "cache/sealed_files.py",
    "cache/tickets.py",
    "cache/tokens.py",
    "cache/waiting.py",
    "command_line/options.py",
    "command_line/picker.py",
    "commands/install.py",
    "config/files.py",
    "config/writing.py",
    "context.py",
    "credentials/sources/sts_call.py",
    "credentials/sources/web_token.py",
    "doctor/collect.py",
    "doctor/collect_files.py",
    "doctor/collect_gpg.py",
    "doctor/collect_installation.py",
    "doctor/collect_permissions.py",
    "doctor/collect_recipients.py",
    "doctor/collect_shells.py",
    "doctor/collect_store.py",
    "gpg/agent.py",
    "gpg/decrypt.py",
    "gpg/gpg.py",
    "gpg/invocation.py",
    "gpg/keyring.py",
    "gpg/process.py",
    "installation/installed.py",
    "installation/pass_program.py",
    "installation/shells.py",
    "installation/startup_files.py",
    "keys/import_sources.py",
    "mfa/pinentry.py",
    "mfa/pinentry_program.py",
    "mfa/prompts.py",
    "mfa/used_codes.py",
    "sso/aws_cli_cache.py",
    "server/listener.py",
    "server/serving.py",
    "server/supply.py",
    "store/recipients.py",
    "store/repository.py",
    "store/walk.py",
    "store/writing.py",
    "system/atomic_files.py",
    "system/background.py",
    "system/become.py",
    "system/file_lock.py",
    "system/companion.py",
    "system/loopback.py",
    "system/no_follow.py",
    "system/peer.py",
    "system/user_dirs.py",
    "system/profile_commands.py",
    "system/programs.py",
    "system/question.py",
    "system/readable.py",
    "system/streaming.py",
    "system/streams.py",
    "system/terminal.py",
}
"""The modules that use external resources; the results of all others depend only on their arguments.

A module that decides is not in this table, and a door does not decide.
"""


def pure() -> list[Module]:
    return [module for module in modules() if module.path not in TOUCHING]


def test_pure_modules_import_no_external_resource() -> None:
    """Of `os`, pure modules use only names of paths and conversions of text to bytes."""
    wrong = [
        f"{module.path}: {name}"
        for module in pure()
        for name in called(module)
        if name.partition(".")[0] in OUTSIDE or (name.startswith("os.") and name not in PURE_OS)
    ]
    assert wrong == []


def test_pure_modules_open_and_print_nothing() -> None:
    """Pure modules return their results, and do not open files or print."""
    names = ((module.path, node) for module in pure() for node in ast.walk(module.tree))
    assert [path for path, node in names if isinstance(node, ast.Name) and node.id in BUILT_IN_DOORS] == []


def test_each_door_is_needed() -> None:
    """The table of doors names no pure module and no missing one."""
    assert {module.path for module in modules()} >= TOUCHING
    assert {module.path for module in modules() if module.path in TOUCHING and not touches(module)} == set()


def touches(module: Module) -> bool:
    names = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
    return bool(names & BUILT_IN_DOORS) or any(
        name.partition(".")[0] in OUTSIDE or (name.startswith("os.") and name not in PURE_OS)
        for name in called(module)
    )
