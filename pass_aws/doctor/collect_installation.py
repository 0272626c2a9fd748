"""Collects facts about the installed files of all installations, and about pass."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pass_aws.doctor import collect_shells
from pass_aws.doctor.facts_installation import (
    BROKEN,
    CURRENT,
    MISSING,
    OTHER,
    Candidate,
    Extension,
    Part,
)
from pass_aws.doctor.fixes import INSTALL, Person
from pass_aws.installation import install_targets, installed, pass_program, shells
from pass_aws.installation.pass_program import ENABLE, FOLDER
from pass_aws.system import own_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIXES = ("/usr/local", "/usr", "/opt/homebrew")
SOURCES = {
    "aws.bash": install_targets.EXTENSION,
    "pass-aws.1": install_targets.MAN,
    "pass-aws.bash": install_targets.BASH,
    "_pass-aws": install_targets.ZSH,
    "pass-aws.fish": install_targets.FISH,
}
"""The source of each installed file, by its name."""


def person(env: Mapping[str, str]) -> Person:
    """The user of the commands."""
    path = env.get("PATH", "")
    there = [name for name in INSTALL if shutil.which(name, path=path)]
    editors = (name for name in ("editor", "vi", "nano") if shutil.which(name, path=path))
    core = tuple(own_command.argv(front=""))
    return Person(
        env.get("HOME", ""),
        os.path.basename(env.get("SHELL", "")) or "sh",
        env.get("VISUAL") or env.get("EDITOR") or next(editors, "vi"),
        there[0] if there else "",
        os.geteuid() == 0,
        str(os.geteuid()),
        ("pass-aws",) if shutil.which("pass-aws", path=path) else core,
        core,
    )


def extension(env: Mapping[str, str], store: str) -> Extension:
    """The state of the installation.

    Args:
        env: the caller's.
        store: the root of the store.
    """
    enabled = env.get(ENABLE, "")
    folder = env.get(FOLDER) or f"{store}/.extensions"
    system, home = pass_program.extension_dir(env), env.get("HOME", "")
    candidates = [(f"{folder}/aws.bash", True), *([(f"{system}/aws.bash", False)] if system else [])]
    own = f"{install_targets.data_home(env)}/pass-aws/extensions/aws.bash"
    program = f"{home}/.local/bin/pass-aws"
    made = Extension(
        pass_program.path(env),
        enabled,
        folder,
        tuple(
            Candidate(path, os.access(path, os.X_OK), is_users)
            for path, is_users in candidates
            if os.path.isfile(path)
        ),
        program=shutil.which("pass-aws", path=env.get("PATH", "")) or "",
        parts=tuple(_parts(env)),
        own=own if os.path.isfile(own) else "",
        own_program=program if os.access(program, os.X_OK) else "",
    )
    if not (made.pass_program and made.found):
        return made  # `pass aws` would then show an entry of that name
    unsigned = bool(env.get("PASSWORD_STORE_SIGNING_KEY")) and not os.path.exists(f"{made.found.path}.sig")
    answer = shells.said(
        [made.pass_program, "aws", "version"], collect_shells.alone(env), patience=collect_shells.PATIENCE
    )
    return made._replace(answer=(answer or "").strip(), must_be_signed=unsigned)


def _parts(env: Mapping[str, str]) -> Iterable[Part]:
    """The files of all installations."""
    program = shutil.which("pass-aws", path=env.get("PATH", "")) or ""
    prefixes = dict.fromkeys([*PREFIXES, os.path.dirname(os.path.dirname(program))])
    manifests = {f"{prefix}/share/pass-aws/installed": prefix for prefix in prefixes if prefix}
    for manifest, prefix in {f"{install_targets.data_home(env)}/pass-aws/installed": "", **manifests}.items():
        for path in installed.Installed(manifest).files():
            yield Part(path, _state(path), prefix)


def source(path: str) -> str:
    """The source of an installed file."""
    folder, name = os.path.split(path)
    if name == "pass-aws":
        return install_targets.BASH if "completion" in folder else install_targets.EXTENSION
    return SOURCES.get(name, "")


def _state(path: str) -> str:
    try:
        there = Path(path).read_bytes().decode("utf-8", "replace")
    except OSError:
        return MISSING
    made_from = source(path)
    if made_from != install_targets.EXTENSION:
        return CURRENT if there == installed.shipped(made_from).decode() else OTHER
    text, python = install_targets.without_core(there)
    if text != install_targets.without_core(installed.shipped(made_from).decode())[0]:
        return OTHER
    return CURRENT if os.access(python, os.X_OK) else BROKEN
