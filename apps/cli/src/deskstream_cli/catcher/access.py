"""Access to caught mails: on a shared machine they are private."""

import secrets

from fastapi import HTTPException, Request, Response, status
from fastapi.responses import RedirectResponse

from deskstream_runtime.http.api_keys import ApiKeys
from deskstream_runtime.http.auth import secret_of
from deskstream_runtime.http.scopes import Scope

SCOPE: Scope = "catcher:use"
HOW = (
    "Open the link that `desk up` prints, or send an API key of this stack that allows "
    f"{SCOPE}, as `Authorization: Bearer <key>` or `X-API-Key: <key>`."
)


class Access:
    """Lets in programs with an API key, and browsers that came by the link once.

    The link carries a token, which a cookie keeps from then on. Browsers send a cookie to every
    port of a host, so its name holds ours, and it opens nothing but this page.
    """

    def __init__(self, api_keys: ApiKeys, token: str, port: int) -> None:
        self._api_keys = api_keys
        self._token = token.encode()
        self._cookie = f"desk_catcher_{port}"

    async def __call__(self, request: Request) -> None:
        """A route's dependency: 401 unless the request carries a key or the cookie."""
        key = secret_of(request.headers)
        principal = self._api_keys.principal(key) if key else None
        if principal is not None and SCOPE in principal.scopes:
            return
        if not self._is_token(request.cookies.get(self._cookie, "")):
            raise HTTPException(
                status.HTTP_401_UNAUTHORIZED, HOW, headers={"WWW-Authenticate": "Bearer"}
            )

    def enter(self, token: str) -> Response:
        """Where the link leads: to the page, with the cookie. 401 for a wrong token."""
        if not self._is_token(token):
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, HOW)
        answer = RedirectResponse("/", status.HTTP_303_SEE_OTHER)
        answer.set_cookie(self._cookie, token, httponly=True, samesite="lax")
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token)
