"""A request to add an access key."""

from __future__ import annotations

from typing import NamedTuple

from pass_aws.text.quoting import command


class Request(NamedTuple):
    """A request to `add`.

    Args:
        name: the profile.
        source: of the key: `terminal`, `env` or `stdin`.
        mfa_serial: the device to write into a new profile section, or empty.
        region: the region for that section, or empty.
    """

    name: str
    source: str = "terminal"
    verify: bool = True
    allow_root: bool = False
    force: bool = False
    write_config: bool = True
    mfa_serial: str = ""
    region: str = ""

    def again(self, option: str) -> str:
        """This command with one more option, for hints."""
        given = (
            ("--env", self.source == "env"),
            ("--stdin", self.source == "stdin"),
            ("--no-verify", not self.verify),
            ("--allow-root", self.allow_root),
            ("--force", self.force),
            ("--no-config", not self.write_config),
        )
        options = [name for name, on in given if on]
        options += ["--mfa-serial", self.mfa_serial] if self.mfa_serial else []
        options += ["--region", self.region] if self.region else []
        return command("pass", "aws", "add", self.name, *dict.fromkeys([*options, *option.split()]))

    def section(self, serial: str) -> dict[str, str]:
        """The values of a new section of the config file."""
        return {name: value for name, value in (("region", self.region), ("mfa_serial", serial)) if value}
