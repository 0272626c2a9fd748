"""The front's message to the program is read once, and then is in no environment."""

from __future__ import annotations

import argparse

from pass_aws import handover
from pass_aws.context import Context
from pass_aws.handover import Handover, Turn


def test_the_message_leaves_the_environment() -> None:
    """Every variable of the front is removed, known or not; the user's are kept, and those for nested runs."""
    env = {
        "_PASS_AWS_STORE": "/s", "_PASS_AWS_UMASK": "022", "_PASS_AWS_TICKET": "asked", "_PASS_AWS_FRONT": "/f",
        "_PASS_AWS_OTHER": "x", "_PASS_AWS_REGION": "eu-west-1", "_PASS_AWS_SETTINGS": "A=b", "HOME": "/h",
    }  # fmt: skip
    told = handover.taken(env, (7, "/lock"))
    assert told == Handover(store="/s", umask="022", front="/f", asked=True, turn=Turn(7, "/lock"))
    assert env == {"_PASS_AWS_REGION": "eu-west-1", "_PASS_AWS_SETTINGS": "A=b", "HOME": "/h"}


def test_a_wrong_passphrase_is_an_answer() -> None:
    """Nobody is asked again, and the exit status is another one than after a cancel."""
    told = handover.taken({"_PASS_AWS_TICKET": "wrong"})
    assert (told.asked, told.wrong) == (True, True)
    told = handover.taken({"_PASS_AWS_TICKET": "missed"})
    assert (told.asked, told.wrong) == (False, False)


def test_no_message() -> None:
    """Python without the front determines everything itself."""
    assert handover.taken({"HOME": "/h"}) == handover.NOTHING_TOLD


def test_what_a_command_works_with() -> None:
    """pass's store and the caller's mask count as user settings; the user's own mask overrides the caller's."""
    told = Handover(store="/s", umask="027")
    args = argparse.Namespace()
    made = Context({"HOME": "/h"}, args, lambda _: None, told=told)  # type: ignore[arg-type,return-value]
    assert (made.env["PASSWORD_STORE_DIR"], made.umask) == ("/s", 0o027)
    assert made.parent == {"HOME": "/h"}
    own = {"HOME": "/h", "PASS_AWS_UMASK": "077"}
    assert Context(own, args, lambda _: None, told=told).umask == 0o077  # type: ignore[arg-type,return-value]
