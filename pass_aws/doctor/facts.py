"""All facts, which the checks get as their input."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pass_aws.doctor.facts_files import AwsConfig, OtherTools, PlainText
from pass_aws.doctor.facts_gpg import Gnupg
from pass_aws.doctor.facts_installation import Clock, Extension
from pass_aws.doctor.facts_store import Places, Store
from pass_aws.doctor.fixes import Person

if TYPE_CHECKING:
    from pass_aws.doctor.facts_gpg import Recipients
    from pass_aws.doctor.facts_installation import Shell


class Facts(NamedTuple):
    """The facts; they contain no secret.

    Args:
        now: Unix seconds.
        person: the user who runs the commands.
        gnupg: gpg and its agent.
        own_keys: fingerprints of the user's keys that something can be encrypted to.
        trusts_all: gpg trusts every key.
        recipients: each set of recipients that our entries are encrypted for.
        signing_key: PASSWORD_STORE_SIGNING_KEY is set.
        signing_key_valid: it has a fingerprint in the form that pass requires.
        cache_key: PASS_AWS_CACHE_KEY.
        cache_keys: the number of our keys that it names.
        store: the password store.
        places: directories and files with their permissions.
        aws: the AWS files.
        plain: plain-text credentials.
        tools: leftovers of other tools.
        extension: the installation.
        shells: those that are installed.
        clock: the time according to AWS.
    """

    now: float
    person: Person = Person()
    gnupg: Gnupg = Gnupg()
    own_keys: tuple[str, ...] = ()
    trusts_all: bool = False
    recipients: tuple[Recipients, ...] = ()
    signing_key: bool = False
    signing_key_valid: bool = False
    cache_key: str = ""
    cache_keys: int = 0
    store: Store = Store()
    places: Places = Places()
    aws: AwsConfig = AwsConfig()
    plain: PlainText = PlainText()
    tools: OtherTools = OtherTools()
    extension: Extension = Extension()
    shells: tuple[Shell, ...] = ()
    clock: Clock = Clock()
