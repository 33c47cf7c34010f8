"""What a service says of its own health."""

import http.client
import json
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from deskstream_localstack.part import LOOPBACK

TIMEOUT_S = 1.0
ANSWER_MAX_BYTES = 65_536


class ServiceReadiness(BaseModel):
    """The answer to GET /health/ready.

    `troubles` keep it from its work; `warnings` somebody should mend though the work is done.
    """

    model_config = ConfigDict(frozen=True)

    ready: bool
    troubles: dict[str, str] = {}
    warnings: dict[str, str] = {}

    @classmethod
    def read(cls, port: int) -> Self:
        """Ask on a loopback port; what does not answer within a second is not ready."""
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", "/health/ready")
            response = connection.getresponse()
            ready = response.status == http.HTTPStatus.OK
            body = response.read(ANSWER_MAX_BYTES)
        except (OSError, http.client.HTTPException) as error:
            return cls(ready=False, troubles={"http": f"no answer ({type(error).__name__})"})
        finally:
            connection.close()
        try:
            return cls.model_validate({**json.loads(body), "ready": ready})
        except (ValueError, TypeError, ValidationError):
            # Whatever else answers there (a part of another make) says all by its status.
            return cls(ready=ready)
