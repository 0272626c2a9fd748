"""The floor of an uncached `exec`: a plain boto3 script that makes the same calls and does the same gpg work.

`cold_floor.py ENTRY KEY FOLDER WRITES SERIAL ROLE… -- COMMAND…` decrypts the entry, makes a session with a
code if SERIAL is given, assumes each role with the credentials of the call before, and encrypts WRITES files
to the key.
"""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3

entry, fingerprint, folder, writes, serial, *rest = sys.argv[1:]
roles, command = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
text = subprocess.run(
    ["gpg", "-d", "--quiet", "--batch", "--", entry], capture_output=True, check=True
).stdout
key = json.loads(base64.b64decode(json.loads(text)["Data"]))
names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
held = {"AccessKeyId": key["AccessKeyID"], "SecretAccessKey": key["SecretAccessKey"]}


def client() -> Any:  # noqa: ANN401 - botocore has no types
    token = {"aws_session_token": held["SessionToken"]} if "SessionToken" in held else {}
    return boto3.client(
        "sts", region_name="eu-west-1", **{name: held[field] for name, field in names.items()}, **token
    )


if serial:
    held = client().get_session_token(SerialNumber=serial, TokenCode="123456")["Credentials"]
for role in roles:
    held = client().assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
variables = {
    "AWS_ACCESS_KEY_ID": held["AccessKeyId"],
    "AWS_SECRET_ACCESS_KEY": held["SecretAccessKey"],
    "AWS_SESSION_TOKEN": held["SessionToken"],
}
for name in range(int(writes)):
    secret = subprocess.run(
        [
            "gpg",
            "-e",
            "--quiet",
            "--batch",
            "--yes",
            "--compress-algo=none",
            "--trust-model=always",
            "-r",
            fingerprint,
        ],
        input=json.dumps(variables).encode(),
        capture_output=True,
        check=True,
    ).stdout
    Path(folder, f"{os.getpid()}-{name}").write_bytes(secret)
os.execvpe(command[0], command, {**os.environ, **variables})  # noqa: S606 - no shell
