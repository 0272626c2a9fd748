"""Output formats: credentials as text for a shell, a file or an SDK."""

from __future__ import annotations

from pass_aws.errors import UserError
from pass_aws.system.child_environment import REGIONS, REMOVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Exports = Sequence[tuple[str, str]]

CONTAINERS = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
STALE = (*REMOVED, *CONTAINERS)
"""Variables to unset in a shell, because an SDK would use them."""

PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,")
QUOTES = "'\u2018\u2019\u201a\u201b"
"""Characters that PowerShell treats as a single quote."""

FILE_KEYS = (
    ("AWS_ACCESS_KEY_ID", "AccessKeyId", "aws_access_key_id"),
    ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey", "aws_secret_access_key"),
    ("AWS_SESSION_TOKEN", "SessionToken", "aws_session_token"),
    ("AWS_CREDENTIAL_EXPIRATION", "Expiration", "aws_credential_expiration"),
    ("AWS_REGION", "", "region"),
)
"""Each variable with its key in JSON and in an ini file, in aws-vault's order."""

VAULT_NAMES = frozenset((*(row[0] for row in FILE_KEYS), "AWS_DEFAULT_REGION"))
"""The variables in aws-vault's own formats."""


def text(form: str, exports: Exports, *, profile: str, ours: Sequence[str] = ()) -> str:
    """Credentials in one of the formats, ending in a newline.

    Args:
        form: sh, fish, pwsh, dotenv, json, ini, process; or aws-vault's env and export-env.
        exports: from child_environment.exports.
        profile: the section of an ini file.
        ours: our variables of an earlier profile in the shell, see child_environment.ours.

    Raises:
        UserError: a value contains a character that the format cannot express.
    """
    if form in SHELLS:
        fresh = {name for name, _ in exports}
        return SHELLS[form](exports, [name for name in dict.fromkeys((*STALE, *ours)) if name not in fresh])
    return FORMATS[form](exports, profile)


def unset(form: str, ours: Sequence[str]) -> str:
    """Commands that remove all our variables from a shell, and none of the user's.

    Args:
        form: as in `text`; if it is not for a shell, the result is empty.
        ours: our variables in the shell, from child_environment.ours.
    """
    names = dict.fromkeys((*(name for name in STALE if name not in REGIONS), *ours))
    return UNSET[form](names) + "\n" if form in UNSET else ""


def usage(form: str, profile: str) -> str:
    """The command line that a user would type."""
    command = f"pass aws env {profile if PLAIN.issuperset(profile) else _sh_word(profile)}"
    return {
        "fish": f"{command} --format fish | source",
        "pwsh": f"{command} --format pwsh | Out-String | Invoke-Expression",
    }.get(form, f'eval "$({command})"')


def _sh_word(value: str) -> str:
    """Always quotes: zsh replaces an unquoted `=ls` by a path."""
    return "'" + value.replace("'", "'\\''") + "'"


def _sh_unset(names: Iterable[str]) -> str:
    return "unset " + " ".join(names)


def _sh(exports: Exports, stale: Sequence[str]) -> str:
    """Begins with `eval`, because fish has no `unset`: its error would show the whole line, with secrets."""
    words = " ".join(f"{name}={_sh_word(value)}" for name, value in exports)
    return f"eval {_sh_unset(stale)}; export {words}\n"


def _fish_unset(names: Iterable[str]) -> str:
    return "set -e " + " ".join(names) + "; true"


def _fish(exports: Exports, stale: Sequence[str]) -> str:
    """Ends lines with semicolons, too, because `eval (…)` joins them."""
    lines = [f"set -gx {name} {_fish_word(value)}" for name, value in exports]
    return ";\n".join([_fish_unset(stale), *lines]) + "\n"


def _fish_word(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _pwsh_unset(names: Iterable[str]) -> str:
    return "Remove-Item -ErrorAction Ignore -Path " + ",".join(f"Env:{name}" for name in names)


def _pwsh(exports: Exports, stale: Sequence[str]) -> str:
    lines = [f"$Env:{name} = {_pwsh_word(value)}" for name, value in exports]
    return "\n".join([_pwsh_unset(stale), *lines]) + "\n"


def _pwsh_word(value: str) -> str:
    return "'" + "".join(c * 2 if c in QUOTES else c for c in value) + "'"


def _dotenv(exports: Exports, _: str) -> str:
    """Unquoted if possible (docker reads quotes as part of the value), else in single quotes."""
    return "".join(f"{name}={_dotenv_word(name, value)}\n" for name, value in exports)


def _dotenv_word(name: str, value: str) -> str:
    if PLAIN.issuperset(value):
        return value
    if not value.isprintable() or "'" in value or "\\" in value:
        raise _cannot("dotenv", name)
    return f"'{value}'"


def _cannot(form: str, name: str) -> UserError:
    return UserError(
        f"format {form} cannot express the value of {name}", hint="use --format sh or --format json"
    )


def _env(exports: Exports, _: str, lead: str = "") -> str:
    """aws-vault's format: unquoted, so a value must not contain a newline."""
    lines = []
    for name, value in exports:
        if name in VAULT_NAMES:
            if not PLAIN.issuperset(value):
                raise _cannot("env", name)
            lines.append(f"{lead}{name}={value}\n")
    return "".join(lines)


def _export_env(exports: Exports, profile: str) -> str:
    return _env(exports, profile, "export ")


def _ini(exports: Exports, profile: str) -> str:
    values = dict(exports)
    if not profile.isprintable() or "]" in profile:
        raise _cannot("ini", "the profile's name")
    lines = [f"[{profile}]"]
    for name, _, key in FILE_KEYS:
        if name in values:
            if not values[name].isprintable():
                raise _cannot("ini", name)
            lines.append(f"{key}={values[name]}")
    return "\n".join(lines) + "\n"


def _pairs(exports: Exports) -> list[tuple[str, str]]:
    values = dict(exports)
    pairs = [(key, _json_word(values[name])) for name, key, _ in FILE_KEYS if key and name in values]
    return [("Version", "1"), *pairs]


def _json(exports: Exports, _: str) -> str:
    """aws-vault's JSON."""
    return "{\n" + ",\n".join(f'  "{key}": {word}' for key, word in _pairs(exports)) + "\n}\n"


def _process(exports: Exports, _: str) -> str:
    """The answer that an SDK expects from a credential_process.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
    """
    pairs = _pairs(exports)
    account = dict(exports).get("AWS_ACCOUNT_ID")
    if account:
        pairs.append(("AccountId", _json_word(account)))
    return "{" + ", ".join(f'"{key}": {word}' for key, word in pairs) + "}\n"


def _json_word(value: str) -> str:
    """A JSON string; loads the json module, which costs half a decryption, only if it must escape."""
    if PLAIN.issuperset(value):
        return f'"{value}"'
    import json

    return json.dumps(value)


FORMATS: Mapping[str, Callable[[Exports, str], str]] = {
    "dotenv": _dotenv,
    "json": _json,
    "ini": _ini,
    "process": _process,
    "env": _env,
    "export-env": _export_env,
}
SHELLS: Mapping[str, Callable[[Exports, Sequence[str]], str]] = {
    "sh": _sh,
    "fish": _fish,
    "pwsh": _pwsh,
}
UNSET: Mapping[str, Callable[[Iterable[str]], str]] = {
    "sh": _sh_unset,
    "fish": _fish_unset,
    "pwsh": _pwsh_unset,
}
