"""Runs the attacks that the program refuses, and prints each with how it is refused: `make test-attacks`.

The tests are those of `make test`; the table says which of them are attacks. An attack on the front also
runs against a copy without the check that stops it, and succeeds there.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence


class Attack(NamedTuple):
    """One kind of attack.

    Args:
        attack: what an attacker does.
        refused: how the program refuses it.
        tests: the tests that do it, as pytest names them.
    """

    attack: str
    refused: str
    tests: tuple[str, ...]


ATTACKS = (
    Attack(
        "sign .gpg-id with a user id that holds gpg's status lines",
        "status is read as bytes, lines end at line feed only, signatures count in their place",
        (
            "tests/store/test_recipients.py::test_a_name_cannot_forge_a_signature",
            "tests/store/test_recipients.py::test_a_signed_message_is_not_a_signature_of_the_file",
            "tests/gpg/test_status.py",
        ),
    ),
    Attack(
        "change .gpg-id between its check and its use",
        "it is read once, and those bytes are verified",
        ("tests/store/test_recipients.py::test_the_bytes_that_are_used_are_those_that_were_verified",),
    ),
    Attack(
        "make a move destroy the only readable copy of a key",
        "what replaces or removes a source has been read back",
        (
            "tests/keys/test_move.py::test_a_move_to_where_we_cannot_read_is_refused",
            "tests/keys/test_move.py::test_a_repair_where_we_cannot_read_is_refused",
            "tests/keys/test_move.py::test_a_move_over_another_key_that_we_cannot_read_back",
        ),
    ),
    Attack(
        "name a device, a FIFO or an endless file as config",
        "only a regular file is written, and reading has an end",
        (
            "tests/config/test_writing.py::test_what_is_not_a_file_is_never_replaced",
            "tests/config/test_writing.py::test_the_atomic_write_refuses_what_is_neither_file_nor_link",
            "tests/config/test_writing.py::test_reading_has_an_end",
        ),
    ),
    Attack(
        "make root change the owner of another file",
        "only open files change their owner, and a user's links do not lead root elsewhere",
        (
            "tests/config/test_writing.py::test_root_gives_nothing_away_by_its_path",
            "tests/config/test_writing.py::test_a_link_of_a_user_does_not_lead_root_elsewhere",
            "tests/config/test_writing.py::test_a_link_swapped_in_meanwhile_is_not_followed",
        ),
    ),
    Attack(
        "put an old ticket back, or change the key behind one",
        "a ticket counts by a nonce and by times that are kept beside the seal",
        (
            "tests/front/test_equal.py::test_a_ticket_that_is_put_back",
            "tests/front/test_equal.py::test_a_ticket_of_another_role_that_is_put_back",
            "tests/front/test_equal.py::test_a_key_replaced_by_other_tools_ends_it",
            "tests/cache/test_tickets.py::test_a_dropped_ticket_counts_no_more",
        ),
    ),
    Attack(
        "plant a ticket, or bend the front by its environment",
        "extensions/README.md lists each check; without it the attack succeeds",
        ("tests/front/test_short_way.py",),
    ),
    Attack(
        "plant a session in the cache",
        "the seal is in every ciphertext, and cannot be known",
        (
            "tests/cache/test_tickets.py::test_a_planted_session_is_a_miss",
            "tests/cache/test_tickets.py::test_forged_marks_are_harmless",
            "tests/cache/test_tickets.py::test_a_joke_about_the_time_of_sweeping",
        ),
    ),
    Attack(
        "have a passphrase asked for a planted file, and every command cancelled",
        "a file that is not encrypted to keys alone is removed unseen",
        (
            "tests/cache/test_tickets.py::test_a_passphrase_is_never_asked_for_a_planted_file",
            "tests/gpg/test_packets.py::test_nobody_is_asked_for_it",
        ),
    ),
    Attack(
        "get the credentials of another environment from a credential_process",
        "its answer is not kept, and the key that it returns is in the digest of the roles behind it",
        (
            "tests/credentials/test_sources.py::test_a_process_is_asked_each_time",
            "tests/credentials/test_sources.py::test_another_token_is_another_identity",
        ),
    ),
    Attack(
        "push links into the store",
        "a write ends in .gpg inside the store, in no directory that begins with a dot",
        (
            "tests/store/test_links.py",
            "tests/store/test_store.py::test_links_to_links_make_no_names_without_end",
        ),
    ),
    Attack(
        "read the secrets of a helper program: gpg, git, hooks, mfa_process",
        "one function builds the environment of all helpers, without credentials",
        ("tests/system/test_helpers.py",),
    ),
    Attack(
        "read our memory, or load code through OpenSSL's configuration",
        "no dumps, and the variables are dropped before libcrypto loads",
        ("tests/system/test_closed_process.py",),
    ),
    Attack(
        "hide a command in a name that a hint repeats",
        "every piece of a hint is quoted in one place",
        ("tests/test_hints.py",),
    ),
    Attack(
        "hide terminal codes in a name",
        "every command spells out foreign names",
        ("tests/commands/test_shown_escaped.py",),
    ),
    Attack(
        "lock the user out by a lock on a readable directory",
        "locks are files of the user's own state",
        (
            "tests/store/test_store.py::test_nobody_else_can_lock_us_out",
            "tests/cache/test_locks.py::test_a_planted_symlink_is_not_followed",
        ),
    ),
    Attack(
        "keep a removal from happening, unnoticed",
        "what cannot be removed is an error",
        ("tests/cache/test_removal.py",),
    ),
    Attack(
        "answer in AWS's place: slowly, endlessly, by a redirect, with entities",
        "limits of time and size, no redirect, no document type",
        (
            "tests/aws/test_sts_door.py::test_an_answer_is_read_strictly",
            "tests/aws/test_sts_door.py::test_a_byte_a_moment_ends",
            "tests/aws/test_sts_door.py::test_an_endless_answer_is_cut",
            "tests/aws/test_sts_door.py::test_a_redirect_is_not_followed",
        ),
    ),
    Attack(
        "ask the credential server from a web page, another host name or another user",
        "exact Host, no Origin, a token in constant time, the peer's uid for IMDS",
        ("tests/server/test_ecs.py", "tests/server/test_imds.py"),
    ),
    Attack(
        "read the console's sign-in URL from a process list, or follow it from another page",
        "the browser gets a one-shot redirect on loopback",
        ("tests/console/test_browser.py",),
    ),
    Attack(
        "put another wheel, or code of the current directory, into an installation",
        "every wheel has a known hash, and Python runs isolated",
        (
            "tests/installation/test_makefile.py::test_the_lock_has_all_that_is_needed",
            "tests/installation/test_makefile.py::test_another_wheel_than_the_locked_one_is_not_installed",
            "tests/installation/test_makefile.py::test_the_program_runs_isolated",
        ),
    ),
)


class Results:
    """How many tests of each file and function ended how."""

    def __init__(self) -> None:
        self.ended: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for each phase of a test."""
        if report.when == "call" or report.outcome != "passed":
            self.ended.setdefault(report.nodeid.partition("[")[0], Counter())[report.outcome] += 1

    def of_attack(self, attack: Attack) -> Counter[str]:
        """The results of all its tests."""
        total: Counter[str] = Counter()
        for name, ended in self.ended.items():
            if any(name == test or name.startswith(f"{test}::") for test in attack.tests):
                total += ended
        return total


def main(options: Sequence[str]) -> int:
    """Runs them, prints the table, and returns pytest's exit status."""
    results = Results()
    tests = [test for attack in ATTACKS for test in attack.tests]
    status = pytest.main([*options, *tests], plugins=[results])
    for attack in ATTACKS:
        ended = results.of_attack(attack)
        print(f"\n{attack.attack}\n    {attack.refused}\n    ", end="")
        print(", ".join(f"{count} {outcome}" for outcome, count in sorted(ended.items())) or "not run")
    total = sum((results.of_attack(attack) for attack in ATTACKS), Counter[str]())
    print(f"\n{len(ATTACKS)} kinds of attack: {total['passed']} passed, {total['failed']} failed, ", end="")
    print(f"{total['skipped']} skipped")
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
