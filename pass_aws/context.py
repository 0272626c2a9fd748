"""What a command works with: doors, clock and environment, each built when first used."""

from __future__ import annotations

import os
import time
from functools import cached_property

from pass_aws.errors import MUST_ASK, UserError
from pass_aws.system import child_environment, streams, user_dirs
from pass_aws.text.safe_text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from pass_aws.aws.calls import Aws
    from pass_aws.cache.listings import Listings
    from pass_aws.cache.locks import Locks
    from pass_aws.cache.tickets import Tickets
    from pass_aws.cache.tokens import Tokens
    from pass_aws.config.files import AwsFiles
    from pass_aws.config.precedence import Options
    from pass_aws.gpg.gpg import Gpg
    from pass_aws.handover import Handover
    from pass_aws.store.store import Store
    from pass_aws.system.terminal import Tty

NO_INPUT = "PASS_AWS_NO_INPUT"


class Context:
    """The outside of one run.

    Args:
        env: the caller's environment.
        args: the parsed command line.
        asked: reads the credential options from `args`.
        clock: Unix seconds.
        pause: sleeps for a number of seconds.
        told: the front's message.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one for each external thing
        self,
        env: Mapping[str, str],
        args: argparse.Namespace,
        asked: Callable[[argparse.Namespace], Options],
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
        told: Handover | None = None,
    ) -> None:
        self._asked, self._told = asked, told
        self.quiet = bool(getattr(args, "no_input", False)) or env.get(NO_INPUT, "") not in ("", "0")
        """Whether prompts are forbidden: `--no-input`, or its variable with any value but 0."""
        self.warns_of_exposed = True
        """Whether files that all users can change cause a warning; `doctor` reports them itself."""
        self.env = _with_options(env, args, told)
        self.parent = child_environment.users(env)
        self.args = args
        self.clock, self.pause = clock, pause
        self._seen: set[str] = set()
        self._began = clock()
        self._usable = True

    def later(self) -> Context:
        """A context for a later request of the same run: new doors, and no prompts.

        It does not reuse a one-time code, and makes no new session if a cached one is sufficient.
        """
        from copy import copy

        args = copy(self.args)
        args.no_input, args.mfa_token, args.fresh = True, None, False
        made = Context(self.env, args, self._asked, self.clock)
        made._seen, made._began = self._seen, self._began
        return made

    def tell(self, text: str) -> None:
        """Reports on stderr what was done."""
        streams.say(printable(text))

    def first_time(self, what: str) -> bool:
        """Whether something happens in this run that has not happened in it before."""
        first = what not in self._seen
        self._seen.add(what)
        return first

    def warn(self, text: str) -> None:
        """Prints a warning on stderr, each text once."""
        if self.first_time(text):
            self.tell(f"pass aws: {text}")

    def _warn_of_exposed(self, *paths: str) -> None:
        """Names the files and directories whose content another user can choose, commands to run among it."""
        for path in paths if self.warns_of_exposed else ():
            for line in user_dirs.exposed(path):
                self.warn(line)

    def unusable(self, text: str) -> None:
        """Warns once that one of our directories cannot be used, unless nothing would be stored in it."""
        if self._usable and self.env.get("PASS_AWS_SESSION_CACHE") != "none":
            self._usable = False
            self.warn(f"{text} (to use other directories, set XDG_STATE_HOME and XDG_CACHE_HOME)")

    def debug(self, text: str) -> None:
        """With --debug, prints on stderr what is done and why, and how long after the start."""
        if self.args.debug:
            self.tell(f"pass aws: debug: {text} ({1000 * (self.clock() - self._began):.0f} ms)")

    @property
    def programs_env(self) -> dict[str, str]:
        """The environment for the user's own programs: what the user has set, by variable or by option."""
        return child_environment.users(self.env) | ({NO_INPUT: "1"} if self.quiet else {})

    def may_ask(self, what: str, *, instead: str) -> None:
        """Fails if a question is needed but cannot be asked.

        Raises:
            UserError: with exit status MUST_ASK.
        """
        if self.quiet or not self.tty.available():
            why = "--no-input is set" if self.quiet else "there is no terminal"
            raise UserError(f"cannot ask for {what}: {why}", hint=instead, code=MUST_ASK)

    def confirm(self, question: str, *, instead: str) -> bool:
        """Asks a yes-or-no question on the terminal; `instead` says how to do without it."""
        self.may_ask(f'the answer to "{question}"', instead=instead)
        return self.tty.confirm(question)

    @property
    def host(self) -> str:
        """The name of this machine, as `uname -n` prints it."""
        return os.uname().nodename

    @cached_property
    def options(self) -> Options:
        """The credential options of the command line."""
        return self._asked(self.args)

    @cached_property
    def tty(self) -> Tty:
        """The person at the terminal."""
        from pass_aws.system.terminal import Tty

        return Tty(self.env, pause=self.pause)

    @cached_property
    def gpg(self) -> Gpg:
        """The door to gpg, as pass runs it."""
        from pass_aws.gpg import gpg
        from pass_aws.system import become

        become.forbid_looking_in()  # gpg's answers are secrets
        return gpg.Gpg(self.env, quiet=self.quiet)

    @cached_property
    def store(self) -> Store:
        """The password store."""
        from pass_aws.store import location
        from pass_aws.store.store import Store

        for line in location.ignored(self.env):
            self.warn(line)
        root, prefix = location.root(self.env), location.prefix(self.env)
        self._warn_of_exposed(root, f"{root}/.gpg-id")
        return Store(root, prefix, self.gpg, self.env, self.warn)

    @cached_property
    def files(self) -> AwsFiles:
        """The AWS config and credentials files."""
        from pass_aws.config.files import AwsFiles

        found = AwsFiles(self.env, self.warn)
        self._warn_of_exposed(found.config_path, found.credentials_path)
        return found

    @cached_property
    def tickets(self) -> Tickets:
        """The cached sessions."""
        from pass_aws.cache.tickets import Tickets

        cache, state = user_dirs.cache_folder(self.env), user_dirs.state_folder(self.env)
        return Tickets(cache, state, self.gpg, self.env, self.clock, self.warn, self.unusable)

    @cached_property
    def listings(self) -> Listings:
        """The accounts and roles that Identity Center has listed."""
        from pass_aws.cache.listings import Listings

        return Listings(user_dirs.cache_folder(self.env), self.env, self.warn)

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens of sign-ins."""
        from pass_aws.cache.tokens import Tokens

        cache, state = user_dirs.cache_folder(self.env), user_dirs.state_folder(self.env)
        return Tokens(cache, state, self.gpg, self.env, self.warn)

    @cached_property
    def told(self) -> Handover:
        """The front's message; loaded late because completion has none."""
        from pass_aws.handover import NOTHING_TOLD

        return self._told or NOTHING_TOLD

    @cached_property
    def locks(self) -> Locks:
        """Locks that keep two processes from asking the same question."""
        from pass_aws.cache.locks import Locks

        state, lock = user_dirs.state_folder(self.env), self.told.lock
        return Locks(state, self.env, self.clock, self.warn, self.unusable, lock, quiet=self.quiet)

    @cached_property
    def aws(self) -> Aws:
        """STS and IAM."""
        from pass_aws.aws.calls import Aws

        return Aws(self.env, self.clock, self.warn, waiting=self.tty.waiting)


def _with_options(env: Mapping[str, str], args: argparse.Namespace, told: Handover | None) -> dict[str, str]:
    """The environment with the front's facts, and with the options that override variables everywhere."""
    made = dict(env)
    if told and told.store:
        made["PASSWORD_STORE_DIR"] = told.store
    if told and told.umask and not env.get("PASS_AWS_UMASK"):
        made["PASS_AWS_UMASK"] = told.umask
    if getattr(args, "pass_dir", None):
        made["AWS_VAULT_PASS_PASSWORD_STORE_DIR"] = args.pass_dir
    if getattr(args, "pass_prefix", None) is not None:
        made["PASS_AWS_PREFIX"] = args.pass_prefix
    return made
