"""Which certificates a TLS connection to AWS trusts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

HASHED = "/etc/ssl/certs"
"""Where Debian, Fedora, SUSE and Arch store the system's certificates, each under a hash of its name."""


def context(ca_bundle: str | None) -> ssl.SSLContext:
    """A TLS context: 1.2 or newer, checks host names, trusts a bundle or the system's certificates.

    Raises:
        OSError: the bundle cannot be read.
    """
    import ssl

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_bundle is None:
        path = next(
            (each for each in (ssl.get_default_verify_paths().openssl_capath, HASHED) if _hashed(each)), ""
        )
        if path:
            made.load_verify_locations(capath=path)
        else:
            made.load_verify_locations(cafile=_botocore_bundle())
    elif os.path.isdir(ca_bundle):
        made.load_verify_locations(capath=ca_bundle)
    elif os.path.isfile(ca_bundle) and os.access(ca_bundle, os.R_OK):
        made.load_verify_locations(cafile=ca_bundle)
    else:
        raise OSError(f"cannot read the CA bundle {ca_bundle}")
    return made


def _hashed(path: str) -> bool:
    """Whether a directory has certificates under hashes of their names, as OpenSSL expects."""
    try:
        with os.scandir(path) as found:
            return any(entry.name.endswith(".0") for entry in found)
    except OSError:
        return False


def _botocore_bundle() -> str:
    """The certificates that come with botocore, found without importing it."""
    from importlib.util import find_spec

    found = find_spec("botocore")
    places = found.submodule_search_locations if found else None
    return os.path.join(places[0] if places else "", "cacert.pem")
