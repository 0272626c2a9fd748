"""`make demo-picture`: runs the demo and draws its everyday commands as docs/demo.svg, which README shows.

Values that differ between runs (key ids, times, the directory) are replaced by fixed examples, so that each
run draws the same picture. `lines_of` returns the drawn lines of a transcript, `words_of` those of a picture.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

TOP = Path(__file__).resolve().parent.parent
PICTURE = TOP / "docs" / "demo.svg"
FIRST, LAST = "# store an access key", "# what is cached"
"""The picture begins with the first of these lines and ends before the second."""
LOCAL = "pass aws: using AWS endpoint"
"""The beginning of lines that are printed only because AWS is on this machine."""
EXAMPLES = (
    (r"/\w+/pa-demo-\w+", "~"),
    (r"\bAKIA[A-Z2-7]{16}\b", "AKIAIOSFODNN7EXAMPLE"),
    (r"\bAROA[A-Z2-7]{17}\b", "AROADBQP57FF2AEXAMPLE"),
    (r"…[A-Z2-7]{4}\b", "…MPLE"),
    (r"(MFA code for \S+) \d{6}\b", r"\1 123456"),
    (r"\bpass-aws-\d{10}\b", "pass-aws-1795751433"),
    (r"\b7h\d\dm", "7h59m"),
    (r"\b\d\dm$", "59m"),
)
WIDTH = 100


def lines_of(transcript: str) -> list[str]:
    """The part of the demo's transcript for the picture, equal in each run."""
    part = transcript[transcript.index(FIRST) : transcript.index(LAST)]
    lines = [line.rstrip() for line in part.splitlines() if not line.startswith(LOCAL)]
    return [_example(line) for line in lines if line]


def _example(line: str) -> str:
    for pattern, example in EXAMPLES:
        line = re.sub(pattern, example, line)
    return line


def words_of(svg: str) -> list[str]:
    """The lines of text in a picture, in the form of `lines_of`."""
    lines: dict[float, str] = defaultdict(str)
    for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):  # noqa: S314 - our own file
        if text.get("clip-path"):
            lines[float(text.get("y", ""))] += text.text or ""
    found = [lines[y].replace("\N{NO-BREAK SPACE}", " ").rstrip() for y in sorted(lines)]
    return [line for line in found if line]


def drawn(lines: list[str]) -> str:
    """An SVG of a terminal with these lines."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=io.StringIO(), record=True, width=WIDTH, force_terminal=True)
    for number, line in enumerate(lines):
        if line.startswith("#"):
            console.print(Text(f"\n{line}" if number else line, "bright_black"))
        elif line.startswith("$"):
            console.print(Text.assemble(("$ ", "green"), (line[2:], "bold")))
        else:
            console.print(Text(line))
    svg = console.export_svg(title="pass aws", unique_id="demo")
    return re.sub(
        r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL
    )  # it would be loaded from another host; monospace is sufficient


def main() -> None:
    """Runs and shows the demo, then draws the picture."""
    argv = [sys.executable, str(TOP / "scripts" / "demo.py")]
    transcript = ""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as demo:
        for line in demo.stdout or ():
            sys.stdout.write(line)
            transcript += line
    if demo.returncode:
        sys.exit(demo.returncode)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(lines_of(transcript)))
    sys.stdout.write(f"drawn: {PICTURE}\n")


if __name__ == "__main__":
    main()
