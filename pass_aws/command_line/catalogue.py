"""The commands there are, in the order of the help page."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Verb:
    """A command as the help page shows it; its code is in commands/`module.py`.

    Args:
        name: as it is typed.
        group: of the help page.
        summary: what it does.
        alias: its other name.
        beside: the command in whose row the help page has it.
    """

    __slots__ = ("alias", "beside", "group", "name", "summary")

    def __init__(self, name: str, group: str, summary: str, alias: str = "", beside: str = "") -> None:
        self.name: Final = name
        self.group: Final = group
        self.summary: Final = summary
        self.alias: Final = alias
        self.beside: Final = beside

    @property
    def module(self) -> str:
        """The file in commands/."""
        return "import_" if self.name == "import" else self.name.replace("-", "_")


USE, KEEP, SEE = "use", "keep", "see"
COMMANDS = (
    Verb("exec", USE, "run a command with a profile's credentials"),
    Verb("each", USE, "run one command in many profiles"),
    Verb("env", USE, "print them for eval, or as dotenv, json, ini"),
    Verb("export", USE, "the same with aws-vault's formats"),
    Verb("credential-process", USE, "answer an SDK's credential_process"),
    Verb("serve", USE, "serve credentials to containers and IDEs"),
    Verb("configure", USE, "let SDKs use the store: credential_process lines"),
    Verb("whoami", USE, "ask AWS who a profile is"),
    Verb("login", USE, "sign in to the AWS console in the browser"),
    Verb("sso", USE, "sign in to Identity Center, list accounts, write profiles"),
    Verb("signin", USE, "use your console sign-in as credentials (aws login)"),
    Verb("signout", USE, "end that sign-in", beside="signin"),
    Verb("add", KEEP, "put an access key into the store"),
    Verb("import", KEEP, "take keys over from files and other tools", beside="add"),
    Verb("remove", KEEP, "take it out again", "rm"),
    Verb("move", KEEP, "rename it", "mv"),
    Verb("rotate", KEEP, "replace a key with a new one", beside="move"),
    Verb("mfa", KEEP, "one-time codes; enrol a virtual device"),
    Verb("show", KEEP, "what a stored key is; its secret on request"),
    Verb("clear", KEEP, "drop cached sessions"),
    Verb("list", SEE, "profiles, keys, live sessions", "ls"),
    Verb("audit", SEE, "age, use and readers of every key", beside="list"),
    Verb("explain", SEE, "what a profile would do, and why"),
    Verb("init", SEE, "print `awsp` for your shell: use a profile, switch, off"),
    Verb("install", SEE, "make `pass aws` work for this user"),
    Verb("uninstall", SEE, "undo that", beside="install"),
    Verb("help", SEE, "this page, or a command's"),
    Verb("version", SEE, "print the version", beside="help"),
)
VERBS = {word: verb for verb in COMMANDS for word in (verb.name, verb.alias) if word}
EXAMPLES = """\
    pass aws add dev                     put an access key into the store
    pass aws exec ro -- aws s3 ls        run a command with a role's credentials
    eval "$(pass aws env ro)"            use them in this shell
    pass aws list                        profiles, keys, live sessions
"""


def page() -> str:
    """The help page: one page of 40 lines, examples first, commands in groups."""
    rows, before = [], ""
    for verb in COMMANDS:
        if not verb.beside:
            verbs = [verb, *(other for other in COMMANDS if other.beside == verb.name)]
            names = ", ".join(word for one in verbs for word in (one.name, one.alias) if word)
            group = "" if verb.group == before else verb.group
            rows.append(f"{group:<5} {names:<20} {'; '.join(one.summary for one in verbs)}\n")
            before = verb.group
    return (
        "pass aws: AWS credentials for people who keep their secrets in pass\n\n"
        f"{EXAMPLES}\n{''.join(rows)}\n"
        "pass aws CMD -h shows a command's options; the manual is pass-aws(1).\n"
    )
