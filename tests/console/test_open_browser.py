"""The browser gets the secret URL through a loopback redirect, and no other process gets it."""

from __future__ import annotations

import http.client
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pass_aws.console import open_browser
from pass_aws.console.browser_choice import Launcher
from pass_aws.console.redirect import Redirect
from pass_aws.errors import FAILED, MUST_ASK, UserError
from pass_aws.system import peer

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "https://signin.example/federation?SigninToken=SECRETcanary0123456789"
INSTEAD = "run pass aws login ro --stdout"
FETCH = """#!/bin/sh
echo "$@" >"{folder}/argv"
{python} - "$1" <<'END'
import sys, urllib.request
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_): return None
try:
    urllib.request.build_opener(Stay).open(sys.argv[1])
except urllib.error.HTTPError as answer:
    open("{folder}/location", "w").write(answer.headers.get("Location", "none"))
END
"""


@pytest.fixture
def fetching(programs: Path, tmp_path: Path) -> Path:
    """A browser that requests its URL and records where it was redirected."""
    path = programs / "browser"
    path.write_text(FETCH.format(folder=tmp_path, python=sys.executable))
    path.chmod(0o755)
    return tmp_path


def test_the_secret_url_is_in_no_argv(fetching: Path) -> None:
    """The browser is started with a loopback URL, and its request is redirected to the real one."""
    how = open_browser.at_hand({**os.environ, "BROWSER": "browser"})
    open_browser.open_url(SECRET, how, os.environ, instead=INSTEAD)
    argv = (fetching / "argv").read_text()
    assert argv.startswith("http://127.0.0.1:")
    assert "canary" not in argv


def test_a_browser_that_fails_at_once(programs: Path) -> None:
    """The error names the way without a browser, does not contain the URL, and comes at once."""
    (programs / "browser").write_text("#!/bin/sh\nexit 3\n")
    (programs / "browser").chmod(0o755)
    how = Launcher(("browser", "{url}"), "BROWSER")
    with pytest.raises(UserError, match=r"\(BROWSER\) failed") as raised:
        open_browser.open_url(SECRET, how, os.environ, instead=INSTEAD)
    assert (raised.value.code, raised.value.hint) == (FAILED, INSTEAD)


def test_a_browser_that_is_not_there() -> None:
    """The hint is the way without a browser."""
    with pytest.raises(UserError, match="no program browser-not-there") as raised:
        open_browser.open_url(
            SECRET, Launcher(("browser-not-there", "{url}"), "x"), os.environ, instead=INSTEAD
        )
    assert raised.value.hint == INSTEAD


def test_a_browser_that_sends_no_request(programs: Path) -> None:
    """The program stops waiting after a time limit."""
    (programs / "browser").write_text("#!/bin/sh\nexit 0\n")
    (programs / "browser").chmod(0o755)
    with pytest.raises(UserError, match=r"did not request the page within 0\.1 seconds"):
        open_browser.open_url(
            SECRET, Launcher(("browser", "{url}"), "x"), os.environ, instead=INSTEAD, patience=0.1
        )


def test_no_browser() -> None:
    """Without a browser the program exits with 4, and the hint tells how to get the URL."""
    with pytest.raises(UserError, match="no display") as raised:
        open_browser.open_url(
            SECRET, open_browser.at_hand({"PATH": "/proc/nonexistent"}), {}, instead=INSTEAD
        )
    assert (raised.value.code, raised.value.hint) == (MUST_ASK, INSTEAD)


def ask(
    redirect: Redirect, path: str = "", headers: Mapping[str, str] | None = None, method: str = "GET"
) -> tuple[int, str]:
    """Status and Location of one request."""
    parts = urlsplit(redirect.address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    connection.request(method, path or parts.path, headers={"Host": parts.netloc, **(headers or {})})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers.get("Location", "")


def test_only_one_request_gets_the_url() -> None:
    """Requests with a wrong path, host or method get nothing.

    Then one request gets the URL, and no second one.
    """
    with Redirect(SECRET) as redirect:
        port = urlsplit(redirect.address).port
        wrong = [
            ask(redirect, "/"),
            ask(redirect, urlsplit(redirect.address).path + "x"),
            ask(redirect, "/favicon.ico"),
            ask(redirect, headers={"Host": f"localhost:{port}"}),
            ask(redirect, headers={"Host": f"attacker.example:{port}"}),
            ask(redirect, headers={"Host": "127.0.0.1"}),
            ask(redirect, method="POST"),
            ask(redirect, method="HEAD"),
        ]
        assert [location for _, location in wrong] == [""] * len(wrong)
        assert {status // 100 for status, _ in wrong} <= {4, 5}
        assert not redirect.fetched.is_set()
        assert ask(redirect) == (303, SECRET)
        assert redirect.fetched.wait(20)
        assert ask(redirect) == (404, "")


def test_an_idle_connection_does_not_block() -> None:
    """Browsers open connections that they never use; another request is answered nevertheless."""
    with Redirect(SECRET) as redirect:
        idle = http.client.HTTPConnection(urlsplit(redirect.address).netloc)
        idle.connect()
        assert ask(redirect)[0] == 303
        idle.close()


def test_simultaneous_requests() -> None:
    """Of many simultaneous requests, exactly one gets the URL."""
    with Redirect(SECRET) as redirect:
        answers: list[tuple[int, str]] = []
        threads = [threading.Thread(target=lambda: answers.append(ask(redirect))) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(status for status, _ in answers) == [303] + [404] * 15


LINES = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 2 1
   2: 0100007F:C351 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3
   3: 0200007F:C352 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 4 1
   4: 0000000000000000FFFF00000100007F:C353 0000000000000000FFFF00000100007F:1F90 01 0:0 0:0 0 1002 0 5 1
   5: 0000000000000000000000000100007F:C354 0000000000000000000000000100007F:1F90 01 0:0 0:0 0 1003 0 6 1
"""


@pytest.mark.skipif(sys.byteorder != "little", reason="the table's byte order is that of the processor")
@pytest.mark.parametrize(
    ("port", "address", "uid"),
    [
        (0xC350, "127.0.0.1", 1000),
        (0xC351, "127.0.0.1", None),
        (0xC352, "127.0.0.2", 1001),
        (0xC352, "127.0.0.1", None),
        (0xC353, "127.0.0.1", 1002),
        (0xC354, "127.0.0.1", None),
    ],
)
def test_the_owner_of_a_connection(port: int, address: str, uid: int | None) -> None:
    """The line of the other end shows a connection's owner. A closing connection is ignored.

    An IPv6 socket counts if its address is an IPv4 address.
    """
    assert peer.owner(LINES.splitlines(), (address, port), ("127.0.0.1", 0x1F90)) == uid


def test_which_users_get_the_url() -> None:
    """Our own user and root get the URL; other or unknown users do not."""
    assert peer.trusted(os.geteuid())
    assert peer.trusted(0)
    assert not peer.trusted(os.geteuid() + 12345)
    assert peer.trusted(None) is not Path(peer.TABLE).exists()
