"""The addresses of the console: a page, the sign-in that leads to it, the sign-out before that.

Source: IAM User Guide, "Enable custom identity broker access to the AWS console".
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from pass_aws.aws import partition
from pass_aws.console import services
from pass_aws.errors import USAGE, UserError
from pass_aws.text.safe_text import shown

if TYPE_CHECKING:
    from pass_aws.aws.partition import Partition

ISSUER = "pass-aws"
HOME = "console/home"
KEPT = "/?#&=:;,@!$'()*+~-._%"
"""What a path may have that is left as it is."""


def federation(region: str, override: str) -> str:
    """The federation endpoint: takes credentials for a token, and the token from the browser.

    Args:
        region: names the host and its partition.
        override: another sign-in host's URL, or empty.
    """
    host = override.rstrip("/") or f"https://{partition.host('signin', region)}"
    return f"{host}/federation"


def page(region: str, *, service: str = "", path: str = "") -> str:
    """A page of the console, on the console's own host and no other.

    Args:
        region: of any partition whose console is public.
        service: a short name; with neither the home page.
        path: the path on the console's host, or a whole URL of it.

    Raises:
        UserError: the partition's console is not public, or the page is elsewhere.
    """
    domain = partition.of_region(region).console
    if not domain:
        name = partition.of_region(region).name
        raise UserError(
            f"the console's address in partition {name} is not public", hint="sign in by hand there"
        )
    if path:
        return _with_region(_own(path, f"{region}.{domain}", domain), region)
    try:
        found = services.page(service) if service else HOME
    except ValueError as error:
        raise UserError(f"--service: {error}", code=USAGE) from None
    return _with_region(f"https://{region}.{domain}/{found}", region)


def _own(path: str, host: str, domain: str) -> str:
    """The URL of a path; what would lead to another host, once a browser has read it, is refused."""
    text = quote(path, safe=KEPT)
    url = text if text.startswith("https://") else f"https://{host}/{text.lstrip('/')}"
    try:
        parts = urlsplit(url)
        there, userinfo, port = parts.hostname or "", parts.username, parts.port
    except ValueError:
        there, userinfo, port = "", None, None
    if "\\" in path or userinfo is not None or port or not (there == domain or there.endswith(f".{domain}")):
        raise UserError(
            f"--path: {shown(path)} is not on the console's host {domain}",
            hint="for example --path s3/buckets",
            code=USAGE,
        )
    return url


def _with_region(url: str, region: str) -> str:
    """The URL with `region=` in its query, unless one is there."""
    front, mark, fragment = url.partition("#")
    if "region=" in front.partition("?")[2]:
        return url
    return f"{front}{'&' if '?' in front else '?'}region={region}{mark}{fragment}"


def sign_in(endpoint: str, destination: str, token: str) -> str:
    """The URL that signs in; it is a secret for the 15 minutes that it is valid."""
    asked = {"Action": "login", "Issuer": ISSUER, "Destination": destination, "SigninToken": token}
    return f"{endpoint}?{urlencode(asked)}"


def sign_out_first(region: str, override: str, url: str) -> str:
    """The URL that ends the browser's old session and goes on to `url`."""
    here: Partition = partition.of_region(region)
    host = override.rstrip("/") or f"https://{here.region}.{here.signin}"
    return f"{host}/oauth?{urlencode({'Action': 'logout', 'redirect_uri': url})}"
