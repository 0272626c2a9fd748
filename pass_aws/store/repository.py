"""One git repository of the store: git's commands in it, with pass's settings, and why they failed."""

from __future__ import annotations

import os
import sys
import time
from typing import IO, TYPE_CHECKING, NamedTuple

from pass_aws.errors import UncommittedError, UserError
from pass_aws.gpg.invocation import environment
from pass_aws.system import programs
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLACE = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_NAMESPACE", "GIT_INDEX_FILE"),
    *("GIT_INDEX_VERSION", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"),
)
"""Variables that pass removes, so that git finds only the store's repository."""
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before each further attempt while another process locks git's index."""
NO_GIT = 127
AT_ONCE = 500
"""The maximum number of paths in an argument list, far below the kernel's limit."""
UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
}
"""Files in git's directory during an unfinished operation, when git cannot commit single paths."""


class Unfinished(NamedTuple):
    """An unfinished operation in a repository, which prevents commits of single paths.

    Args:
        top: of the work tree.
        what: `merge`, `rebase`, `cherry-pick`, or empty.
        sides: of each path in conflict, absolute: 2 if HEAD has it, 3 if the other commit has it.
    """

    top: str
    what: str
    sides: Mapping[str, frozenset[int]]


class Repository:
    """A work tree, and the message of the commit to make in it.

    Args:
        top: the work tree.
        root: the store, absolute, without symlinks.
        env: the caller's environment.
        message: of the commit; empty to read only.
    """

    def __init__(self, top: str, root: str, env: Mapping[str, str], message: str = "") -> None:
        self._top, self._root, self._message = top, root, message
        self._env = {name: value for name, value in environment(env).items() if name not in PLACE}
        self._env["GIT_CEILING_DIRECTORIES"] = os.path.dirname(root)

    def commit(self, there: Sequence[str], gone: Sequence[str]) -> None:
        """Commits entries that are new or changed, and entries that are removed.

        Raises:
            UncommittedError: git failed, and no other process has committed the same.
        """
        paths = [*filter(self._add, there), *self._tracked(gone)]
        if paths and self._differ(paths):
            self._commit(paths)

    def _add(self, path: str) -> bool:
        """Stages a path; False if a `.gitignore` excludes it."""
        code, said = self._patiently("add", "--", self._literal(path))
        if code and self._run("check-ignore", "-q", "--", path)[0] == 0:
            return False
        self._check([path], "add", code, said)
        return True

    def _tracked(self, paths: Sequence[str]) -> list[str]:
        tracked: list[str] = []
        for start in range(0, len(paths), AT_ONCE):
            some = map(self._literal, paths[start : start + AT_ONCE])
            code, out, complaints = self._run("ls-files", "-z", "--full-name", "--", *some)
            self._check(paths, "ls-files", code, complaints)
            tracked += self._paths(out)
        return tracked

    def _differ(self, paths: Sequence[str]) -> bool:
        """Whether there is something to commit: another pass may have committed it already."""
        some = map(self._literal, paths[:AT_ONCE])
        code, out, _ = self._run("status", "--porcelain", "-z", "--", *some)
        return bool(len(paths) > AT_ONCE or code or out)

    def unfinished(self) -> Unfinished:
        """The unfinished operation, and the paths in conflict."""
        asked = [word for name in UNDER_WAY for word in ("--git-path", name)]
        places = os.fsdecode(self._run("rev-parse", *asked)[1]).splitlines()
        there = [os.path.lexists(os.path.join(self._top, place)) for place in places]
        whats = [what for what, found in zip(UNDER_WAY.values(), there, strict=False) if found]
        sides: dict[str, frozenset[int]] = {}
        for line in self._run("ls-files", "--unmerged", "-z", "--full-name")[1].split(b"\0")[:-1]:
            facts, _, name = line.partition(b"\t")  # MODE HASH STAGE
            (path,) = self._paths(name)
            sides[path] = sides.get(path, frozenset()) | {int(facts[-1:])}
        return Unfinished(self._top, whats[0] if whats else "", sides)

    def gone(self, folder: str) -> list[str]:
        """The files below a directory that git still has but the disk no longer has."""
        args = ["ls-files", "--deleted", "-z", "--full-name", "--", self._literal(folder)]
        return self._paths(self._run(*args)[1])

    def last_change(self, path: str) -> int | None:
        """The Unix second of the last change of an entry's text; None if git does not know."""
        log = self._run("log", "--format=%ct %s", "--", self._literal(path))[1].decode("utf-8", "replace")
        lines = [line.partition(" ") for line in log.splitlines()]
        times = [time for time, _, subject in lines if not subject.startswith("Reencrypt")]
        return int(times[0]) if times and times[0].isdigit() else None

    def asked(self, *words: str) -> tuple[bool, bytes]:
        """Runs a git command that only reads; returns whether it succeeded, and its output."""
        code, out, _ = self._run(*words)
        return code == 0, out

    def _paths(self, names: bytes) -> list[str]:
        return [f"{self._top}/{os.fsdecode(name)}" for name in names.split(b"\0") if name]

    def _commit(self, paths: Sequence[str]) -> None:
        sign = self._run("config", "--bool", "--get", "pass.signcommits")[1] == b"true\n"
        only = ["--only", "--pathspec-from-file=-", "--pathspec-file-nul"]
        names = b"\0".join(os.fsencode(self._literal(path)) for path in paths)
        args = [*(["-S"] if sign else []), "-m", self._message, *only]
        self._check(paths, "commit", *self._patiently("commit", *args, stdin=names))

    def _literal(self, path: str) -> str:
        """A literal pathspec, in which `*` and `[` are ordinary characters."""
        return f":(top,literal){os.path.relpath(path, self._top)}"

    def _patiently(self, *args: str, stdin: bytes = b"") -> tuple[int, bytes]:
        """Runs git, and again while its index is locked; returns its exit status and all output."""
        for pause in (*PAUSES, 0):
            code, out, complaints = self._run(*args, stdin=stdin)
            if not pause or not code or b"index.lock" not in complaints:
                break
            time.sleep(pause)
        return code, out + complaints

    def _check(self, paths: Sequence[str], verb: str, code: int, said: bytes) -> None:
        """Shows git's output; fails if git failed and no other process has committed the same."""
        if code not in (0, NO_GIT) and not self._differ(paths):
            return
        sys.stderr.buffer.write(said)
        sys.stderr.flush()
        if code:
            raise self._failure(paths, verb, code, said)

    def _held(self) -> tuple[str, str]:
        """The holder of git's index lock, if known, and what to do about it."""
        name = os.fsdecode(self._run("rev-parse", "--git-path", "index.lock")[1].removesuffix(b"\n"))
        path = os.path.join(self._top, name)
        try:
            made = time.strftime("%F %T", time.localtime(os.stat(path).st_mtime))
        except OSError:
            return "another git process held its index.lock", "when it is done"
        fix = f"when it is done (if no git runs: {command('rm', '--', path)})"
        return f"another git process holds {path}, since {made}", fix

    def _failure(self, paths: Sequence[str], verb: str, code: int, said: bytes) -> UserError:
        names = [os.path.relpath(path, self._root) for path in paths]
        git = ["pass", "git"] if self._top == self._root else ["git", "-C", self._top]
        places = [os.path.relpath(path, self._top) for path in paths[:1]]
        again = f"{command(*git, 'add', '-A', *places)} && {command(*git, 'commit', '-m', self._message)}"
        if b"index.lock" in said:
            cause, fix = self._held()
        elif code == NO_GIT:
            cause, fix = "git cannot be run", "solve the problem above"
        elif self._run("var", "GIT_COMMITTER_IDENT")[0]:
            fix = f"run {command(*git, 'config', 'user.name', 'NAME')}; "
            fix += command(*git, "config", "user.email", "ADDRESS")
            cause = "git does not know your name and email address"
        else:
            cause, fix = f"git {verb} ended with status {code}", "solve the problem that git reports above"
        what = names[0] if len(names) == 1 else f"{len(names)} entries"
        return UncommittedError(
            f"{what} changed in the store, but git did not commit it: {cause}",
            hint=f"{fix}, then run {again}",
        )

    def _run(self, *args: str, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Exit status, stdout and stderr of git."""
        with _in_memory() as given, _in_memory() as complaints:
            given.write(stdin)
            given.seek(0)
            argv = ["git", "-C", self._top, *args]
            try:
                done = programs.run(argv, self._env, stdin=given, stderr=complaints)
            except UserError as error:
                return NO_GIT, b"", f"{error}\n".encode()
            complaints.seek(0)
            return done.code, done.out, complaints.read()


def _in_memory() -> IO[bytes]:
    """A file in memory, since the disk may be full."""
    return open(os.memfd_create("git"), "w+b")
