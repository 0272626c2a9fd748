"""Starts the program; who misses a ticket that another process is making waits, then asks the front again."""

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
"""What makes OpenSSL load code of others into this process, and urllib3 write down its session keys."""

QUIET_START = 20_000
"""Objects between two searches for garbage: at the start there is none, and Python's 700 cost 4 of 100 ms."""


def console() -> int:
    """The program behind the front, which runs this file by `python -I -S`."""
    if "_ARGCOMPLETE" in os.environ:
        os._exit(completed())  # taking Python down properly costs a third of its start

    import gc

    from pass_aws.system import become, locale_variable

    gc.set_threshold(QUIET_START)
    argv, env = sys.argv[1:], locale_variable.as_given(os.environ)
    become.forbid_core_dump()
    turn = _waited(argv, env)
    find_libraries()
    from pass_aws import cli, handover

    return cli.main(argv, env, handover.taken(env, turn))


def _waited(argv: Sequence[str], env: MutableMapping[str, str]) -> tuple[int, str] | None:
    """Waits where another process is making the ticket that is missed, then becomes the front again.

    A crowd of processes does so at once: nothing is loaded that this can do without, `typing` neither.

    Returns:
        The lock of the ticket, where this process is to make it or is to hear why it cannot be made.
    """
    front = env.get("_PASS_AWS_FRONT")
    if not front or "_PASS_AWS_WAITED" in env or env.get("_PASS_AWS_TICKET") == "asked":
        return None
    from pass_aws.cache import waiting

    name = waiting.turn_name(argv, env)
    try:
        turn, again = waiting.take(name, env) if name else (None, False)
    except KeyboardInterrupt:
        env["_PASS_AWS_TICKET"] = "asked"  # noqa: S105 - a word for the full program, which asks nobody then
        return None
    if again:
        from pass_aws.errors import UserError
        from pass_aws.system import become

        messages = {"_PASS_AWS_WAITED": "1", "_PASS_AWS_TICKET": ""}
        try:
            become.process([front, *argv], {**env, **messages})
        except UserError:  # it has gone meanwhile
            return None
    return turn


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

    None of them is loaded before the variables are gone that would lead it astray; programs that we start
    get the caller's environment, which was read before.
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


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.exit(console())
