"""Starts the program: the short way first, else all of it."""

from __future__ import annotations

import os
import sys
import time


def console() -> int:
    """The entry point of pip's `pass-aws`, and of the wrapper's `python -I -S …/__main__.py`."""
    from pass_aws import fast
    from pass_aws.adapters import replace

    argv, env = sys.argv[1:], dict(os.environ)
    replace.forbid_core_dump()
    code = fast.redeem(argv, env, int(time.time()))
    if code is not None:
        return code
    if sys.flags.no_site:
        import site

        site.main()
    from pass_aws import cli

    return cli.main(argv, env)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.exit(console())
