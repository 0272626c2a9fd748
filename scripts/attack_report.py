"""`make test-attacks`: runs the attacks that the program refuses, and prints how it refuses each of them.

The tests belong to `make test`; the table lists those that are attacks. An attack on the front also
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
    """A kind of attack.

    Args:
        items: what it is called in the review that found it: high, medium and low by number, or Info.
        attack: what an attacker does.
        refused: how the program refuses it.
        tests: the names of its tests in pytest.
    """

    items: str
    attack: str
    refused: str
    tests: tuple[str, ...]


ANSWERS = "tests/credentials/test_credential_process_answer.py"
ATTACKS = (
    Attack(
        "H1",
        "sign .gpg-id with a user id that contains gpg's status lines",
        "status is read as bytes, lines end only at line feeds, signatures are accepted only in their place",
        (
            "tests/store/test_recipients.py::test_a_user_id_cannot_forge_a_signature",
            "tests/store/test_recipients.py::test_a_signed_message_is_not_a_signature_of_the_file",
            "tests/gpg/test_status.py",
        ),
    ),
    Attack(
        "H1",
        "change .gpg-id between its check and its use",
        "it is read once, and those bytes are verified",
        ("tests/store/test_recipients.py::test_the_verified_bytes_are_the_bytes_in_use",),
    ),
    Attack(
        "M1",
        "make a move destroy the only readable copy of a key",
        "the new entry is read back before its source is replaced or removed",
        (
            "tests/keys/test_move.py::test_a_move_into_an_unreadable_directory_is_refused",
            "tests/keys/test_move.py::test_a_repair_in_an_unreadable_directory_is_refused",
            "tests/keys/test_move.py::test_an_overwriting_move_into_an_unreadable_directory_is_refused",
        ),
    ),
    Attack(
        "M2",
        "use a device, a FIFO or an endless file as config file",
        "only regular files are written, and reading has a limit",
        (
            "tests/config/test_writing.py::test_a_special_file_is_not_replaced",
            "tests/config/test_writing.py::test_the_atomic_write_refuses_special_files",
            "tests/config/test_writing.py::test_reading_a_special_file_ends",
        ),
    ),
    Attack(
        "M3",
        "make root change the owner of another file",
        "owners are changed only through open files, and root does not follow a user's symlinks",
        (
            "tests/config/test_writing.py::test_root_changes_owners_only_through_open_files",
            "tests/config/test_writing.py::test_root_follows_no_symlink_out_of_a_home",
            "tests/config/test_writing.py::test_a_symlink_created_after_the_check_is_not_followed",
        ),
    ),
    Attack(
        "M4 L1",
        "restore an old ticket, or replace the key of a ticket",
        "a ticket is valid only with a nonce and times that are stored next to the seal",
        (
            "tests/front/test_equal.py::test_a_restored_ticket_is_not_valid",
            "tests/front/test_equal.py::test_a_restored_ticket_of_another_role_is_not_valid",
            "tests/front/test_equal.py::test_a_key_replaced_by_other_tools_ends_its_ticket",
            "tests/cache/test_tickets.py::test_a_dropped_ticket_is_not_valid",
        ),
    ),
    Attack(
        "L5 L12",
        "plant a ticket, or manipulate the front by its environment",
        "extensions/README.md lists each check; without it the attack succeeds",
        ("tests/front/test_short_way.py",),
    ),
    Attack(
        "L17",
        "plant a session in the cache",
        "every ciphertext contains the seal, which the attacker cannot know",
        (
            "tests/cache/test_tickets.py::test_a_planted_session_is_a_miss",
            "tests/cache/test_tickets.py::test_forged_marks_are_harmless",
            "tests/cache/test_tickets.py::test_a_sweep_time_in_the_future_is_ignored",
            "tests/system/test_surroundings.py::test_other_files_beside_a_ticket_are_ignored",
        ),
    ),
    Attack(
        "L3",
        "make every command ask for the passphrase of a planted file",
        "a file that is encrypted with a passphrase is removed before gpg reads it",
        (
            "tests/cache/test_tickets.py::test_a_passphrase_is_never_asked_for_a_planted_file",
            "tests/gpg/test_packets.py::test_a_file_with_a_passphrase_causes_no_prompt",
        ),
    ),
    Attack(
        "M5",
        "get the credentials of another environment from a credential_process",
        "its answer is not cached, and the key in it is part of the digest of roles assumed with it",
        (
            "tests/credentials/test_sources.py::test_a_credential_process_runs_each_time",
            "tests/credentials/test_sources.py::test_a_changed_web_identity_token_is_another_identity",
        ),
    ),
    Attack(
        "M6",
        "push symlinks into the store",
        "only files in the store that end in .gpg are written, and not in hidden directories",
        ("tests/store/test_links.py",),
    ),
    Attack(
        "L2",
        "store a file that becomes very large, or takes very long, when it is read",
        "gpg gets --max-output; reading takes time in proportion to the size",
        (
            "tests/gpg/test_gpg.py::test_a_too_large_plain_text_is_not_used",
            "tests/store/test_entry.py::test_an_entry_with_many_fields_is_read_in_linear_time",
        ),
    ),
    Attack(
        "L4",
        "push symlinks that lead to themselves or to each other",
        "a name that cannot be read is reported, and the others are listed; each directory is visited once",
        (
            "tests/store/test_store.py::test_a_symlink_to_itself_does_not_stop_the_list",
            "tests/store/test_store.py::test_symlinks_to_symlinks_are_listed_once",
        ),
    ),
    Attack(
        "L8",
        "kill a run between two of its steps",
        "the next run finishes it; a stale lock of git is named with its age, leftovers are removed",
        (
            "tests/commands/test_list.py::test_a_removal_that_was_killed_is_finished",
            "tests/commands/test_list.py::test_a_run_that_is_killed_after_its_commit_leaves_no_session",
            "tests/commands/test_list.py::test_a_move_that_was_killed_between_its_steps_is_finished",
            "tests/store/test_git.py::test_a_removal_that_was_killed_is_finished",
            "tests/store/test_git.py::test_the_lock_of_another_git",
            "tests/config/test_writing.py::test_files_of_a_killed_run_are_removed",
        ),
    ),
    Attack(
        "L11",
        "commit our change with another pass process, between our steps",
        "a path that equals HEAD is committed, whoever did it",
        ("tests/store/test_git.py::test_a_change_that_another_pass_has_committed",),
    ),
    Attack(
        "L12",
        "move the seal into the cache, or into a directory that others can open",
        "the directories are compared by identity; the full program refuses them and makes no ticket",
        (
            "tests/cache/test_tickets.py::test_a_state_directory_in_the_cache",
            "tests/cache/test_tickets.py::test_a_state_directory_open_to_other_users",
            "tests/cache/test_tickets.py::test_a_cache_open_to_other_users_is_not_used",
        ),
    ),
    Attack(
        "L14",
        "send our requests through another endpoint, a proxy or other certificates",
        "each is reported once, without the proxy's password",
        (
            "tests/aws/test_calls.py::test_proxies_and_ca_bundles_of_the_environment_are_reported",
            "tests/aws/test_calls.py::test_a_proxy_is_used_and_named",
        ),
    ),
    Attack(
        "L16",
        "put a Python module into the directory in which make runs",
        "the scripts start Python isolated, with -I",
        ("tests/installation/test_makefile.py::test_existing_tools_are_not_installed",),
    ),
    Attack(
        "Info",
        "make an error show a malformed line of the credentials file",
        "the error has only the number of the line",
        ("tests/config/test_config.py::test_a_malformed_credentials_line_is_not_echoed",),
    ),
    Attack(
        "L6",
        "read the secrets of a helper program: gpg, git, hooks, mfa_process",
        "one function builds the environment of all helpers, without credentials",
        (
            "tests/system/test_helpers.py",
            "tests/credentials/test_leftovers.py::test_helpers_get_no_secret_of_the_caller",
        ),
    ),
    Attack(
        "L13 Info",
        "read our memory, or load code through OpenSSL's configuration",
        "there are no core dumps, and the variables are removed before libcrypto is loaded",
        ("tests/system/test_closed_process.py",),
    ),
    Attack(
        "L10",
        "hide a command in a name that a hint contains",
        "one function quotes every part of a hint",
        ("tests/test_hints.py",),
    ),
    Attack(
        "Info",
        "hide terminal control characters in a name",
        "every command escapes such names",
        ("tests/commands/test_shown_escaped.py",),
    ),
    Attack(
        "L9",
        "block the user with a lock on a readable directory",
        "locks are files in the user's own state directory",
        (
            "tests/store/test_store.py::test_another_user_cannot_hold_our_lock",
            "tests/config/test_files.py::test_another_user_cannot_hold_our_lock",
            "tests/cache/test_locks.py::test_a_planted_symlink_is_not_followed",
        ),
    ),
    Attack(
        "L7",
        "prevent a removal without being noticed",
        "a file that cannot be removed is an error",
        ("tests/cache/test_removal.py",),
    ),
    Attack(
        "Info",
        "answer instead of AWS: slowly, endlessly, with a redirect or with entities",
        "time and size are limited, redirects and document types are refused",
        (
            "tests/aws/test_limits.py",
            "tests/aws/test_sts_door.py::test_an_answer_is_read_strictly",
            "tests/aws/test_sts_door.py::test_a_redirect_is_not_followed",
            f"{ANSWERS}::test_a_role_of_another_partition_is_refused",
        ),
    ),
    Attack(
        "Info",
        "ask the credential server from a web page, another host name or another user",
        "the exact Host, no Origin, a token compared in constant time, the peer's uid for IMDS",
        ("tests/server/test_ecs.py", "tests/server/test_imds.py"),
    ),
    Attack(
        "Info",
        "read the console's sign-in URL from a process list, or follow it from another page",
        "the browser gets a one-time redirect on loopback",
        ("tests/console/test_open_browser.py",),
    ),
    Attack(
        "L15",
        "get another wheel, or code of the current directory, into an installation",
        "every wheel has a known hash, and Python runs isolated",
        (
            "tests/installation/test_makefile.py::test_the_lock_file_is_complete",
            "tests/installation/test_makefile.py::test_a_wheel_that_differs_from_the_lock_file_is_refused",
            "tests/installation/test_makefile.py::test_the_program_runs_isolated",
        ),
    ),
)


class Results:
    """Counts the results of the tests in each file and function."""

    def __init__(self) -> None:
        self.ended: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts a result; pytest calls this for each phase of a test."""
        if report.when == "call" or report.outcome != "passed":
            name = report.nodeid.partition("[")[0].partition("@")[0]  # pytest-xdist adds @ and the group
            self.ended.setdefault(name, Counter())[report.outcome] += 1

    def of_attack(self, attack: Attack) -> Counter[str]:
        """The results of all tests of an attack."""
        total: Counter[str] = Counter()
        for name, ended in self.ended.items():
            if any(name == test or name.startswith(f"{test}::") for test in attack.tests):
                total += ended
        return total


def main(options: Sequence[str]) -> int:
    """Runs the tests, prints the table, and returns pytest's exit status."""
    results = Results()
    tests = [test for attack in ATTACKS for test in attack.tests]
    status = pytest.main([*options, *tests], plugins=[results])
    for attack in ATTACKS:
        ended = results.of_attack(attack)
        print(f"\n{attack.items}: {attack.attack}\n    {attack.refused}\n    ", end="")
        print(", ".join(f"{count} {outcome}" for outcome, count in sorted(ended.items())) or "not run")
    total = sum((results.of_attack(attack) for attack in ATTACKS), Counter[str]())
    print(f"\n{len(ATTACKS)} kinds of attack: {total['passed']} passed, {total['failed']} failed, ", end="")
    print(f"{total['skipped']} skipped")
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
