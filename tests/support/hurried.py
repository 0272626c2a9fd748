"""The whole program, with short pauses while it tests a new key: `python hurried.py COMMAND …`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from pass_aws import cli
from pass_aws.keys import proving

proving.PAUSE, proving.SPAN = 0.01, 0.0

if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:], os.environ))
