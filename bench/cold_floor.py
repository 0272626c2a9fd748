"""The floor of an uncached `exec`: a bare boto3 script that makes the same call and does the same gpg work.

The key is decrypted, the role assumed, the session and its ticket are encrypted and written.
"""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import boto3

entry, fingerprint, role, folder = sys.argv[1:5]
text = subprocess.run(
    ["gpg", "-d", "--quiet", "--batch", "--", entry], capture_output=True, check=True
).stdout
key = json.loads(base64.b64decode(json.loads(text)["Data"]))
sts = boto3.client(
    "sts",
    region_name="eu-west-1",
    aws_access_key_id=key["AccessKeyID"],
    aws_secret_access_key=key["SecretAccessKey"],
)
session = sts.assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
variables = {
    "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
    "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
    "AWS_SESSION_TOKEN": session["SessionToken"],
}
for name in ("session", "ticket"):
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
    Path(folder, name).write_bytes(secret)
os.execvpe(sys.argv[5], sys.argv[5:], {**os.environ, **variables})  # noqa: S606 - no shell
