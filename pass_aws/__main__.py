"""Starts the program: the short way first, else all of it."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence


def console() -> int:
    """The entry point of pip's `pass-aws`; the wrapper runs this file by `python -I -S`."""
    if "_ARGCOMPLETE" in os.environ:
        os._exit(completed())  # saves as much here

    from pass_aws import fast
    from pass_aws.system import become, locale_variable

    argv, env = sys.argv[1:], locale_variable.as_given(os.environ)
    env.pop("_PASS_AWS_TURN", None)
    become.forbid_core_dump()
    try:
        code = fast.redeem(argv, env, int(time.time()))
        if code is None and _came_up(argv, env):
            code = fast.redeem(argv, env, int(time.time()))
    except KeyboardInterrupt:
        code, env["_PASS_AWS_GPG"] = None, "asked"  # the full program says so, and asks nobody again
    if code is not None:
        os._exit(code)  # all is written, and taking Python down properly costs a third of its start
    find_libraries()
    from pass_aws import cli

    return cli.main(argv, env)


def _came_up(argv: Sequence[str], env: MutableMapping[str, str]) -> bool:
    """Whether another process was making the ticket that we miss, and may have left it by now."""
    from pass_aws import fast

    name = fast.turn(argv, env)
    if not name:
        return False
    from pass_aws.cache import waiting

    return waiting.waited(name, env)


def completed() -> int:
    """Answers a TAB; its garbage goes with its process, and to look for it costs 1 to 2 ms."""
    import gc

    gc.disable()
    find_libraries()
    from pass_aws.command_line import complete

    return complete.main(sys.argv[1:], os.environ)


def find_libraries() -> None:
    """Makes what we are built on importable under `-S`.

    An installation has it beside the package, a checkout in its virtual environment. Reading that
    environment's `.pth` files, as `site` does, would cost more than the rest of a start.
    """
    if not sys.flags.no_site or os.path.isdir(f"{sys.path[0]}/botocore"):
        return
    prefix, (major, minor) = os.path.dirname(os.path.dirname(sys.executable)), sys.version_info[:2]
    place = f"{prefix}/lib/python{major}.{minor}/site-packages"
    if os.path.isdir(f"{place}/botocore"):
        sys.path.append(place)
        return
    import site

    site.main()


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.exit(console())
