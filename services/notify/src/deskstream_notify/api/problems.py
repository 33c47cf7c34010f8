"""The problems our routes answer besides those of every route, for their OpenAPI document."""

from typing import Any

from deskstream_runtime.http.problems import MEDIA_TYPE, ProblemDocument


def also_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of further problem documents."""
    return {status: {"model": ProblemDocument, "content": {MEDIA_TYPE: {}}} for status in statuses}
