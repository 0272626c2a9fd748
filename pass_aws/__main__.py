"""Starts the program: the short way first, else all of it."""

from __future__ import annotations

import os
import sys
import time


def console() -> int:
    """The entry point of pip's `pass-aws`; the wrapper runs this file by `python -I -S`."""
    if "_ARGCOMPLETE" in os.environ:
        os._exit(completed())  # saves as much here

    from pass_aws import fast
    from pass_aws.adapters import replace

    argv, env = sys.argv[1:], dict(os.environ)
    replace.forbid_core_dump()
    try:
        code = fast.redeem(argv, env, int(time.time()))
    except KeyboardInterrupt:
        code, env["_PASS_AWS_GPG"] = None, "asked"  # the full program says so, and asks nobody again
    if code is not None:
        os._exit(code)  # all is written, and taking Python down properly costs a third of its start
    if sys.flags.no_site:
        import site

        site.main()
    from pass_aws import cli

    return cli.main(argv, env)


def completed() -> int:
    """Answers a TAB; an installation has its libraries beside the package, a checkout in site-packages."""
    if sys.flags.no_site and not os.path.isdir(f"{sys.path[0]}/argcomplete"):
        import site

        site.main()
    from pass_aws import complete

    return complete.main(sys.argv[1:], os.environ)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.exit(console())
