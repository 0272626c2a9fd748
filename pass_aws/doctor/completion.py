"""Checks whether TAB completes `pass aws` in each installed shell."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws.doctor.facts_installation import LOADED, STUCK, Shell
from pass_aws.doctor.finding import Finding, ok, warn
from pass_aws.doctor.fixes import append
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pass_aws.doctor.facts import Facts


def loaded(facts: Facts) -> Iterator[Finding]:
    """A new shell completes `pass aws`."""
    for shell in facts.shells:
        check, why = f"completion-{shell.name}", "TAB does not complete profiles and options"
        if shell.state == LOADED:
            yield ok(check, f"a new {shell.name} completes pass aws")
        elif not shell.is_used:
            yield ok(check, f"a new {shell.name} does not complete pass aws, but it is not your shell")
        elif shell.state == STUCK:
            found = f"a new {shell.name} does not start"
            fix = command("time", shell.name, "-i", "-c", "exit")
            yield warn(check, found, "its startup files wait for something", fix)
        else:
            yield warn(check, f"a new {shell.name} does not complete pass aws", why, _fix(shell, facts))


def _fix(shell: Shell, facts: Facts) -> str:
    if not shell.file or not (facts.extension.parts or facts.extension.found):
        return facts.person.ours("install", "--user")
    home = facts.person.home
    if shell.name == "bash":
        return append(f"{home}/.bashrc", command(".", shell.file))
    if shell.name == "zsh":
        folder = f"fpath=({command(os.path.dirname(shell.file))} $fpath)"
        return append(f"{home}/.zshrc", folder, "autoload -Uz compinit && compinit")
    folder = f"{shell.config}/conf.d"
    return (
        f"{command('mkdir', '-p', folder)} && {command('ln', '-sf', shell.file, f'{folder}/pass-aws.fish')}"
    )
