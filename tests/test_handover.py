"""The front's variables for the program are read once, and then are in no environment."""

from __future__ import annotations

import argparse

from pass_aws import handover
from pass_aws.context import Context
from pass_aws.handover import Handover, TicketLock
from pass_aws.system import child_environment


def test_the_variables_of_the_front_are_removed() -> None:
    """Each variable of the front is removed, known or not; the user's and those for nested runs are kept."""
    env = {
        "_PASS_AWS_STORE": "/s", "_PASS_AWS_UMASK": "022", "_PASS_AWS_TICKET": "asked", "_PASS_AWS_FRONT": "/f",
        "_PASS_AWS_OTHER": "x", "_PASS_AWS_REGION": "eu-west-1", "_PASS_AWS_SETTINGS": "A=b", "HOME": "/h",
    }  # fmt: skip
    told = handover.taken(env, (7, "/lock"))
    assert told == Handover(store="/s", umask="022", front="/f", asked=True, lock=TicketLock(7, "/lock"))
    assert env == {"_PASS_AWS_REGION": "eu-west-1", "_PASS_AWS_SETTINGS": "A=b", "HOME": "/h"}


def test_a_wrong_passphrase_is_not_asked_for_again() -> None:
    """The user is not asked twice, and the exit status is not that of a cancelled prompt."""
    told = handover.taken({"_PASS_AWS_TICKET": "wrong"})
    assert (told.asked, told.wrong) == (True, True)
    told = handover.taken({"_PASS_AWS_TICKET": "missed"})
    assert (told.asked, told.wrong) == (False, False)


def test_without_variables_of_the_front() -> None:
    """Without the front, Python determines everything itself."""
    assert handover.taken({"HOME": "/h"}) == handover.NOTHING_TOLD


def test_store_and_umask_of_the_caller() -> None:
    """pass's store and the caller's umask count as user settings; PASS_AWS_UMASK overrides the umask."""
    told = Handover(store="/s", umask="027")
    args = argparse.Namespace()
    made = Context({"HOME": "/h"}, args, lambda _: None, told=told)  # type: ignore[arg-type,return-value]
    assert (made.env["PASSWORD_STORE_DIR"], child_environment.umask(made.env)) == ("/s", 0o027)
    assert made.parent == {"HOME": "/h"}
    own = {"HOME": "/h", "PASS_AWS_UMASK": "077"}
    made = Context(own, args, lambda _: None, told=told)  # type: ignore[arg-type,return-value]
    assert child_environment.umask(made.env) == 0o077
