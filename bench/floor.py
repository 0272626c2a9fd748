"""The floor of `pass-aws`: a bare script that decrypts one file, and prints it or becomes a command."""

import os
import sys

reading, writing = os.pipe()
pid = os.posix_spawnp(
    "gpg",
    ["gpg", "-d", "--quiet", "--batch", "--", sys.argv[1]],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, writing, 1)],
)
os.close(writing)
text = b""
while chunk := os.read(reading, 65536):
    text += chunk
os.waitpid(pid, 0)
if sys.argv[2:]:
    os.execvpe(sys.argv[2], sys.argv[2:], {**os.environ, "AWS_SESSION_TOKEN": text.decode()})  # noqa: S606
sys.stdout.buffer.write(text)
