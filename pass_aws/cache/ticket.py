"""What tickets say, under which names they lie in the cache, and when they may be redeemed."""

from __future__ import annotations

from pass_aws.system import child_environment

TYPE_CHECKING = False  # `typing` would cost a crowd that waits for a ticket more than the rest of the start

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
"""Every variable that can lead a plain request to another answer. extensions/aws.bash has the same list."""

UNTICKETED = (
    "AWS_VAULT_PASS_PASSWORD_STORE_DIR",
    "PASS_AWS_SESSION_CACHE",
    "PASS_AWS_NO_INPUT",
    "PASS_AWS_MIN_TTL",
    "AWS_MIN_TTL",
)
"""Set ones ask for what the short way does not do."""

PREFIXES = ("PASS_AWS_PREFIX", "AWS_VAULT_PASS_PREFIX")
"""Set but empty they mean something else than unset, which the given line cannot say."""

NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+/-")
DIGITS = frozenset("0123456789")

MARGIN = 300
"""Seconds a session should live on when it is handed to a command."""
PROCESS_MARGIN = 900
"""The same for SDKs that will ask again only later."""

OLDEST_NS = 1_136_073_600 * 10**9
"""2006, when AWS began: no file of AWS is older; Nix and OSTree give every file the first second of 1970."""


def plain(profile: str) -> bool:
    """Whether a profile's name may lie in the cache as it is; others have no short way."""
    return 0 < len(profile) <= 100 and profile[0] not in "-." and NAME_CHARACTERS.issuperset(profile)


def folder(profile: str) -> str:
    """The name of a profile's folder in the cache."""
    if plain(profile):
        return profile.replace("/", "%")
    from hashlib import sha256

    return "=" + sha256(profile.encode("utf-8", "surrogateescape")).hexdigest()


def profile_of(name: str) -> str:
    """The profile whose folder has this name; empty where the name does not tell."""
    profile = name.replace("%", "/")
    return profile if plain(profile) else ""


def expiry(name: str) -> int:
    """The expiry in a file's name, Unix seconds; 0 for any other name."""
    digits = name.removesuffix(".gpg")
    return int(digits) if len(digits) == 10 and DIGITS.issuperset(digits) and digits[0] != "0" else 0


def wanted(min_ttl: int, life: int, *, exact: bool = False) -> int:
    """The seconds a session must live on to be used.

    Args:
        min_ttl: what was asked for, or MARGIN, or PROCESS_MARGIN.
        life: the session's whole life: half of it is good enough.
        exact: whether somebody asked for `min_ttl`; then half is not enough where a new session would do.
    """
    return min_ttl if exact and life >= min_ttl else min(min_ttl, life // 2)


def given(env: Mapping[str, str], store: str, config: str, credentials: str) -> str | None:
    """Everything but the files that leads to an answer, on one line.

    Args:
        env: the caller's environment.
        store: the root of the password store.
        config: path of the AWS config file.
        credentials: path of the AWS credentials file.

    Returns:
        None where the short way may not be taken: relative or unexpanded paths, characters that could make
        two environments look the same, or variables that ask for something else.
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
    """What one plain request was answered with.

    Args:
        profile: whose ticket it is.
        expires: Unix seconds, the same as in its file name.
        given: what `given` returned.
        entry: path of the file that the answer stems from: a store entry, or a sign-in's token.
        exports: what child_environment.exports made.
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
    """Whether it is worth leaving: a session of a stored key, living long enough, with a plain name."""
    values = [ticket.entry, *(value for _, value in ticket.exports)]
    lines = not any("\n" in value for value in values)
    session = ticket.entry.startswith("/") and "AWS_SESSION_TOKEN" in dict(ticket.exports)
    return lines and session and plain(ticket.profile) and ticket.expires - now >= MARGIN


def telling(config: int, credentials: int, entry: int) -> bool:
    """Whether each of these times would change when its file does; only a credentials file may be missing."""
    return min(config, entry, credentials or entry) > OLDEST_NS


def render(ticket: Ticket, seal: str, nonce: str) -> str:
    """The text of a ticket.

    Args:
        ticket: what it says.
        seal: 64 hex digits that only we know.
        nonce: 32 hex digits that stand beside the seal as long as this ticket counts.
    """
    head = [
        "pass-aws ticket 2",
        f"seal: {seal}",
        f"nonce: {nonce}",
        f"profile: {ticket.profile}",
        f"expires: {ticket.expires:010}",
        f"given: {ticket.given}",
        f"entry: {ticket.entry}",
    ]
    return "\n".join([*head, *(f"{name}: {value}" for name, value in ticket.exports), "end", ""])
