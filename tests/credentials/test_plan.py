"""The decision table: the calls for every kind of chain, with durations and MFA."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pass_aws.config import settings
from pass_aws.config.precedence import Options
from pass_aws.config.profiles import profiles
from pass_aws.config.settings import Settings
from pass_aws.credentials import chain, plan
from pass_aws.credentials.step import Plan, capped
from pass_aws.errors import UserError

M = "mfa_serial = arn:aws:iam::111111111111:mfa/alice\n"
OTHER = "mfa_serial = arn:aws:iam::111111111111:mfa/other\n"
ROLE = "role_arn = arn:aws:iam::222222222222:role/{}\n"


def user(name: str, more: str = "") -> str:
    return f"[profile {name}]\nregion = us-east-1\n{more}"


def role(name: str, source: str = "", more: str = "") -> str:
    at = f"source_profile = {source}\n" if source else ""
    return f"[profile {name}]\n{ROLE.format(name)}{at}{more}"


def alias(name: str, source: str, more: str = "") -> str:
    return f"[profile {name}]\nsource_profile = {source}\n{more}"


def planned(
    text: str,
    target: str,
    stored: str = "u",
    options: Options | None = None,
    env: dict[str, str] | None = None,
    *,
    env_has_token: bool = False,
    federation: int = 0,
) -> Plan:
    wanted = options or Options()
    return plan.make(
        followed(text, target, stored, wanted, env),
        no_session=wanted.no_session,
        env_has_token=env_has_token,
        federation=federation,
    )


def followed(
    text: str,
    target: str,
    stored: str = "u",
    options: Options | None = None,
    env: dict[str, str] | None = None,
) -> tuple[Settings, ...]:
    config, credentials = profiles(text, "config"), profiles("", "credentials", credentials=True)
    wanted = options or Options()

    def look_up(name: str, is_target: bool) -> Settings:
        return settings.look_up(
            config, credentials, name, env or {}, wanted, target=is_target, stored=name in stored.split()
        )

    return chain.follow(look_up(target, True), lambda source: look_up(source, False))


def calls(made: Plan) -> list[str]:
    """Each call as `who duration mfa`, for example `GST u 8h M`."""
    short = {"GetSessionToken": "GST", "AssumeRole": "AR"}
    found = []
    for step in made.steps[1:]:
        device = {"": "", "alice": " M", "other": " other"}[step.mfa_serial.rpartition("/")[2]]
        found.append(f"{short[step.call]} {step.profile} {step.duration / 3600:g}h{device}")
    return found


TWO_HOURS = Options(duration=7200)
NO_SESSION = Options(no_session=True)
CHAIN = user("u", M) + role("r1", "u", M) + role("r2", "r1", M)

# the rows of aws-vault's table by their letters; a comment says where ours differs
ROWS = {
    "A": (user("u"), "u", None, ["GST u 1h"]),
    "A -d": (user("u"), "u", Options(duration=43200), ["GST u 12h"]),
    "A -n": (user("u"), "u", NO_SESSION, []),
    "B": (user("u", M), "u", None, ["GST u 8h M"]),  # 8 hours whenever a code is used
    "B -d": (user("u", M), "u", TWO_HOURS, ["GST u 2h M"]),
    "C": (role("u"), "u", None, ["AR u 1h"]),
    "D": (role("u", more=M), "u", None, ["AR u 1h M"]),
    "E": (user("u", M) + role("r", "u"), "r", None, ["AR r 1h"]),
    "F": (user("u") + role("r", "u", M), "r", None, ["AR r 1h M"]),
    "G": (user("u", M) + role("r", "u", OTHER), "r", None, ["AR r 1h other"]),
    "H": (user("u", M) + role("r", "u", M), "r", None, ["GST u 8h M", "AR r 1h"]),
    "H2": (user("u", M) + role("r", "u", M), "r", Options(duration=900), ["GST u 8h M", "AR r 0.25h"]),  # 8 h
    "H3": (user("u", M) + role("r", "u", M), "r", TWO_HOURS, ["AR r 2h M"]),
    "H3 file": (user("u", M) + role("r", "u", M + "duration_seconds = 7200\n"), "r", None, ["AR r 2h M"]),
    "H4": (user("u", M) + role("r", "u", M), "r", NO_SESSION, ["AR r 1h M"]),
    "I": (user("u", M) + alias("al", "u"), "al", None, ["GST u 8h M"]),  # with the source's MFA
    "I2": (user("u", M) + alias("al", "u", M), "al", None, ["GST u 8h M"]),
    "J": (user("u", M) + role("r", "u", M) + alias("al", "r"), "al", None, ["GST u 8h M", "AR r 1h"]),
    "J'": (user("u", M) + role("r", "u", M) + alias("al", "r"), "al", TWO_HOURS, ["AR r 2h M"]),
    "K": (user("u") + role("r1", "u") + role("r2", "r1"), "r2", TWO_HOURS, ["AR r1 2h", "AR r2 1h"]),
    "L": (user("u") + role("r1", "u", M) + role("r2", "r1"), "r2", None, ["AR r1 1h M", "AR r2 1h"]),
    "L2": (
        user("u", M) + role("r1", "u", M) + role("r2", "r1"),
        "r2",
        None,
        ["GST u 8h M", "AR r1 1h", "AR r2 1h"],
    ),
    "M": (CHAIN, "r2", None, ["GST u 8h M", "AR r1 1h", "AR r2 1h"]),
    "M'": (CHAIN, "r2", TWO_HOURS, ["GST u 8h M", "AR r1 1h", "AR r2 1h"]),  # 8 h
    "O": (
        user("u") + role("r1", "u", M) + role("r2", "r1", M),
        "r2",
        None,
        ["GST u 8h M", "AR r1 1h", "AR r2 1h"],
    ),
    "P": (role("u", more=M) + role("r2", "u", M), "r2", None, ["GST u 8h M", "AR u 1h", "AR r2 1h"]),
    "Q": (role("u", more=M) + alias("al", "u"), "al", None, ["AR u 1h M"]),
    "R": (
        user("u", M) + role("r1", "u", M) + alias("al", "r1") + role("r2", "al", M),
        "r2",
        TWO_HOURS,
        ["GST u 8h M", "AR r1 1h", "AR r2 1h"],
    ),
    "T": (user("u", M) + alias("al", "u", M) + role("r", "al", M), "r", None, ["GST u 8h M", "AR r 1h"]),
    "T -d": (user("u", M) + alias("al", "u", M) + role("r", "al", M), "r", TWO_HOURS, ["AR r 2h M"]),
    "T2": (
        user("u", M) + alias("al", "u") + role("r", "al", M),
        "r",
        None,
        ["GST u 8h M", "AR r 1h"],
    ),  # transparent
}


@pytest.mark.parametrize("row", ROWS)
def test_table(row: str) -> None:
    """Each row of aws-vault's table gives its calls, except for the changes in our design."""
    text, target, options, expected = ROWS[row]
    assert calls(planned(text, target, options=options)) == expected


WEB = ROLE.format("w") + "web_identity_token_file = /t\n"
PORTAL = (
    "sso_start_url = https://d-1234567890.awsapps.com/start\nsso_region = us-east-1\n"
    "sso_account_id = 111111111111\nsso_role_name = Ops\n"
)
CONSOLE = "login_session = arn:aws:iam::111111111111:user/alice\n"
KEY = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
ENVIRONMENT = "credential_source = Environment\n"
STARTS = {
    "web identity": (user("s", WEB), "AssumeRoleWithWebIdentity", True, "1h"),
    "portal": (user("s", PORTAL), "SSO", True, "1h"),
    "console": (user("s", CONSOLE), "Login", True, "1h"),
    "program": (user("s", "credential_process = tool\n"), "credential_process", True, "2h"),
    "session in a file": (user("s", f"{KEY}aws_session_token = x\n"), "static", True, "1h"),
    "key in a file": (user("s", KEY), "static", False, "2h"),
}
"""A profile, its call, whether that gives a session, and the life of a role for which two hours are requested."""


@pytest.mark.parametrize("start", STARTS)
def test_where_credentials_start(start: str) -> None:
    """A session is delivered as it is; a key gets a session; a role behind either is one further call."""
    text, call, is_session, life = STARTS[start]
    alone = planned(text, "s", stored="")
    assert (alone.steps[0].call, alone.steps[0].profile) == (call, "s")
    assert (alone.steps[0].duration, alone.steps[0].given) == (3600 if start == "web identity" else 0, False)
    assert alone.from_session is is_session
    assert calls(alone) == ([] if is_session else ["GST s 1h"])
    behind = planned(text + role("r", "s"), "r", stored="", options=TWO_HOURS)
    assert (behind.steps[0].call, behind.from_session) == (call, is_session)
    assert calls(behind) == [f"AR r {life}"]


def test_a_code_for_a_role_behind_a_console_sign_in() -> None:
    """AWS accepts the code of a user, and none from the session of a role."""
    text = role("r", "s", M)
    assert calls(planned(user("s", CONSOLE) + text, "r", stored="")) == ["AR r 1h M"]
    of_role = CONSOLE.replace(":iam:", ":sts:").replace("user/", "assumed-role/admin/")
    with pytest.raises(UserError, match="AWS does not accept from the role session of s"):
        planned(user("s", of_role) + text, "r", stored="")


@pytest.mark.parametrize(("token", "life"), [(False, "2h"), (True, "1h")])
def test_credentials_of_the_environment(token: bool, life: str) -> None:
    """They are a key unless the environment has a session token."""
    made = planned(role("r", more=ENVIRONMENT), "r", stored="", options=TWO_HOURS, env_has_token=token)
    assert (made.steps[0].call, made.from_session, calls(made)) == ("environment", token, [f"AR r {life}"])


def test_a_duration_that_identity_center_ignores_is_noted() -> None:
    """Only an administrator can set that duration, so a note says that ours has no effect; a role's has one."""
    note = ("the duration is ignored: Identity Center sets the lifetime of its credentials",)
    text = user("s", PORTAL) + role("r", "s") + user("c", CONSOLE)
    assert planned(text, "s", options=TWO_HOURS).notes == note
    assert planned(text, "s").notes == ()
    assert planned(text, "c", options=TWO_HOURS).notes == ()
    assert note[0] not in planned(text, "r", options=TWO_HOURS).notes


def test_a_federation_token_for_the_console() -> None:
    """Only a key without a role needs one; a session and a role sign in to the console themselves."""
    text = user("u", M) + alias("al", "u") + role("r", "u") + user("s", PORTAL) + user("k", KEY)
    for target, first in (("u", "store"), ("al", "store"), ("k", "static")):
        made = planned(text, target, federation=7200)
        assert [step.call for step in made.steps] == [first, "GetFederationToken"]
        last = made.steps[-1]
        assert (last.duration, last.given, last.mfa_serial) == (7200, True, "")
        assert last.request is not None
        assert last.request.duration == 7200
        note = "the console session has no MFA, because GetFederationToken accepts no code"
        assert made.notes == ((note,) if first == "store" else ())
    assert calls(planned(text, "r", federation=7200)) == ["AR r 1h"]
    assert calls(planned(text, "s", federation=7200)) == []
    session = user("s", f"{KEY}aws_session_token = x\n")
    assert calls(planned(session, "s", federation=7200)) == []


PROGRAM = "mfa_process = tool\n"


@pytest.mark.parametrize("how", [PROGRAM, "mfa_entry = otp/aws\n"])
def test_who_says_how_to_get_a_code(how: str) -> None:
    """The profile of the device, else its sources from the nearest on, else a profile behind it, else none."""

    def asked(*saying: str) -> str:
        u, al, r, al2 = (how if name in saying else "" for name in ("u", "al", "r", "al2"))
        text = user("u", u) + alias("al", "u", al) + role("r", "al", M + r) + alias("al2", "r", al2)
        asking = planned(text, "al2").steps[-1].asking
        return asking.name if asking else ""

    assert asked("u", "al", "r", "al2") == asked("r") == "r"
    assert asked("u", "al", "al2") == "al"
    assert asked("u", "al2") == "u"
    assert asked("al2") == "al2"
    assert asked() == "r"


def test_whose_program_gives_the_code_of_a_shared_session() -> None:
    """That of the user's device, if the user has one, else that of the first role."""
    roles = role("r1", "u", M + PROGRAM) + role("r2", "r1", M + PROGRAM)
    for own, name in ((M + PROGRAM, "u"), ("", "r1")):
        made = planned(user("u", own) + roles, "r2")
        assert calls(made) == ["GST u 8h M", "AR r1 1h", "AR r2 1h"]
        assert made.steps[1].asking is not None
        assert made.steps[1].asking.name == name


def test_the_name_of_the_program_that_a_step_runs() -> None:
    """An error names the user's program by setting and profile; a step without one has no such name."""
    text = user("p", "credential_process = tool\n") + user("u", M + PROGRAM) + user("plain", M)
    text += user("w", WEB) + user("t", ROLE.format("t") + "web_identity_token_process = tool\n")
    for target, number, program in (
        ("p", 0, "credential_process of profile p"),
        ("t", 0, "web_identity_token_process of profile t"),
        ("w", 0, ""),
        ("u", 0, ""),
        ("u", 1, "mfa_process of profile u"),
        ("plain", 1, ""),
    ):
        assert planned(text, target, stored="u plain").steps[number].program == program


def test_role_from_environment() -> None:
    """AWS_ROLE_ARN gives the target a role (row Y), and only the target."""
    env = {"AWS_ROLE_ARN": "arn:aws:iam::222222222222:role/X"}
    made = planned(user("u", M), "u", env=env)
    assert calls(made) == ["AR u 1h M"]
    assert made.steps[-1].request is not None
    assert made.steps[-1].request.role_arn == env["AWS_ROLE_ARN"]
    assert calls(planned(user("u") + role("r", "u"), "r", env=env)) == ["AR r 1h"]


def test_session_ttl_variables() -> None:
    """AWS_SESSION_TOKEN_TTL and AWS_CHAINED_SESSION_TOKEN_TTL set the lifetimes of their sessions."""
    env = {"AWS_SESSION_TOKEN_TTL": "2h", "AWS_CHAINED_SESSION_TOKEN_TTL": "4h"}
    assert calls(planned(user("u", M), "u", env=env)) == ["GST u 2h M"]
    assert calls(planned(user("u", M) + role("r", "u", M), "r", env=env)) == ["GST u 4h M", "AR r 1h"]


def test_the_one_hour_cap_is_noted_once() -> None:
    """A duration reduced to one hour is noted, once for a whole chain."""
    assert planned(CHAIN, "r2", options=TWO_HOURS).notes == (
        "duration 7200 s reduced to 3600 s: roles assumed from a session last one hour at most",
    )
    assert planned(CHAIN, "r2").notes == ()


def test_a_step_behind_a_session_is_capped() -> None:
    """Only a role's step that asks for more than an hour is changed, together with its request."""
    text = user("u") + role("r", "u")
    long = planned(text, "r", options=TWO_HOURS).steps[-1]
    short = capped(long)
    assert short.request is not None
    assert (long.duration, short.duration, short.request.duration) == (7200, 3600, 3600)
    for step in (*planned(text, "r").steps, short, planned(text, "u", options=TWO_HOURS).steps[-1]):
        assert capped(step) is step


def test_the_name_of_a_role_session() -> None:
    """It is the profile's role_session_name, else our name with the time of the call."""
    for more, name in (("", "pass-aws-{time}"), ("role_session_name = alice\n", "alice")):
        request = planned(user("u") + role("r", "u", more), "r").steps[-1].request
        assert request is not None
        assert request.session_name == name


def test_mfa_from_a_role_session_is_refused() -> None:
    """AWS would refuse the code, so it is refused before any prompt."""
    for text, options in (
        (CHAIN, NO_SESSION),
        (user("u") + role("r1", "u") + role("r2", "r1", M), Options()),
    ):
        with pytest.raises(UserError, match="role session of r1"):
            planned(text, "r2", options=options)


def test_the_hint_for_mfa_from_a_role_session() -> None:
    """The hint names the profiles that also need the device, or says that no session is possible."""
    for text, hint in (
        (user("u", M) + role("r1", "u") + role("r2", "r1", M), "in profile r1 too"),
        (user("u") + role("r1", "u") + role("r2", "r1", M), "in profile u and in r1 too"),
        (role("u") + role("r2", "u", M), "in profile u too"),
    ):
        with pytest.raises(UserError) as caught:
            planned(text, "r2")
        assert caught.value.hint.endswith(f"{hint}: one session with MFA then serves the chain")
    with pytest.raises(UserError) as caught:
        planned(CHAIN, "r2", options=NO_SESSION)
    assert caught.value.hint == "omit --no-session: one session with MFA then serves the chain"
    source = f"[profile c]\n{ROLE.format('c')}credential_source = EcsContainer\n"
    for text, target in ((source + M, "c"), (source + role("r", "c", M), "r")):
        with pytest.raises(UserError) as caught:
            planned(text, target)
        assert caught.value.hint == (
            f"remove mfa_serial from profile {target}, or start its chain with an access key"
        )


@given(
    devices=st.lists(st.sampled_from(["", M, OTHER]), min_size=3, max_size=6),
    aliases=st.sets(st.integers(1, 5)),
    own=st.booleans(),
)
def test_the_hints_lead_to_a_working_chain(devices: list[str], aliases: set[int], own: bool) -> None:
    """If a user follows the hints one by one, the chain works in the end."""
    wanted = dict(enumerate(devices))
    for _ in range(2 * len(devices)):
        text = role("p0", more=wanted[0]) if own else user("p0", wanted[0])
        for number in range(1, len(devices)):
            kind = alias if number in aliases else role
            text += kind(f"p{number}", f"p{number - 1}", wanted[number])
        hint = ""
        try:
            planned(text, f"p{len(devices) - 1}", stored="p0")
        except UserError as error:
            hint = error.hint
        if not hint:
            return
        named = [int(digit) for digit in re.findall(r"\bp(\d)", hint)]
        device = M if "mfa/alice" in hint else OTHER
        assert any(wanted[number] != device for number in named), hint
        wanted |= dict.fromkeys(named, device)
    pytest.fail("the hints go in circles")


def test_a_source_profile_comes_before_a_key_in_the_file() -> None:
    """As in botocore and aws-vault, the source profile assumes the role, not the profile's own key."""
    for source, call in (("u", "store"), ("r", "static")):
        made = planned(user("u") + role("r", source, KEY), "r")
        assert [(step.call, step.profile) for step in made.steps] == [(call, source), ("AssumeRole", "r")]


def test_a_loop_is_shown_in_full() -> None:
    """A loop of source profiles of any length is refused and shown with every profile."""
    text = alias("a", "b") + alias("b", "c") + alias("c", "a")
    with pytest.raises(UserError, match="the source_profile of profile c forms a loop: a → b → c → a"):
        planned(text, "a")
    with pytest.raises(UserError, match="of profile c forms a loop: x → a → b → c → a"):
        planned(text + alias("x", "a"), "x")


def test_a_chain_of_a_hundred_roles() -> None:
    """A chain of a hundred roles is planned, with a limit at every hop."""
    text = user("u") + role("r0", "u") + "".join(role(f"r{n}", f"r{n - 1}") for n in range(1, 100))
    assert len(planned(text, "r99", options=TWO_HOURS).steps) == 101


def test_missing_source_is_refused() -> None:
    """A missing source_profile is named with the profile that refers to it."""
    with pytest.raises(UserError, match="no profile nowhere, the source_profile of profile r"):
        planned(role("r", "nowhere") + alias("al", "r"), "al")


def test_no_credentials_names_the_command() -> None:
    """The error for a profile without any source says how to get a key."""
    with pytest.raises(UserError) as caught:
        planned(user("x"), "x", stored="")
    assert caught.value.hint == "run pass aws add x"


def test_commands_in_hints_are_quoted() -> None:
    """A name with spaces or special characters is quoted for the shell."""
    with pytest.raises(UserError) as caught:
        planned("[profile 'a b;c']\n", "a b;c", stored="")
    assert "pass aws add 'a b;c'" in caught.value.hint
    with pytest.raises(UserError) as caught:
        planned("", "$(id)", stored="")
    assert caught.value.hint.endswith("pass aws add '$(id)'")


def test_partitions_do_not_mix() -> None:
    """A chain across partitions cannot work and is refused."""
    text = role("r1", "u") + role("r2", "r1").replace("arn:aws:", "arn:aws-cn:")
    with pytest.raises(UserError, match="partition"):
        planned(text, "r2")


READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        (user("u") + role("r", "u"), "r", READ_ONLY),
        (user("u") + role("r", "u") + alias("al", "r"), "al", READ_ONLY),
        (user("w", WEB), "w", READ_ONLY),
        (user("w", WEB) + alias("al", "w") + alias("al2", "al"), "al2", READ_ONLY),
        (
            (user("u") + role("r", "u")).replace("arn:aws:", "arn:aws-cn:") + alias("al", "r"),
            "al",
            READ_ONLY.replace("arn:aws:", "arn:aws-cn:"),
        ),
    ],
)
def test_policies_limit_the_last_role(text: str, target: str, expected: str) -> None:
    """`--read-only` and policies belong to the target and limit its last role, also behind aliases and a web identity.

    The managed policy is that of the role's partition, whatever region the alias is in.
    """
    text = text.replace("region = us-east-1\n", "")
    options = Options(
        read_only=True, policy_arns=("arn:aws:iam::111111111111:policy/x",), policy='{"Statement": []}'
    )
    made = planned(text, target, options=options)
    assert made.steps[-1].request is not None
    assert made.steps[-1].request.policy_arns == ("arn:aws:iam::111111111111:policy/x", expected)
    assert made.steps[-1].request.policy == options.policy
    plain = planned(text, target).steps[-1].request
    assert plain is not None
    assert (plain.policy_arns, plain.policy) == ((), "")


@pytest.mark.parametrize(
    "options",
    [Options(read_only=True), Options(policy='{"Statement": []}'), Options(policy_arns=(READ_ONLY,))],
)
def test_policy_needs_a_role(options: Options) -> None:
    """Without a role, --read-only and policies are refused, not ignored."""
    for text in (user("u"), user("u") + alias("al", "u"), user("p", "credential_process = p\n")):
        with pytest.raises(UserError, match="a policy cannot limit"):
            planned(text, text.rpartition("[profile ")[2].partition("]")[0], options=options)


def test_credentials_for_iam() -> None:
    """IAM calls use the key itself, or a session of 15 minutes with MFA if a device is set, but no role."""
    text = user("u", M) + role("r1", "u", M) + role("r2", "r1") + alias("al", "u")
    for target in ("u", "al", "r1", "r2"):
        for no_session, expected in ((False, ["GST u 0.25h M"]), (True, [])):
            made = plan.make_for_user(followed(text, target), no_session=no_session)
            assert calls(made) == expected
            assert (made.settings.name, made.from_session) == (target, False)
    step = plan.make_for_user(followed(text, "r2"), no_session=False).steps[1]
    assert (step.given, step.asking and step.asking.name) == (False, "r1")
    plain = user("u") + role("r1", "u") + role("r2", "r1", M)
    assert calls(plan.make_for_user(followed(plain, "r2"), no_session=False)) == []
    tool = followed(user("p", "credential_process = tool\n") + role("r", "p"), "r")
    with pytest.raises(UserError, match="of profile r start with credential_process, not with a"):
        plan.make_for_user(tool, no_session=False)


def test_our_own_credential_process_is_not_a_source() -> None:
    """A credential_process line that calls us again is ignored: only the store can have the key."""
    text = user("x", "credential_process = /usr/local/bin/pass-aws credential-process x\n")
    assert calls(planned(text, "x", stored="x")) == ["GST x 1h"]
    with pytest.raises(UserError, match="no credentials for profile x"):
        planned(text, "x", stored="")


OURS = "credential_process = /usr/bin/pass-aws credential-process {}\n"


def test_our_own_credential_process_is_an_alias() -> None:
    """`ro-sdk`, as in the man page, is an alias of the profile in its line, also as a source."""
    text = user("u", M) + role("r", "u", M) + user("r-sdk", OURS.format("r")) + role("r2", "r-sdk")
    expected = ["GST u 8h M", "AR r 1h"]
    assert calls(planned(text, "r-sdk")) == expected
    assert calls(planned(text, "r2")) == [*expected, "AR r2 1h"]


def test_our_own_credential_process_that_cannot_be_followed() -> None:
    """A loop is shown, and for a line with its own options the error names the profile to use."""
    with pytest.raises(UserError, match="a → b → a"):
        planned(user("a", OURS.format("b")) + user("b", OURS.format("a")), "a")
    with pytest.raises(UserError, match="no profile nowhere"):
        planned(user("a", OURS.format("nowhere")), "a")
    with pytest.raises(UserError, match="pass aws itself, with further options") as caught:
        planned(user("a", OURS.format("--read-only u")), "a")
    assert caught.value.hint.startswith("use profile u instead")


def test_the_no_session_setting() -> None:
    """`no_session = true` in any profile of the chain avoids GetSessionToken, for services without it."""
    none = "no_session = true\n"
    assert calls(planned(user("u", none), "u")) == []
    assert calls(planned(user("u", none) + alias("al", "u"), "al")) == []
    assert calls(planned(user("u", M) + role("r", "u", M + none), "r")) == ["AR r 1h M"]
    assert calls(planned(user("u", "no_session = false\n"), "u")) == ["GST u 1h"]
    assert calls(planned(user("u") + f"[default]\n{none}", "u")) == ["GST u 1h"]


def test_a_role_without_account_beside_an_endpoint() -> None:
    """Services other than AWS have roles without an account; AWS does not."""
    arn = role("r", "u").replace("222222222222", "")
    made = planned(user("u") + arn + "endpoint_url = https://ceph.example\n", "r")
    assert made.steps[-1].request is not None
    assert made.steps[-1].request.role_arn == "arn:aws:iam:::role/r"
    with pytest.raises(UserError, match="is not a role"):
        planned(user("u") + arn, "r")


CLEAR = "endpoint_url = http://localstack:4566\n"


def test_secrets_are_not_sent_unencrypted() -> None:
    """A call whose answer contains a secret is refused before any prompt, unless it is allowed."""
    text = user("u", CLEAR) + role("r", "u")
    for target, options in (("u", None), ("r", None)):
        with pytest.raises(UserError, match="unencrypted to http://localstack:4566") as caught:
            planned(text.replace(role("r", "u"), role("r", "u", CLEAR)), target, options=options)
        assert "allow_http_endpoint = true" in caught.value.hint
    assert calls(planned(text, "u", options=NO_SESSION)) == []
    assert calls(planned(text, "r")) == ["AR r 1h"]
    assert calls(planned(user("u", f"{CLEAR}allow_http_endpoint = true\n"), "u")) == ["GST u 1h"]
    env = {"AWS_ENDPOINT_URL": "http://localstack:4566", "PASS_AWS_ALLOW_HTTP_ENDPOINT": "true"}
    assert calls(planned(user("u"), "u", env=env)) == ["GST u 1h"]


def test_the_device_of_the_source_is_known() -> None:
    """A role without mfa_serial knows its source's device, for the hint if AWS denies it."""
    device = "arn:aws:iam::111111111111:mfa/alice"
    assert planned(user("u", M) + role("r", "u"), "r").steps[-1].spare_serial == device
    assert planned(user("u", M) + role("r", "u", M), "r").steps[-1].spare_serial == ""
    assert planned(user("u") + role("r", "u"), "r").steps[-1].spare_serial == ""
