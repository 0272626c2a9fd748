"""Starts the program; a process whose ticket another one is making waits, then runs the front again."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence


LIBRARY_VARIABLES = (
    *("OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES", "OPENSSL_ENGINES"),
    "SSLKEYLOGFILE",
)
"""Variables that make OpenSSL load other code into this process, or urllib3 log its session keys."""

QUIET_START = 20_000
"""Objects between two runs of the garbage collector; with Python's 700, they take 4 of 100 ms at start."""


def console() -> int:
    """Runs the full program; the front starts this file with `python -I -S`."""
    if "_ARGCOMPLETE" in os.environ:
        os._exit(completed())  # an orderly exit of Python costs a third of its start

    import gc

    from pass_aws.system import become

    gc.set_threshold(QUIET_START)
    argv, env = sys.argv[1:], become.callers_env(os.environ)
    become.forbid_core_dump()
    become.notice_children()
    lock = _waited(argv, env)
    find_libraries()
    from pass_aws import cli, handover

    code = cli.main(argv, env, handover.taken(env, lock))
    gc.freeze()  # the exit of Python would search all objects for garbage: 2 of 40 ms
    return code


def _waited(argv: Sequence[str], env: MutableMapping[str, str]) -> tuple[int, str] | None:
    """Waits if another process is making the missing ticket, then becomes the front again.

    Many processes may do this at the same time, so it loads no module without need, not even `typing`.

    Returns:
        The lock of the ticket if this process must make it, or must report why it cannot be made.
    """
    front = env.get("_PASS_AWS_FRONT")
    if not front or "_PASS_AWS_WAITED" in env or env.get("_PASS_AWS_TICKET") in ("asked", "wrong"):
        return None
    from pass_aws.cache import waiting

    name = waiting.lock_name(argv, env)
    try:
        lock, again = waiting.take(name, env) if name else (None, False)
    except KeyboardInterrupt:
        env["_PASS_AWS_TICKET"] = "asked"  # noqa: S105 - tells the full program not to prompt
        return None
    if again:
        from pass_aws.errors import UserError
        from pass_aws.system import become

        messages = {"_PASS_AWS_WAITED": "1", "_PASS_AWS_TICKET": ""}
        try:
            become.process([front, *argv], {**env, **messages})
        except UserError:  # the front was removed in the meantime
            return None
    return lock


def completed() -> int:
    """Answers a TAB; the process ends at once, so garbage collection (1 to 2 ms) is switched off."""
    import gc

    gc.disable()
    find_libraries()
    from pass_aws.command_line import complete

    return complete.main(sys.argv[1:], os.environ)


def find_libraries() -> None:
    """Makes our dependencies importable under `-S`.

    An installation has them next to the package, a checkout in its virtual environment. Reading that
    environment's `.pth` files, as `site` does, would cost more than the rest of the start.

    The variables that could misdirect them are removed before any of them is loaded; programs that we
    start get the caller's environment, which was read earlier.
    """
    for name in LIBRARY_VARIABLES:
        os.environ.pop(name, None)
    if not sys.flags.no_site or os.path.isdir(f"{sys.path[0]}/botocore"):
        return
    prefix, (major, minor) = os.path.dirname(os.path.dirname(sys.executable)), sys.version_info[:2]
    place = f"{prefix}/lib/python{major}.{minor}/site-packages"
    if os.path.isdir(f"{place}/botocore"):
        sys.path.append(place)
        return
    import site

    site.main()
