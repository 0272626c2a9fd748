"""The page after a sign-in, in a real browser, and in a text browser: it loads nothing else, and is only for its user.

Chromium and w3m are used if they are installed; the bytes are tested everywhere.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
import sso_world
from conftest import run
from fakeaws.center import Code
from sso_world import SsoWorld

from pass_aws.sso import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fakeaws import FakeAWS

CHROMIUM = next((name for name in ("chromium", "chromium-browser") if shutil.which(name)), "")
HEADLESS = (
    f"{CHROMIUM} --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
    " --disable-background-networking --virtual-time-budget=5000 --user-data-dir={folder}/profile --dump-dom"
)
in_chromium = pytest.mark.skipif(
    not CHROMIUM, reason="chromium is not installed: `make tools` omits its 290 MB"
)


@pytest.fixture
def world(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> SsoWorld:
    return sso_world.built(fake, store, tmp_path, aws_config, monkeypatch)


@pytest.fixture
def chromium(world: SsoWorld, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The browser of this user; its final page is in the returned file."""
    shown, browser = world.folder / "dom", world.folder / "chromium"
    command = HEADLESS.format(folder=world.folder)
    browser.write_text(f'#!/bin/sh\n{command} "$1" >{shown}.new 2>/dev/null\nmv {shown}.new {shown}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    return shown


def shown_in(path: Path) -> str:
    """The content of the browser, as soon as it shows something."""
    for _ in range(600):
        if path.exists():
            return path.read_text()
        time.sleep(0.1)
    raise TimeoutError


@in_chromium
@pytest.mark.timeout(180)
def test_chromium_shows_success(world: SsoWorld, chromium: Path) -> None:
    """The page says that the window may be closed, and the sign-in is stored."""
    done = run("sso", "login", "dev")
    assert done.returncode == 0, done.stderr
    dom = shown_in(chromium)
    assert "<h1>Signed in</h1>" in dom
    assert "pass aws is signed in to team." in dom
    assert "You can close this window." in dom
    assert len(world.tokens) == 1


@in_chromium
@pytest.mark.timeout(180)
def test_chromium_shows_a_refusal(world: SsoWorld, chromium: Path) -> None:
    """The page shows the result, and where to continue."""
    world.fake.center.consent = "deny"
    assert run("sso", "login", "dev").returncode == 1
    dom = shown_in(chromium)
    assert "<h1>Not signed in</h1>" in dom
    assert "Access was refused in the browser. The terminal shows what to do." in dom


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, dict[str, str]]]:
    """The URL of a page of another origin, and its content."""
    content: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content["page"].encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://localhost:{server.server_port}/", content
    server.shutdown()
    server.server_close()


@in_chromium
@pytest.mark.timeout(180)
def test_another_origin_gets_nothing(world: SsoWorld, elsewhere: tuple[str, dict[str, str]]) -> None:
    """A page that knows the state cannot read an answer, frame the page or end the wait."""
    world.fake.center.consent = "hold"
    process = world.start("env", "dev")
    world.fake.wait_for_calls(2, 60)
    asked = world.fake.called("authorize")[0].parameters
    client = world.fake.center.clients[asked["client_id"]]
    code = Code(client, asked["redirect_uri"], asked["code_challenge"], world.fake.clock.now() + 60)
    world.fake.center.codes["stolen"] = code
    target = f"{asked['redirect_uri']}?code=stolen&state={asked['state']}"
    url, content = elsewhere
    content["page"] = f"""<body><script>
    const said = text => document.body.append(text + ";");
    const frame = document.createElement("iframe");
    frame.src = "{target}";
    document.body.append(frame);
    fetch("{target}").then(() => said("read"), () => said("refused"));
    const image = new Image();
    image.onload = () => said("loaded");
    image.onerror = () => said("no image");
    image.src = "{target}";
    </script></body>"""
    command = [*HEADLESS.format(folder=world.folder).split(), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "refused;" in done.stdout
    assert "read;" not in done.stdout
    assert "loaded;" not in done.stdout
    assert process.poll() is None
    assert world.fake.called("CreateToken") == []
    process.kill()
    process.communicate()


PAGES = (page.signed_in("<team> & co"), page.failed("it <failed> & ended"), page.FOREIGN, page.ABSENT)


@pytest.mark.parametrize("shown", PAGES, ids=lambda one: str(one.status))
def test_the_page_loads_nothing_and_runs_nothing(shown: page.Page) -> None:
    """The page has no script, link or picture. Inserted text is escaped; the headers forbid the rest."""
    text = shown.body.decode()
    assert not re.search(r"<script|<link|<img|https?://|url\(|@import|\bon\w+=", text)
    assert "<team>" not in text
    assert "<failed>" not in text
    assert text.count("<title>") == 1
    assert len(text) < 2000
    headers = dict(page.HEADERS)
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_text_browser_shows_the_page(tmp_path: Path) -> None:
    """Heading, result, and that the window may be closed."""
    path = tmp_path / "page.html"
    path.write_bytes(page.signed_in("team").body)
    done = subprocess.run(["w3m", "-dump", str(path)], capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    assert lines == ["Signed in", "pass aws is signed in to team.", "You can close this window."]
