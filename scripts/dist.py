"""`make dist`: the source archive and the wheel of the current commit, with the same bytes on every machine.

Every time in them is the commit's; owners, modes and order do not depend on the machine. The wheel is built
from the source archive. The bytes depend on the version of setuptools: `make dist` installs the locked one.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BACKEND = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"


def main() -> None:
    """Builds both, and prints their sha256."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=str(TOP / "dist"), help="where they go")
    folder = Path(parser.parse_args().folder).resolve()
    os.umask(0o022)
    folder.mkdir(parents=True, exist_ok=True)
    for built in build(folder):
        print(f"{hashlib.sha256(built.read_bytes()).hexdigest()}  {built}")


def build(folder: Path) -> tuple[Path, Path]:
    """The source archive and the wheel of HEAD.

    Args:
        folder: where they are put; older ones of the same name are replaced.
    """
    epoch = int(git("log", "-1", "--format=%ct", "HEAD"))
    with tempfile.TemporaryDirectory() as scratch:
        checkout, unpacked = Path(scratch, "checkout"), Path(scratch, "unpacked")
        unpack(git("archive", "--format=tar", "HEAD"), checkout)
        made = backend("build_sdist", checkout, Path(scratch, "made"), epoch)
        archive = folder / made.name
        archive.write_bytes(levelled(made, epoch))
        unpack(gzip.decompress(archive.read_bytes()), unpacked)
        made = backend("build_wheel", unpacked / archive.name.removesuffix(".tar.gz"), made.parent, epoch)
        wheel = folder / made.name
        wheel.write_bytes(made.read_bytes())
    return archive, wheel


def git(*words: str) -> bytes:
    """The output of git in the checkout."""
    return subprocess.run(["git", "-C", str(TOP), *words], check=True, stdout=subprocess.PIPE).stdout


def unpack(archive: bytes, folder: Path) -> None:
    """Writes every file of an archive that we made, with modes that do not depend on the umask."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        members = [level(one) for one in opened]
        opened.extractall(folder, members)  # noqa: S202 - git and setuptools made it, from this checkout


def level(member: tarfile.TarInfo, epoch: int | None = None) -> tarfile.TarInfo:
    """A member without the machine's owner and umask, and with this time if one is given."""
    found = copy.copy(member)
    found.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    found.uid, found.gid, found.uname, found.gname = os.getuid(), os.getgid(), "", ""
    if epoch is not None:
        found.uid, found.gid, found.mtime, found.pax_headers = 0, 0, epoch, {}
    return found


def backend(hook: str, source: Path, folder: Path, epoch: int) -> Path:
    """What a hook of setuptools builds of a source tree (PEP 517).

    Source: https://reproducible-builds.org/specs/source-date-epoch/, which setuptools obeys for wheels.
    """
    folder.mkdir(exist_ok=True)
    before = set(folder.iterdir())
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    words = [sys.executable, "-I", "-c", BACKEND, hook, str(folder)]
    done = subprocess.run(words, cwd=source, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    (made,) = set(folder.iterdir()) - before
    return made


def levelled(made: Path, epoch: int) -> bytes:
    """The same source archive in one order, with the commit's time; setuptools takes both from the files."""
    packed = io.BytesIO()
    with tarfile.open(made) as old, tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as new:
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            new.addfile(level(member, epoch), old.extractfile(member) if member.isreg() else None)
    return gzip.compress(packed.getvalue(), mtime=epoch)


if __name__ == "__main__":
    main()
