"""A service's report of its own health."""

import http.client
import json
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from deskstream_localstack.part import LOOPBACK

TIMEOUT_S = 1.0
ANSWER_MAX_BYTES = 65_536


class ServiceReadiness(BaseModel):
    """The answer to GET /health/working.

    `ready`: it can answer HTTP; `working`: its log moves. `troubles` keep it from that; `warnings`
    somebody should fix although the work is done.
    """

    model_config = ConfigDict(frozen=True)

    ready: bool
    working: bool
    troubles: dict[str, str] = {}
    warnings: dict[str, str] = {}

    @classmethod
    def read(cls, port: int) -> Self:
        """Ask on a loopback port; what does not answer within a second does not work."""
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", "/health/working")
            response = connection.getresponse()
            working = response.status == http.HTTPStatus.OK
            body = response.read(ANSWER_MAX_BYTES)
        except (OSError, http.client.HTTPException) as error:
            why = {"http": f"no answer ({type(error).__name__})"}
            return cls(ready=False, working=False, troubles=why)
        finally:
            connection.close()
        try:
            return cls.model_validate({"ready": working, **json.loads(body), "working": working})
        except (ValueError, TypeError, ValidationError):
            # Whatever else answers there (a part of another make) says all by its status.
            return cls(ready=working, working=working)
