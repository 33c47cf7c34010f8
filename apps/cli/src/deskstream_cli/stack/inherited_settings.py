"""Settings of the services that come from the environment in which `desk up` runs.

They are handed down by the supervisor and written nowhere, as a provider's key is among them. What
is written down is a fingerprint, so that a start with other settings is seen to be another start.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping

PREFIX = "DESK_"
# The stack remembers the login that the last of these chose, and hands it to services itself.
_NOT_OF_SERVICES = ("DESK_DATA_DIR", "DESK_TEST_", "DESK_CATCHER_", "DESK_KAFKA_SECURITY_")
_FINGERPRINT_CHARS = 16


def inherited_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that services read and this command does not set itself."""
    return {
        name: value
        for name, value in sorted(environment.items())
        if name.startswith(PREFIX) and not name.startswith(_NOT_OF_SERVICES)
    }


def described(environment: Mapping[str, str], password: str) -> str:
    """Return their names and a fingerprint that shows nothing without the password."""
    settings = inherited_settings(environment)
    if not settings:
        return "none"
    text = json.dumps(settings).encode()
    fingerprint = hmac.new(password.encode(), text, hashlib.sha256).hexdigest()
    return f"{', '.join(settings)} ({fingerprint[:_FINGERPRINT_CHARS]})"
