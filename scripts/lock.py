"""`make lock`: writes scripts/requirements.txt, the exact wheels that `make install` installs.

All of them are pure Python: one hash of each is valid for every machine and every Python.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LOCK = TOP / "scripts" / "requirements.txt"
HEAD = "# what `make install` installs; written by `make lock`\n"


def main() -> None:
    """Lets pip choose the versions, as for `pip install pass-aws` today.

    Raises:
        SystemExit: a wheel is only for one machine or one Python.
    """
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    ask = [sys.executable, "-I", "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed"]
    ask += ["--only-binary=:all:", "--report", "-", *wanted]
    found = json.loads(subprocess.run(ask, check=True, stdout=subprocess.PIPE).stdout)["install"]
    lines = []
    for wheel in found:
        if not wheel["download_info"]["url"].endswith("-none-any.whl"):
            sys.exit(f"not for every machine: {wheel['download_info']['url']}")
        about, hashes = wheel["metadata"], wheel["download_info"]["archive_info"]["hashes"]
        lines.append(f"{about['name'].lower()}=={about['version']} --hash=sha256:{hashes['sha256']}\n")
    LOCK.write_text(HEAD + "".join(sorted(lines)))


if __name__ == "__main__":
    main()
