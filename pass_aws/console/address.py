"""URLs of the console: a page, the sign-in before it, the sign-out before that.

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
"""Characters of a path that are not escaped."""


def federation(region: str, override: str) -> str:
    """The federation endpoint: exchanges credentials for a token, and accepts the token from the browser.

    Args:
        region: determines the host and its partition.
        override: another sign-in host's URL, or empty.
    """
    host = override.rstrip("/") or f"https://{partition.host('signin', region)}"
    return f"{host}/federation"


def page(region: str, *, service: str = "", path: str = "") -> str:
    """A page of the console, only on the console's own host.

    Args:
        region: of any partition whose console is public.
        service: a short name; without service and path it is the home page.
        path: the path on the console's host, or a whole URL of it.

    Raises:
        UserError: the partition's console is not public, or the page is elsewhere.
    """
    domain = partition.of_region(region).console
    if not domain:
        name = partition.of_region(region).name
        raise UserError(f"the console's URL in partition {name} is not public", hint="sign in there yourself")
    if path:
        return _with_region(_own(path, f"{region}.{domain}", domain), region)
    try:
        found = services.page(service) if service else HOME
    except ValueError as error:
        raise UserError(f"--service: {error}", code=USAGE) from None
    return _with_region(f"https://{region}.{domain}/{found}", region)


def _own(path: str, host: str, domain: str) -> str:
    """The URL of a path; refuses paths that a browser would interpret as another host."""
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
            hint="give a path such as --path s3/buckets",
            code=USAGE,
        )
    return url


def _with_region(url: str, region: str) -> str:
    """The URL with `region=` in its query, unless it already has one."""
    front, mark, fragment = url.partition("#")
    if "region=" in front.partition("?")[2]:
        return url
    return f"{front}{'&' if '?' in front else '?'}region={region}{mark}{fragment}"


def sign_in(endpoint: str, destination: str, token: str) -> str:
    """The sign-in URL; it is a secret while it is valid, which is 15 minutes."""
    asked = {"Action": "login", "Issuer": ISSUER, "Destination": destination, "SigninToken": token}
    return f"{endpoint}?{urlencode(asked)}"


def sign_out_first(region: str, override: str, url: str) -> str:
    """The URL that ends the browser's current session, then goes to `url`."""
    here: Partition = partition.of_region(region)
    host = override.rstrip("/") or f"https://{here.region}.{here.signin}"
    return f"{host}/oauth?{urlencode({'Action': 'logout', 'redirect_uri': url})}"
