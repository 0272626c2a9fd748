"""Checks whether pass finds the extension, and whether all installed parts have this version."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pass_aws import VERSION
from pass_aws.doctor.facts_installation import BROKEN, CURRENT, MISSING, OTHER, Extension
from pass_aws.doctor.finding import Finding, fail, ok, warn
from pass_aws.installation.pass_program import ENABLE, FOLDER
from pass_aws.text.quoting import command, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pass_aws.doctor.facts import Facts


def found_by_pass(facts: Facts) -> Iterator[Finding]:
    """`pass aws` is this program."""
    here, person = facts.extension, facts.person
    why = "pass aws does not work; until then use pass-aws, the same program"
    if not here.pass_program:
        yield fail("extension", "pass is not on PATH", why, person.install("pass"))
    elif not here.found:
        yield fail("extension", *_not_found(facts, why))
    elif here.must_be_signed and here.found.is_users:
        sign = command("gpg", "--detach-sign", here.found.path)
        what = "PASSWORD_STORE_SIGNING_KEY is set, but the extension is not signed"
        yield fail("extension", what, why, sign)
    elif here.answer == f"pass aws {VERSION}":
        yield ok("extension", f"pass finds {here.found.path}, and it answers")
    else:
        what = (
            f"pass finds {here.found.path}, which has another version"
            if here.answer
            else "pass aws does not answer"
        )
        fix = _again(_prefix(here, here.found.path), facts, [here.found.path])
        yield (warn if here.answer else fail)("extension", what, "pass aws and pass-aws differ", fix)


def _not_found(facts: Facts, why: str) -> tuple[str, str, str]:
    """What pass needs to find the extension."""
    here, person = facts.extension, facts.person
    for one in here.candidates:
        if not one.runs:
            return (
                f"{one.path} is not executable, so pass does not see it",
                why,
                command("chmod", "755", one.path),
            )
    own = here.own or next((one.path for one in here.candidates), "")
    if not own:
        return "pass does not find the extension: it is not installed", why, person.ours("install", "--user")
    wanted = [(ENABLE, "true"), (FOLDER, os.path.dirname(own))]
    lacking = [pair for pair in wanted if (here.enabled if pair[0] == ENABLE else here.folder) != pair[1]]
    names = " and ".join(name for name, _ in lacking)
    missing = f"{names} {'are' if len(lacking) > 1 else 'is'} not set for it"
    return f"pass does not find {own}: {missing}", why, person.set_for_good(lacking)


def on_path(facts: Facts) -> Iterator[Finding]:
    """`pass-aws` can be started by its name, as completion and credential_process lines do."""
    here, person = facts.extension, facts.person
    if here.program:
        yield ok("program", f"pass-aws is {here.program}")
    elif here.own_program:
        folder = os.path.dirname(here.own_program)
        fix = person.set_now("PATH", f'{quote(folder)}:"$PATH"')
        if person.shell == "fish":
            fix = command("fish_add_path", folder)
        yield warn("program", f"{here.own_program} is not on PATH", "completion does not work", fix)
    else:
        fix = person.ours("install", "--user")
        yield warn("program", "pass-aws is not on PATH", "completion does not work", fix)


def versions(facts: Facts) -> Iterator[Finding]:
    """All installed files have this version."""
    parts = facts.extension.parts
    say = {
        OTHER: "has another version",
        MISSING: "is missing",
        BROKEN: "starts a Python that is gone",
    }
    for prefix in dict.fromkeys(part.prefix for part in parts):
        wrong = [part for part in parts if part.prefix == prefix and part.state != CURRENT]
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            grave = fail if any(part.state == BROKEN for part in wrong) else warn
            found = f"{wrong[0].path} {say[wrong[0].state]}{more}; this is {VERSION}"
            paths = [part.path for part in wrong]
            yield grave("version", found, "the parts may not work together", _again(prefix, facts, paths))
    if not any(part.state != CURRENT for part in parts):
        yield ok(
            "version",
            f"{len(parts)} installed files have version {VERSION}" if parts else f"this is {VERSION}",
        )


def _prefix(here: Extension, path: str) -> str:
    return next((part.prefix for part in here.parts if part.path == path), "")


def _again(prefix: str, facts: Facts, paths: Sequence[str]) -> str:
    """Removes the wrong files, pass-aws included, and installs this version."""
    person = facts.person
    if not prefix:
        return f"{command('rm', '-f', '--', *paths)} && {command(*person.core, 'install', '--user')}"
    again = person.as_root(*person.core, "install", "--prefix", prefix)
    return f"{person.as_root('rm', '-f', '--', *paths)} && {again}"
