"""A user of an Identity Center: config file, a browser that follows all redirects, and the real program."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from conftest import MAIN, run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from fakeaws import FakeAWS

FAR = "222222222222"
CONFIG = """\
[sso-session team]
sso_start_url = {url}
sso_region = us-east-1

[profile dev]
sso_session = team
sso_account_id = 222222222222
sso_role_name = Admin
region = eu-west-1

[profile ro]
sso_session = team
sso_account_id = 222222222222
sso_role_name = ReadOnly

[profile chained]
source_profile = dev
role_arn = {role}
duration_seconds = 7200

[profile legacy]
sso_start_url = {url}/
sso_region = us-east-1
sso_account_id = 222222222222
sso_role_name = Admin
"""
BROWSER = """#!{python} -IS
import sys, urllib.error, urllib.request
try:
    page = urllib.request.urlopen(sys.argv[1], timeout=300).read()
except urllib.error.HTTPError as error:
    page = error.read()
with open({page!r}, "ab") as file:
    file.write(page)
with open({visits!r}, "a") as file:
    file.write(sys.argv[1] + "\\n")
"""


def browser(folder: Path) -> Path:
    """A program that opens a page, follows redirects, and stores the last page."""
    folder.mkdir(exist_ok=True)
    path = folder / "browser"
    pages = {"page": str(folder / "page"), "visits": str(folder / "visits")}
    path.write_text(BROWSER.format(python=sys.executable, **pages))
    path.chmod(0o755)
    return path


class SsoWorld(NamedTuple):
    """The parts of a test of Identity Center.

    Args:
        fake: AWS.
        folder: for files of the test.
        store: the store of alice.
    """

    fake: FakeAWS
    folder: Path
    store: Path

    @property
    def pages(self) -> str:
        """The last page in the browser."""
        path = self.folder / "page"
        return path.read_text() if path.exists() else ""

    @property
    def visits(self) -> list[str]:
        """The browser's argv."""
        path = self.folder / "visits"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def tokens(self) -> list[Path]:
        """The stored tokens."""
        return sorted((self.folder / "home/.cache/pass-aws/tokens").glob("*.gpg"))

    def signed_in(self) -> None:
        """Signs in once, as a user with a browser."""
        done = run("sso", "login", "--sso-session", "team")
        assert done.returncode == 0, done.stderr
        self.fake.clear_calls()

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        """Starts the program without a terminal and does not wait for it."""
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(MAIN), *args],
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def built(
    fake: FakeAWS, store: Path, tmp_path: Path, aws_config: Path, monkeypatch: pytest.MonkeyPatch
) -> SsoWorld:
    """A user `ada` with two roles in one account, a config file and a browser; not signed in."""
    fake.center.account(FAR, "team-dev", "Admin", "ReadOnly")
    fake.center.interval = 1
    role = fake.role("deploy", "333333333333", trust=["*"], max_session=43200)
    aws_config.write_text(CONFIG.format(url=fake.center.start_url, role=role.arn))
    monkeypatch.setenv("BROWSER", str(browser(tmp_path)))
    return SsoWorld(fake, tmp_path, store)
