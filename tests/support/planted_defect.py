"""The whole program with a defect: a rotation deletes the old key before it stores the new one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import hurried

from pass_aws import cli
from pass_aws.keys import rotate
from pass_aws.keys.journal import RETIRE

if TYPE_CHECKING:
    from pass_aws.keys.rotation_actions import Rotation
    from pass_aws.model import Credentials


def keep(run: Rotation, made: Credentials) -> None:
    run.delete(run.begun.old)
    run.store("Add new key to {}.", run.begun._replace(state=RETIRE, other=run.key), made)


rotate._keep = keep
assert hurried

if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:], os.environ))
