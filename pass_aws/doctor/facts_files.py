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
        config: the config file; None where it cannot be read.
        credentials: the credentials file; the same.
        config_path: of the config file.
        credentials_path: of the other.
        trouble: why one of them cannot be read.
        stored: the names of the stored keys.
        checked: profiles whose whole plan was made.
        refused: those of them that have none.
        is_partial: there are more profiles than were checked whole.
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
        config: the same in the config file.
        caches: directories of the AWS CLI and awsume, each with the number of files that hold a secret.
        lines: of startup files, that set AWS variables.
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
        sessions: of aws-vault, in the store.
        backend: AWS_VAULT_BACKEND, where it is not pass.
        file_backend: aws-vault has keys in its own encrypted files.
        granted_keys: lines of the config file that only granted reads.
    """

    sessions: int = 0
    backend: str = ""
    file_backend: bool = False
    granted_keys: int = 0
