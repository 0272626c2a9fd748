"""Checks the recipients of our keys, and whether gpg can encrypt to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pass_aws.doctor.finding import Finding, fail, ok, warn
from pass_aws.doctor.fixes import pass_init
from pass_aws.gpg.keys import DISABLED, EXPIRED, REVOKED, Key, renewal
from pass_aws.text.quoting import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pass_aws.doctor.facts import Facts
    from pass_aws.doctor.facts_gpg import Recipient, Recipients

TRUSTED = frozenset("fum")
"""Validities with which gpg encrypts without a question."""
SOON = 30 * 86400
"""Seconds before its expiry at which a key is reported."""
HEX = frozenset("0123456789abcdefABCDEFx")
NEW_KEY = "gpg --batch --quick-generate-key you@example.com && pass init you@example.com"


def readable(facts: Facts) -> Iterator[Finding]:
    """One of the secret keys of each set of recipients is on this machine."""
    for one in facts.recipients:
        if one.trouble or not one.known:
            continue
        ours = [known for known in one.known if known.is_ours]
        if ours:
            cards = [key.token for known in ours for key in known.keys if key.token not in ("", "+", "#")]
            place = f"on the card {cards[0]}" if cards else "here"
            yield ok("secret-key", f"{one.source}: the secret key of {ours[0].id} is {place}")
        elif own := facts.own_keys:
            found, fix = f"{one.source} names none of your keys", pass_init(one.folder, (*one.ids, own[0]))
            why = "you could not decrypt keys there"
            if one.entries:
                why = "you cannot decrypt the keys there; a person who can read them must run this"
            in_use = one.entries or one.folder in ("", facts.store.prefix)
            yield (fail if in_use else warn)("secret-key", found, why, fix)  # others may have their own
        else:
            found = f"no secret key of {', '.join(one.ids)} is on this machine"
            export = command("gpg", "--armor", "--export-secret-keys", *one.ids)
            why = f"nothing in the store can be read; paste what {export} prints on another machine"
            yield fail("secret-key", found, f"{why} (for a card: gpg --card-status)", "gpg --import")


def signatures(facts: Facts) -> Iterator[Finding]:
    """With PASSWORD_STORE_SIGNING_KEY, each `.gpg-id` has the signature that pass requires."""
    wrong = [one for one in facts.recipients if one.is_signature]
    for one in wrong:
        if one.has_signature:
            why = "another person may have added a recipient; look at what changed before you write"
            fix = command("pass", "git", "log", "-p", "--", one.source.removeprefix(f"{facts.store.root}/"))
            if not facts.store.needs_git:
                fix = command("cat", "--", one.source)
        else:
            why = "pass and pass aws refuse to write there"
            fix = pass_init(one.folder, one.ids)
        yield fail("signature", one.trouble, why, fix)
    if facts.signing_key and not facts.signing_key_valid:
        why = "pass accepts only 40 upper-case hex digits, so no signature is valid"
        found = "PASSWORD_STORE_SIGNING_KEY is not a fingerprint"
        own = facts.own_keys[0] if facts.own_keys else ""
        set_it = facts.person.set_now("PASSWORD_STORE_SIGNING_KEY", own)
        unset = facts.person.unset("PASSWORD_STORE_SIGNING_KEY")
        yield fail("signature", found, why, set_it if own else unset)
    elif facts.signing_key and not wrong and facts.recipients:
        yield ok("signature", "each .gpg-id is signed by PASSWORD_STORE_SIGNING_KEY")


def usable(facts: Facts) -> Iterator[Finding]:
    """Each recipient's key is usable, now and in the near future."""
    seen: set[str] = set()
    for one in facts.recipients:
        for known in () if one.trouble else one.known:
            if known.id not in seen:
                seen.add(known.id)
                yield from _judged(known, one, facts)


def cache_key(facts: Facts) -> Iterator[Finding]:
    """PASS_AWS_CACHE_KEY names one key of ours."""
    if facts.cache_key and facts.cache_keys != 1:
        found = f"PASS_AWS_CACHE_KEY names {facts.cache_keys or 'no'} secret keys of this machine"
        yield warn("cache-key", found, "sessions are not cached", facts.person.unset("PASS_AWS_CACHE_KEY"))
    elif facts.cache_key:
        yield ok("cache-key", f"sessions are encrypted for {facts.cache_key}")


def _judged(known: Recipient, among: Recipients, facts: Facts) -> Iterator[Finding]:
    state = _state(known.keys, trusts_all=facts.trusts_all)
    why = "nothing can be written to the store"
    what = f"the key of recipient {known.id}"
    key = known.keys[0].primary if known.keys else known.id
    if state == "ok":
        yield from _ending(known, facts)
    elif state == "absent":
        get = "--recv-keys" if HEX.issuperset(known.id) else "--locate-external-keys"
        found = f"gpg has no key of recipient {known.id} ({among.source})"
        yield fail(
            "recipient",
            found,
            f"{why}; get the key from its owner, or a server",
            command("gpg", get, known.id),
        )
    elif state == EXPIRED:
        fix = renewal(known.keys) if known.is_ours else command("gpg", "--refresh-keys", key)
        yield fail("recipient", f"{what} has expired", why, fix)
    elif state == REVOKED:
        rest = [one for one in among.ids if one != known.id] or list(facts.own_keys[:1])
        fix = pass_init(among.folder, rest) if rest else NEW_KEY
        yield fail("recipient", f"{what} is revoked", why, fix)
    elif state == DISABLED:
        enable = command("printf", "%s\\n", "enable", "quit")
        fix = f"{enable} | {command('gpg', '--batch', '--command-fd', '0', '--edit-key', key)}"
        yield fail("recipient", f"{what} is disabled", why, fix)
    elif state == "untrusted":
        trust = command("printf", "%s:6:\\n", key) + " | gpg --import-ownertrust"
        fix = trust if known.is_ours else command("gpg", "--quick-lsign-key", key)
        whose = "it is yours" if known.is_ours else "first check that it is genuine"
        yield fail("recipient", f"{what} is not trusted", f"{why}; {whose}", fix)
    else:
        fix = command("gpg", "--batch", "--quick-add-key", key, "default", "encr", "never")
        whose = "" if known.is_ours else "; its owner must run this"
        yield fail("recipient", f"{what} has no subkey to encrypt to", f"{why}{whose}", fix)


def _state(keys: Sequence[Key], *, trusts_all: bool) -> str:
    """The reason why gpg cannot encrypt, most certain cause first."""
    if not keys:
        return "absent"
    encrypting = [key for key in keys if key.encrypts]
    for wrong in (EXPIRED, REVOKED, DISABLED):
        if keys[0].validity == wrong or (encrypting and all(key.validity == wrong for key in encrypting)):
            return wrong
    if not encrypting:
        return "unfit"
    return "ok" if trusts_all or keys[0].validity in TRUSTED else "untrusted"


def _ending(known: Recipient, facts: Facts) -> Iterator[Finding]:
    """A key that is valid, but expires soon."""
    parts = [key for key in known.keys if key.validity not in (EXPIRED, REVOKED)]
    last = max((key.expires or _NEVER for key in parts if key.encrypts), default=_NEVER)
    end = min(last, parts[0].expires or _NEVER)
    if end - facts.now > SOON:
        yield ok("recipient", f"the key of recipient {known.id} can be used")
        return
    days = max(int((end - facts.now) // 86400), 0)
    late = [
        key._replace(validity=EXPIRED) if key.expires and key.expires <= end else key for key in known.keys
    ]
    key = known.keys[0].primary
    fix = renewal(late) if known.is_ours else command("gpg", "--refresh-keys", key)
    found = f"the key of recipient {known.id} expires in {days} day{'s' * (days != 1)}"
    yield warn("recipient", found, "nothing can be written to the store then", fix)


_NEVER = 1 << 62
