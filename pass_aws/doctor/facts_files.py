"""Facts about the AWS files, plain-text secrets, and files of other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pass_aws.config.profiles import Profiles


class Plan(NamedTuple):
    """A profile without a way to credentials, and what is missing or wrong."""

    name: str
    message: str
    lacking: str = ""


class AwsConfig(NamedTuple):
    """The two files.

    Args:
        config: the config file; None if it cannot be read.
        credentials: the credentials file; None if it cannot be read.
        config_path: path of the config file.
        credentials_path: path of the credentials file.
        trouble: why one of them cannot be read.
        stored: the names of the stored keys.
        checked: number of profiles that were planned.
        refused: planned profiles that cannot get credentials.
        is_partial: not all profiles were planned, because there are too many.
    """

    config: Profiles | None = None
    credentials: Profiles | None = None
    config_path: str = ""
    credentials_path: str = ""
    trouble: tuple[str, ...] = ()
    stored: frozenset[str] = frozenset()
    checked: int = 0
    refused: tuple[Plan, ...] = ()
    is_partial: bool = False

    @property
    def files(self) -> list[tuple[Profiles, str, bool]]:
        """The readable files: their sections, the path, and whether it is the credentials file."""
        both = ((self.config, self.config_path, False), (self.credentials, self.credentials_path, True))
        return [(file, path, credentials) for file, path, credentials in both if file]


class Line(NamedTuple):
    """A line of a startup file that sets a variable; its value is not kept."""

    path: str
    line: int
    variable: str


class PlainText(NamedTuple):
    """The unencrypted credentials.

    Args:
        credentials: profiles with a long-lived key in the credentials file.
        config: profiles with a long-lived key in the config file.
        caches: directories of the AWS CLI and awsume, each with the number of files that hold a secret.
        lines: lines of startup files that set AWS variables.
        exported: names of variables with static credentials in this shell.
    """

    credentials: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    caches: tuple[tuple[str, int], ...] = ()
    lines: tuple[Line, ...] = ()
    exported: tuple[str, ...] = ()


class OtherTools(NamedTuple):
    """The leftovers of other tools.

    Args:
        sessions: number of aws-vault's sessions in the store.
        backend: AWS_VAULT_BACKEND, if it is not pass.
        file_backend: aws-vault has keys in its own encrypted files.
        granted_keys: number of lines in the config file that only granted reads.
    """

    sessions: int = 0
    backend: str = ""
    file_backend: bool = False
    granted_keys: int = 0
