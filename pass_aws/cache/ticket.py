"""The text and the file names of tickets, and the conditions for using them."""

from __future__ import annotations

from pass_aws.gpg import SUFFIX
from pass_aws.system import child_environment

TYPE_CHECKING = False  # importing `typing` costs waiting processes more than the rest of their start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GIVEN = (
    "HOME",
    "GNUPGHOME",
    "PASSWORD_STORE_KEY",
    "PASSWORD_STORE_GPG_OPTS",
    "PASS_AWS_PREFIX",
    "PASS_AWS_CACHE_KEY",
    "PASS_AWS_DURATION",
    "AWS_VAULT_PASS_PREFIX",
    "AWS_VAULT_DURATION",
    "AWS_ASSUME_ROLE_TTL",
    "AWS_SESSION_TOKEN_TTL",
    "AWS_CHAINED_SESSION_TOKEN_TTL",
    "AWS_MFA_SERIAL",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SESSION_TAGS",
    "AWS_TRANSITIVE_TAGS",
    "AWS_SOURCE_IDENTITY",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_CA_BUNDLE",
)
"""All variables that can change the answer to a plain request. extensions/aws.bash has the same list."""

UNTICKETED = (
    "AWS_VAULT_PASS_PASSWORD_STORE_DIR",
    "PASS_AWS_SESSION_CACHE",
    "PASS_AWS_NO_INPUT",
    "PASS_AWS_MIN_TTL",
    "AWS_MIN_TTL",
)
"""If one of these is set, the front does not answer."""

PREFIXES = ("PASS_AWS_PREFIX", "AWS_VAULT_PASS_PREFIX")
"""For these, empty differs from unset, which the `given` line cannot express."""

NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+/-")
DIGITS = frozenset("0123456789")

MARGIN = 300
"""Seconds of life that a session should have left for a command."""
PROCESS_MARGIN = 900
"""Seconds of life that a session should have left for SDKs, which ask again only later."""

OLDEST_NS = 1_136_073_600 * 10**9
"""2006, when AWS began: no file of AWS is older; Nix and OSTree give every file the first second of 1970."""


def plain(profile: str) -> bool:
    """Whether a profile's name can be used in the cache; for others the front does not answer."""
    return 0 < len(profile) <= 100 and profile[0] not in "-." and NAME_CHARACTERS.issuperset(profile)


def folder(profile: str) -> str:
    """The name of a profile's directory in the cache."""
    if plain(profile):
        return profile.replace("/", "%")
    from hashlib import sha256

    return "=" + sha256(profile.encode("utf-8", "surrogateescape")).hexdigest()


def profile_of(name: str) -> str:
    """The profile whose directory has this name; empty if it is not such a name."""
    profile = name.replace("%", "/")
    return profile if plain(profile) else ""


def expiry(name: str) -> int:
    """The expiry in a file's name, Unix seconds; 0 for any other name."""
    digits = name.removesuffix(SUFFIX)
    return int(digits) if len(digits) == 10 and DIGITS.issuperset(digits) and digits[0] != "0" else 0


def wanted(min_ttl: int, life: int, *, exact: bool = False) -> int:
    """The seconds of life that a session must have left to be used.

    Args:
        min_ttl: the requested value, or MARGIN, or PROCESS_MARGIN.
        life: the session's whole life, half of which is enough.
        exact: whether `min_ttl` was set explicitly; then half is not enough if a new session would be better.
    """
    return min_ttl if exact and life >= min_ttl else min(min_ttl, life // 2)


def given(env: Mapping[str, str], store: str, config: str, credentials: str) -> str | None:
    """Everything except the files that determines an answer, on one line.

    Args:
        env: the caller's environment.
        store: the root of the password store.
        config: path of the AWS config file.
        credentials: path of the AWS credentials file.

    Returns:
        None if the front must not answer: relative or unexpanded paths, characters that could make two
        environments look the same, or variables with other requests.
    """
    paths = (store, config, credentials)
    if not all(path.startswith("/") and "$" not in path for path in paths):
        return None
    if any(env.get(name) for name in UNTICKETED) or any(env.get(name) == "" for name in PREFIXES):
        return None
    users = child_environment.users(env)
    services = [name for name in users if name.startswith("AWS_ENDPOINT_URL_") and name not in GIVEN]
    if any(users[name] for name in services):
        return None
    words = [f"{name}={users[name]}" for name in GIVEN if users.get(name)]
    line = "\t".join((*paths, *words))
    whole = line.count("\t") == len(words) + 2 and "\n" not in line
    return line if whole else None


class Ticket:
    """The answer to a plain request.

    Args:
        profile: of the ticket.
        expires: Unix seconds, as in its file name.
        given: from `given`.
        entry: path of the file from which the answer was made: a store entry, or a sign-in's token.
        exports: from child_environment.exports.
    """

    def __init__(
        self, profile: str, expires: int, given: str, entry: str, exports: Sequence[tuple[str, str]]
    ) -> None:
        self.profile, self.expires, self.given, self.entry, self.exports = (
            profile,
            expires,
            given,
            entry,
            exports,
        )


def worthy(ticket: Ticket, now: int) -> bool:
    """Whether to write this ticket: a session of a stored key that lives long enough, with a plain name."""
    values = [ticket.entry, *(value for _, value in ticket.exports)]
    lines = not any("\n" in value for value in values)
    session = ticket.entry.startswith("/") and "AWS_SESSION_TOKEN" in dict(ticket.exports)
    return lines and session and plain(ticket.profile) and ticket.expires - now >= MARGIN


def telling(config: int, credentials: int, entry: int) -> bool:
    """Whether each of these times changes when its file changes; only the credentials file may be missing."""
    return min(config, entry, credentials or entry) > OLDEST_NS


def render(ticket: Ticket, seal: str, nonce: str) -> str:
    """The text of a ticket.

    Args:
        ticket: its content.
        seal: 64 secret hex digits.
        nonce: 32 hex digits that are stored next to the seal while this ticket is valid.
    """
    head = [
        "pass-aws ticket 3",
        f"seal: {seal}",
        f"nonce: {nonce}",
        f"profile: {ticket.profile}",
        f"expires: {ticket.expires:010}",
        f"given: {ticket.given}",
        f"entry: {ticket.entry}",
    ]
    return "\n".join([*head, *(f"{name}={value}" for name, value in ticket.exports), "end", ""])
