"""What the fuzzer starts from, and all that it has found: bytes for each target. The tests read each of them again."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from targets import DIGEST, MARKER, SEAL

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
ENDS = "2044-01-01T00:00:00Z"
KEY = {"AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": MARKER, "SessionToken": MARKER, "Expiration": ENDS}
ARN = "arn:aws:iam::111111111111:user/u"
XML = f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>{MARKER}</SecretAccessKey><SessionToken>{MARKER}</SessionToken>
<Expiration>{ENDS}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
IDENTITY = f"""<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{ARN}</Arn><UserId>A</UserId>
<Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
REFUSED = "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"
CLI = {
    "startUrl": "https://team.awsapps.com/start", "region": "us-east-1", "accessToken": MARKER, "expiresAt": ENDS,
    "refreshToken": MARKER, "clientId": "c", "clientSecret": MARKER, "registrationExpiresAt": ENDS,
}  # fmt: skip
LOGIN = {
    "accessToken": {"accessKeyId": "ASIA", "secretAccessKey": MARKER, "sessionToken": MARKER, "expiresAt": ENDS,
                    "accountId": "111111111111"},
    "refreshToken": MARKER, "clientId": "c", "dpopKey": "-----BEGIN EC PRIVATE KEY-----", "idToken": f"a.{MARKER}.b",
}  # fmt: skip
GRANTED = {"accessToken": MARKER, "refreshToken": MARKER, "expiresIn": 3600, "clientSecretExpiresAt": 2**31,
           "deviceCode": MARKER, "userCode": "ABCD-EFGH", "verificationUri": "https://x/", "interval": 5,
           "verificationUriComplete": "https://x/?c", "clientId": "c", "clientSecret": MARKER}  # fmt: skip
ROLE = {"roleCredentials": {"accessKeyId": "ASIA", "secretAccessKey": MARKER, "sessionToken": MARKER,
                            "expiration": 2_335_000_000_000}}  # fmt: skip
LISTED = {"accountList": [{"accountId": "111111111111", "accountName": "a"}], "roleList": [{"roleName": "r"}],
          "nextToken": "n"}  # fmt: skip
STATUS = """[GNUPG:] ENC_TO 0123456789ABCDEF 1 0
[GNUPG:] ERROR pkdecrypt_failed 11
[GNUPG:] PINENTRY_LAUNCHED 1 curses 1.2.1 - xterm :0
[GNUPG:] BEGIN_DECRYPTION
[GNUPG:] DECRYPTION_INFO 2 9 0
[GNUPG:] PLAINTEXT 62 0 x
[GNUPG:] PLAINTEXT_LENGTH 999
[GNUPG:] DECRYPTION_OKAY
[GNUPG:] NEWSIG
[GNUPG:] GOODSIG 0123456789ABCDEF Al\u2028ice <a@b>
[GNUPG:] VALIDSIG A B C D E F G H I J
"""
LISTING = """sec:u:255:22:0123456789ABCDEF:1:::u:::scESC:::+::ed25519:::0:
fpr:::::::::AAAABBBBCCCCDDDDEEEEFFFF0123456789ABCDEF:
grp:::::::::0000:
ssb:e:255:18:0123456789ABCDEF:1::::::e:::#::cv25519::
"""
SEED = (
    f"{MARKER}\notpauth://totp/AWS:u?secret=JBSWY3DPEHPK3PXP&issuer=AWS&digits=6&period=30&algorithm=SHA1\n"
)
CSV = f"User name,Access key ID,Secret access key\nu,AKIAEXAMPLE,{MARKER}\n"
LINES = (
    "exec dev -- aws s3 ls",
    'pass-aws exec --dur"ation 1h" r',
    "pass aws env --format=",
    "sso sync --name x",
    "a > b",
)


def item(name: str, **more: object) -> bytes:
    """An entry as aws-vault writes it."""
    inner = json.dumps(
        {"AccessKeyID": "AKIAEXAMPLE", "SecretAccessKey": MARKER, "CanExpire": False, "X": [1, {}]}
    )
    return as_json(
        {
            "Key": name,
            "Data": base64.b64encode(inner.encode()).decode(),
            "Label": f"aws-vault ({name})",
            **more,
        }
    )


def as_json(value: Any) -> bytes:  # noqa: ANN401
    """As JSON."""
    return json.dumps(value).encode()


JOURNAL = {"state": "retire", "arn": ARN, "old": "AKIAOLD", "known": ["AKIAOLD"], "at": 1, "host": "h",
           "previous": {"AccessKeyID": "AKIAOLD", "SecretAccessKey": MARKER}}  # fmt: skip

SEEDS: dict[str, tuple[bytes, ...]] = {
    "config": tuple(path.read_bytes() for path in sorted((FIXTURES / "config-corpus").iterdir())),
    "config_change": tuple(b"dev\n" + path.read_bytes() for path in sorted((FIXTURES / "config-corpus").iterdir())),
    "store_entry": (item("dev"), item("other"), item("dev", rotation=JOURNAL), b"{}", b"a password\n"),
    "journal_field": (as_json(JOURNAL), as_json({**JOURNAL, "state": "create"}), b"null", b"[" * 100_000),
    "cache_files": (
        f"life: 3600\nid: ASIA\nsecret: {MARKER}\ntoken: {MARKER}\naccount: \nend\n".encode(),
        f"pass-aws token 1\nseal: {SEAL}\ndigest: {DIGEST}\naccess: {MARKER}\nend\n".encode(),
        b"Identity Center\nteam\nhttps://x/start\nus-east-1\n2335000000\n1\n", b"2335000000.gpg",
        DIGEST.encode() + b"-2335000000", b"team%ro",
    ),
    "gpg_output": (STATUS.encode(), LISTING.encode(), b"[GNUPG:] ENC_TO\n", b"\x84\x5e\x03\x01\x23\x45\x67\x89\xab\xcd\xef" + b"x" * 90, b"\xd2\x01y"),
    "sts_answer": (XML.encode(), IDENTITY.encode(), *(
        REFUSED.format(code, text).encode() for code, text in (
            ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code."),
            ("AccessDenied", f"User: {ARN} is not authorized to perform: sts:AssumeRole on resource: x"),
            ("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
            ("ExpiredToken", "x"), ("SignatureDoesNotMatch", "Signature not yet current: 1 is still later than 2"),
        )
    )),
    "sso_answer": (as_json(CLI), as_json(LOGIN), as_json(GRANTED), as_json(ROLE), as_json(LISTED), b"[]"),
    "metadata_answer": (as_json({**KEY, "Version": 1, "Token": MARKER}), as_json({**KEY, "Code": "Success"}),
                        as_json({"Arn": ARN, "UserId": "A", "Account": "111111111111"}), as_json({"SigninToken": MARKER}),
                        f"a.{MARKER}.b\n".encode()),
    "assuan_line": (b"D 31%254159", b"OK Pleased to meet you", b"ERR 83886179 canceled <Pinentry>", b"S ok", b"INQUIRE x"),
    "seed": (SEED.encode(), CSV.encode(), as_json({"AccessKey": KEY}), f"AKIAIOSFODNN7EXAMPLE\nsecret: {MARKER}\n".encode()),
    "completion": tuple(line.encode() for line in LINES),
    "words": tuple(line.replace(" ", "\n").encode() for line in LINES),
    "environment": (b"1h30m\n" + ARN.encode(), b"us-east-1\ntrue\nk=v,k2=v2\nhttps://h/x", b'{"Statement": []}\n022'),
    "server_request": (
        b"GET /x HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: " + MARKER.encode() + b"\r\n\r\n",
        b"PUT /latest/api/token HTTP/1.1\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\nContent-Length: 0\r\n\r\n",
    ),
}  # fmt: skip
