"""The environment variables that can change a profile's settings."""

from __future__ import annotations

from pass_aws.config import endpoints, setting_keys

CONSULTED = tuple(
    sorted(
        {
            *(name for key in setting_keys.ALL for name in (*key.env, *key.target_env)),
            *(endpoints.variable(service) for service in setting_keys.SERVICES),
            endpoints.GENERAL,
            setting_keys.TOKEN_ENV,
            setting_keys.OTHER_CA,
        }
    )
)
"""Every environment variable that can change what `settings.look_up` returns."""
