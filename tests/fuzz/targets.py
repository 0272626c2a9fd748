"""What the fuzzer calls: one function for each kind of foreign text, which gets bytes and returns nothing.

A target may raise UserError, and the ValueError that parsers document; anything else is a find. No error may be
longer than LONGEST, and no error about a text with secrets may contain MARKER.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from consulted import CONSULTED

from pass_aws.aws import partition, refusals, role_request, start_url, sts_wire, values
from pass_aws.aws.partition import Endpoint
from pass_aws.aws.refusal_rows import Facts
from pass_aws.cache import session, ticket, token
from pass_aws.command_line import bash_line, complete, splitting
from pass_aws.command_line.catalogue import COMMANDS
from pass_aws.command_line.parser import parser_of
from pass_aws.config import appending, editing, marked, process_line, profile_names, settings
from pass_aws.config.precedence import Options
from pass_aws.config.profiles import profiles
from pass_aws.credentials import chain, digest, explain, plan
from pass_aws.errors import UserError
from pass_aws.gpg import diagnosis, keys, packets
from pass_aws.gpg import status as gpg_status
from pass_aws.gpg.process import Ran
from pass_aws.keys import import_formats, journal
from pass_aws.mfa import assuan, seed_entry, totp
from pass_aws.model import Credentials
from pass_aws.server import request
from pass_aws.sso import answers as sso_answers
from pass_aws.sso import aws_cli_formats
from pass_aws.sso.aws_login_session import Place
from pass_aws.sso.identity_center_token import Portal
from pass_aws.store import entry
from pass_aws.system import child_environment
from pass_aws.text import answers, durations
from pass_aws.text.safe_text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pass_aws.config.settings import Settings

MARKER = "FUZZcanary0123456789"
"""The text in place of each secret in the seeds."""
LONGEST = 5000
"""Characters of an error and its hint."""
NOW = 1_800_000_000
SEAL, DIGEST = "5" * 64, "d" * 64


def tried(action: Callable[..., object], *arguments: object, secret: bool = False, **named: object) -> Any:  # noqa: ANN401
    """The result of a function; None if it refuses, which must be in one short text.

    Args:
        action: the function.
        arguments: its arguments.
        secret: whether the text may contain secrets, so that no error may repeat it.
        named: its keyword arguments.
    """
    try:
        return action(*arguments, **named)
    except UserError as error:
        said = f"{printable(str(error))} {printable(error.hint)}"
    except ValueError as error:
        said = printable(str(error))
    assert said.isprintable()
    assert len(said) <= LONGEST, len(said)
    assert not (secret and MARKER[:12] in said), "an error repeats a secret"
    return None


def text_of(data: bytes) -> str:
    """The bytes as the text of a file or an argument."""
    return data.decode("utf-8", "surrogateescape")


def json_of(data: bytes) -> object:
    """The bytes as botocore or `json` reads an answer."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


planned = partial(plan.make, no_session=False, env_has_token=False, federation=0)


def config(data: bytes) -> None:
    """The AWS config file, up to the plan of each of its first profiles."""
    text, _, other = text_of(data).partition("\x00")
    read = tried(profiles, text, "config")
    more = tried(profiles, other, "credentials", credentials=True)
    if read is None or more is None:
        return

    def look_up(name: str, target: bool) -> Settings:
        stored = name in ("a", "dev")
        found: Settings = settings.look_up(read, more, name, {}, Options(), target=target, stored=stored)
        return found

    for name in (*list(read.names)[:4], "dev"):
        target = tried(look_up, name, True)
        links = tried(chain.follow, target, lambda source: look_up(source, False)) if target else None
        made = tried(planned, links) if links else None
        if made is not None:
            assert len(digest.compute(made.steps, ("key", "AKIA"))) == 64
            json.dumps([explain.step(one) for one in made.steps])
            list(explain.sentences(made))
    profile_names.starting(data, "d", credentials=False)


def config_change(data: bytes) -> None:
    """Writing into a config file: the result is read back as intended, or the change is refused."""
    name, _, rest = text_of(data[:40]).partition("\n")
    text = rest + text_of(data[40:])
    added = tried(appending.adding, text, name, {"region": "us-east-1"})
    changed = tried(editing.setting, text if added is None else added, name, {"region": "eu-west-1"})
    if changed is not None:
        tried(editing.without, changed, name, ["region"])
    gone = marked.found(text)
    tried(marked.without, text, gone)
    tried(process_line.written, "/usr/bin/pass-aws", name)


def store_entry(data: bytes) -> None:
    """A decrypted entry: its key, its name, the journal of a rotation."""
    found = tried(entry.parse, data, "dev", secret=True)
    tried(entry.named, data, "dev", secret=True)
    if found is not None:
        tried(journal.read, found, "dev", secret=True)
        again = tried(
            entry.render, "dev", found.credentials.access_key_id, found.credentials.secret_access_key, found
        )
        assert again is None or entry.parse(again, "dev").credentials.secret_access_key


def journal_field(data: bytes) -> None:
    """The journal of a rotation, as it is stored in an entry."""
    found = entry.Entry(Credentials("AKIAEXAMPLE", MARKER), {journal.FIELD: text_of(data)}, {})
    tried(journal.read, found, "dev", secret=True)


def cache_files(data: bytes) -> None:
    """The plain text of sessions, tokens and records, and all file names in the cache."""
    text = text_of(data)
    head = f"pass-aws session 1\nseal: {SEAL}\ndigest: {DIGEST}\nexpires: {NOW:010}\n"
    for whole in (text, head + text):
        found = session.read(whole, digest=DIGEST, expires=NOW, seal=SEAL)
        assert found is None or SEAL in whole
    head = f"pass-aws token 1\nseal: {SEAL}\ndigest: {DIGEST}\n"
    for whole in (text, head + text):
        token.read(whole, seal=SEAL, digest=DIGEST)
    token.noted(DIGEST, text)
    assert ticket.expiry(text) >= 0
    assert len(session.parts(text)) == 2
    name = ticket.profile_of(text)
    assert not name or ticket.folder(name) == text.replace("/", "%")
    assert "/" not in ticket.folder(text)


def gpg_output(data: bytes) -> None:
    """gpg's status channel, listings and packets."""
    said = gpg_status.Status(data)
    gpg_status.decrypted(said, 0)
    gpg_status.signers(said)
    for code in (0, 2, -9):
        failure = diagnosis.Failure(Ran(b"", data, data, code))
        for place in (diagnosis.HERE, diagnosis.ABSENT, diagnosis.UNREACHABLE, diagnosis.CARD):
            for may_ask in (False, True):
                raised(diagnosis.no_key(failure, diagnosis.Situation("dev", may_ask=may_ask, place=place)))
        raised(diagnosis.bad_file(failure, "dev", 100))
    found = keys._parsed(data)
    tried(keys.readers, found, {"0" * 16}, "")
    packets.for_keys_only(data)


def raised(error: UserError) -> None:
    """Checks an error as `tried` does."""

    def again() -> None:
        raise error

    tried(again)


def sts_answer(data: bytes) -> None:
    """The answers of STS, and our messages about them."""
    for action in ("AssumeRole", "GetCallerIdentity"):
        found = tried(sts_wire.result, action, data, secret=True)
        if found is not None:
            tried(answers.of_sts, found, NOW, secret=True)
            tried(answers.identity, found, secret=True)
            tried(answers.serials, found, secret=True)
    refused = tried(sts_wire.error, data)
    if refused is not None:
        facts = Facts(
            "AssumeRole",
            refused["Code"],
            refused["Message"],
            403,
            role_arn="arn:aws:iam::222222222222:role/r",
        )
        said = refusals.refusal(facts)
        assert len(said.message) + len(said.hint) <= LONGEST
        once = refusals.refusal(facts._replace(once=True, status=500, serial="GAHT12345678"))
        assert len(once.message) + len(once.hint) <= LONGEST


def sso_answer(data: bytes) -> None:
    """The answers of Identity Center and the sign-in service, and the AWS CLI's files about them."""
    found = json_of(data)
    end = Endpoint("us-east-1", "aws")
    portal = Portal("team", "https://team.awsapps.com/start", "us-east-1", (), end, end, "pass aws sso login")
    tried(aws_cli_formats.token, data, portal, secret=True)
    tried(
        aws_cli_formats.login,
        data,
        Place("arn:aws:iam::111111111111:user/u", end, "pass aws signin"),
        secret=True,
    )
    if isinstance(found, dict):
        for read in (
            sso_answers.client,
            sso_answers.device,
            sso_answers.granted,
            sso_answers.accounts,
            sso_answers.roles,
        ):
            tried(read, found, secret=True)
        tried(sso_answers.role_credentials, found, "111111111111", NOW, secret=True)
        tried(sso_answers.login, found, NOW, secret=True)


def metadata_answer(data: bytes) -> None:
    """The answers of a credential server, a program and the console's federation endpoint."""
    found = json_of(data)
    read = tried(answers.of_metadata, found, NOW, secret=True)
    assert read is None or read.session_token.isascii()
    tried(answers.of_process, data, NOW, secret=True)
    tried(answers.sign_in_token, data, secret=True)
    tried(answers.web_token, data, secret=True)
    if isinstance(found, dict):
        tried(answers.identity, found, secret=True)
        tried(answers.serials, found, secret=True)


def assuan_line(data: bytes) -> None:
    """The answers of a pinentry."""
    tried(assuan.answer, data, secret=True)
    assert assuan.unescape(assuan.escape(data)) == data


def seed(data: bytes) -> None:
    """An entry with a device's seed, or a key in another format."""
    text = data.decode("utf-8", "replace")
    found = tried(totp.find, text, secret=True)
    if found is not None:
        assert len(found.code(totp.step(NOW, found.period))) == found.digits
    tried(seed_entry.read, data, secret=True)
    tried(import_formats.of_csv, text, "", "a file", secret=True)
    read = tried(import_formats.of_json, text, "", "a file", secret=True)
    if read is not None and read.secret:
        tried(import_formats.json_without, text, [read.secret], secret=True)
    import_formats.of_entry(text, "", "an entry")


def completion(data: bytes) -> None:
    """The words of a line that is completed, as bash and the other shells pass them."""
    text = data.decode("utf-8", "replace").replace("\x00", "")
    line = bash_line.read(text, "\"'@><=;|&(:")
    line.written("a b")
    answer = complete.answered(line.words[:20], line.current, NOTHING)
    assert sum(map(len, answer.candidates)) < 100_000


def words(data: bytes) -> None:
    """A command line."""
    given = text_of(data).replace("\x00", "").split("\n")[:20]
    ordered = tried(splitting.ordered, given)
    verb = tried(splitting.verb_of, ordered[0]) if ordered else None
    for each in (verb, COMMANDS[len(data) % len(COMMANDS)]):
        if each is not None:
            parser = parser_of(each)
            try:
                tried(parser.parse, given[1:])
                if each.name == "exec":
                    tried(splitting.split, given[1:], parser)
            except SystemExit as stop:
                assert stop.code in (0, None)  # noqa: PT017 - -h


def environment(data: bytes) -> None:
    """Values of variables, one per line, in settings, tickets and environments of children."""
    given = text_of(data).replace("\x00", "").split("\n")
    env = dict(zip((*CONSULTED, *ticket.GIVEN, "PASS_AWS_UMASK", "_PASS_AWS_REGION"), given, strict=False))
    files = (
        profiles("[profile dev]\nregion = us-east-1\n", "config"),
        profiles("", "credentials", credentials=True),
    )
    tried(settings.look_up, *files, "dev", env, Options(), target=True, stored=True)
    tried(child_environment.umask, env)
    line = ticket.given(env, "/s", "/c", "/d")
    assert line is None or "\n" not in line
    assert not set(child_environment.replaced(env, [])) & {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    for text in given[:4]:
        for check in (durations.parse, values.role_arn, values.serial, values.region, values.session_name,
                      values.external_id, values.scopes, values.account, values.flag, values.count,
                      role_request.policy, role_request.policy_arns, role_request.tags, role_request.transitive,
                      start_url.known_by, start_url.host, partition.of_region, partition.of_arn):  # fmt: skip
            tried(check, text)
        tried(start_url.check, text, overridden=False)
        values.account_of(text)


def server_request(data: bytes) -> None:
    """The head of a request to the credential server."""
    tried(request.parsed, data, secret=True)


NOTHING = {
    "HOME": "/proc/nonexistent",
    "PASSWORD_STORE_DIR": "/proc/nonexistent/store",
    "PATH": "/proc/nonexistent",
}
TARGETS = {
    one.__name__: one
    for one in (config, config_change, store_entry, journal_field, cache_files, gpg_output, sts_answer, sso_answer,
                metadata_answer, assuan_line, seed, completion, words, environment, server_request)
}  # fmt: skip
