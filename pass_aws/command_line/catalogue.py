"""The list of all commands, in the order of the help page."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Verb:
    """A command as the help page shows it; its code is in commands/`module`.py.

    Args:
        name: as users type it.
        group: its heading on the help page.
        summary: what it does.
        alias: a second name, or empty.
    """

    __slots__ = ("alias", "group", "name", "summary")

    def __init__(self, name: str, group: str, summary: str, alias: str = "") -> None:
        self.name: Final = name
        self.group: Final = group
        self.summary: Final = summary
        self.alias: Final = alias

    @property
    def module(self) -> str:
        """The name of its module in commands/."""
        return "import_" if self.name == "import" else self.name.replace("-", "_")


CREDENTIALS, KEYS, SETUP = "Credentials", "Keys", "Setup"
COMMANDS = (
    Verb("exec", CREDENTIALS, "run a command with a profile's credentials"),
    Verb("each", CREDENTIALS, "run one command in many profiles"),
    Verb("env", CREDENTIALS, "print credentials for eval, or as dotenv, json or ini"),
    Verb("export", CREDENTIALS, "print credentials in the formats of aws-vault export"),
    Verb("credential-process", CREDENTIALS, "print credentials for an SDK's credential_process"),
    Verb("serve", CREDENTIALS, "serve credentials to containers and IDEs"),
    Verb("configure", CREDENTIALS, "write credential_process lines into the AWS config file"),
    Verb("whoami", CREDENTIALS, "show the account and ARN of a profile"),
    Verb("login", CREDENTIALS, "open the AWS console in a browser, signed in"),
    Verb("sso", CREDENTIALS, "sign in to Identity Center, list accounts, write profiles"),
    Verb("signin", CREDENTIALS, "sign in with your console account, as aws login does"),
    Verb("signout", CREDENTIALS, "end a console sign-in"),
    Verb("add", KEYS, "add an access key to the store"),
    Verb("import", KEYS, "import access keys from files and other tools"),
    Verb("remove", KEYS, "remove a key from the store", "rm"),
    Verb("move", KEYS, "rename a key in the store", "mv"),
    Verb("rotate", KEYS, "replace a key with a new one, at AWS and in the store"),
    Verb("mfa", KEYS, "print one-time codes, set up virtual MFA devices"),
    Verb("show", KEYS, "show a stored key, and its secret on request"),
    Verb("clear", KEYS, "delete cached sessions and sign-ins"),
    Verb("list", KEYS, "list profiles, stored keys and live sessions", "ls"),
    Verb("audit", KEYS, "show the age, last use and recipients of every key"),
    Verb("explain", SETUP, "show what a profile would do, and why"),
    Verb("doctor", SETUP, "find what is wrong, and the command that fixes it"),
    Verb("init", SETUP, "print the shell function awsp, which switches profiles"),
    Verb("install", SETUP, "install the pass extension, completions and man page"),
    Verb("uninstall", SETUP, "remove what install has written"),
    Verb("help", SETUP, "list all commands, or show the options of one"),
    Verb("version", SETUP, "print the version"),
)
VERBS = {word: verb for verb in COMMANDS for word in (verb.name, verb.alias) if word}
EXAMPLES = """\
    pass aws add dev                 add an access key to the store
    pass aws exec ro -- aws s3 ls    run a command with a role's credentials
    eval "$(pass aws env ro)"        use a role's credentials in this shell
    pass aws list                    list profiles, stored keys and live sessions
"""


def page() -> str:
    """The help page: one page, examples first, then the commands in groups."""
    rows, before = [], ""
    for verb in COMMANDS:
        if verb.group != before:
            rows.append(f"{verb.group}\n")
            before = verb.group
        names = ", ".join(filter(None, (verb.name, verb.alias)))
        rows.append(f"  {names:<19} {verb.summary}\n")
    return (
        "pass aws: AWS credentials from your password store\n\n"
        f"{EXAMPLES}\n{''.join(rows)}\n"
        "pass aws CMD -h shows a command's options; the manual is pass-aws(1).\n"
    )
