"""A warning about a Python whose standard library writes e-mail headers unsafely."""

import sys

import structlog

_log = structlog.get_logger()

# The first patch level of each version without CVE-2024-6923; later versions never had it.
_SAFE_SINCE = {(3, 11): 10, (3, 12): 5}


def is_unsafe(version: tuple[int, int, int]) -> bool:
    """Whether this Python writes line breaks found in encoded words into headers."""
    major, minor, patch = version
    return patch < _SAFE_SINCE.get((major, minor), 0)


async def warn_of_python() -> None:
    """Warns once, when the service starts: our mails are safe, those of other code may not be."""
    if is_unsafe(sys.version_info[:3]):
        _log.warning(
            "python.unsafe",
            version=".".join(map(str, sys.version_info[:3])),
            why="CVE-2024-6923 (e-mail headers); mails of this service do not depend on it",
            advice="update to Python 3.11.10, 3.12.5, 3.13 or newer",
        )
