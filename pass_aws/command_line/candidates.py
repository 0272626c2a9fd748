"""Values that TAB offers for an argument, read from files and directories without gpg, network or prompts.

Each function takes the prefix of the names: with ten thousand names this saves most of the work.
"""

from __future__ import annotations

from contextlib import suppress

from pass_aws.errors import UserError
from pass_aws.store import entry_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pass_aws.context import Context

_REGIONS = {
    "af-south": 1, "ap-east": 2, "ap-northeast": 3, "ap-south": 2, "ap-southeast": 7,
    "ca-central": 1, "ca-west": 1, "eu-central": 2, "eu-north": 1, "eu-south": 2, "eu-west": 3,
    "il-central": 1, "me-central": 1, "me-south": 1, "mx-central": 1, "sa-east": 1,
    "us-east": 2, "us-west": 2, "cn-north": 1, "cn-northwest": 1, "us-gov-east": 1, "us-gov-west": 1,
    "eusc-de-east": 1, "us-iso-east": 1, "us-iso-west": 1, "us-isob-east": 1, "us-isob-west": 1,
    "eu-isoe-west": 1, "us-isof-east": 1, "us-isof-south": 1,
}  # fmt: skip
REGIONS = tuple(f"{place}-{number + 1}" for place, count in _REGIONS.items() for number in range(count))
"""The regions that TAB offers; users may give others, too. Source: botocore 1.44's endpoints.json."""


def profiles(context: Context, start: str = "") -> dict[str, str]:
    """The profiles in the AWS files and in the store; a file that cannot be read adds none."""
    found: dict[str, str] = {}
    for credentials in False, True:
        with suppress(UserError):
            found.update(dict.fromkeys(context.files.names(start, credentials=credentials), ""))
    with suppress(UserError):
        found.update(stored_profiles(context, start))
    return found


def stored_profiles(context: Context, start: str) -> dict[str, str]:
    """The profiles that have a key in the store."""
    from pass_aws.store import location

    names = location.names(location.root(context.env), location.prefix(context.env), context.debug, start)
    return {name: "" for name in names if entry_names.is_key(name)}


def live_profiles(context: Context, start: str) -> dict[str, str]:
    """The profiles with a cached session that has not expired."""
    live = (one.profile for one in context.tickets.live())
    return {profile: "" for profile in live if profile.startswith(start)}


def role_arns(context: Context, start: str) -> dict[str, str]:
    """The roles that the config file names."""
    return _named(context, "role_arn", start)


def known_regions(_context: Context, _start: str) -> dict[str, str]:
    """All regions of all partitions."""
    return dict.fromkeys(REGIONS, "")


def drivers(_context: Context, _start: str) -> dict[str, str]:
    """The ways to get a one-time code, each with a description."""
    return {
        "terminal": "on the terminal",
        "pinentry": "in gpg's passphrase dialog",
        "zenity": "in a GTK window",
        "kdialog": "in a KDE window",
        "ykman": "from a YubiKey, which needs a touch",
    }


def console_services(_context: Context, start: str) -> dict[str, str]:
    """The services whose console pages have short names."""
    from pass_aws.console import services

    return {name: "" for name in services.PAGES if name.startswith(start)}


def sso_sessions(context: Context, start: str) -> dict[str, str]:
    """The sso-sessions that the config file names."""
    return {name: "" for name in context.files.config().sso_sessions if name.startswith(start)}


def sso_accounts(context: Context, start: str) -> dict[str, str]:
    """The accounts of Identity Center that the config file or a listing names, with their names."""
    found = _named(context, "sso_account_id", start)
    found.update((account, name) for account, _, name in _listed(context) if account.startswith(start))
    return found


def sso_roles(context: Context, start: str) -> dict[str, str]:
    """The roles of Identity Center that the config file names, or a listing for the account."""
    found = _named(context, "sso_role_name", start)
    wanted = getattr(context.args, "account", None)
    for account, role, _ in _listed(context):
        if role.startswith(start) and wanted in (None, account):
            found[role] = ""
    return found


def _named(context: Context, key: str, start: str) -> dict[str, str]:
    """The values of a key in all profiles of the config file."""
    return {value: "" for value in context.files.config().mentioned(key) if value.startswith(start)}


def _listed(context: Context) -> Iterator[tuple[str, str, str]]:
    """What `sso list` or `sso sync` has listed for the session in the command line; without one, for all."""
    return context.listings.rows(getattr(context.args, "sso_session", None) or "")


def entries(context: Context, start: str) -> dict[str, str]:
    """All entries of the store, as pass calls them."""
    from pass_aws.store import location

    return dict.fromkeys(location.names(location.root(context.env), "", context.debug, start), "")


def mfa_serials(context: Context, start: str) -> dict[str, str]:
    """The MFA devices that the config file names."""
    return _named(context, "mfa_serial", start)


def aws_vault_backends(_context: Context, _start: str) -> dict[str, str]:
    """Where aws-vault can keep keys, and what that is."""
    return {
        "keychain": "macOS Keychain",
        "secret-service": "GNOME Keyring and others",
        "kwallet": "KDE Wallet",
        "keyctl": "the Linux kernel's keyring",
        "file": "encrypted files in ~/.awsvault",
        "wincred": "Windows Credential Manager",
    }


SOURCES: dict[str, Callable[[Context, str], dict[str, str]]] = {
    "profile": profiles,
    "configure profile": stored_profiles,
    "remove profile": stored_profiles,
    "rotate profiles": stored_profiles,
    "show profile": stored_profiles,
    "audit profiles": stored_profiles,
    "doctor profiles": profiles,
    "import profiles": profiles,
    "import entry": entries,
    "import aws_vault": aws_vault_backends,
    "move new": profiles,
    "serial": mfa_serials,
    "mfa_serial": mfa_serials,
    "clear profile": live_profiles,
    "pattern": profiles,
    "region": known_regions,
    "regions": known_regions,
    "role_arn": role_arns,
    "prompt": drivers,
    "sso_session": sso_sessions,
    "account": sso_accounts,
    "role": sso_roles,
    "service": console_services,
}
"""Maps an argument's name, or COMMAND ARGUMENT, to a function that returns its values with descriptions."""

FILES = frozenset({"policy_file", "csv", "json", "pass_dir", "prefix", "destdir", "extension_dir"})
"""Arguments that are files or directories: each shell completes them itself, and better."""
