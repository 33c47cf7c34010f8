"""The signature check of received webhooks (https://www.standardwebhooks.com)."""

from collections.abc import Mapping
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

from deskstream_cli.stack.secret_file import write_secret


class WrongSignatureError(Exception):
    """The webhook was not signed with the secret, too long ago, or not at all."""


class InvalidSecretError(Exception):
    """The text is no Standard Webhooks secret (`whsec_` and base64)."""


class WebhookSecret:
    """The secret in a file, which a subscriber may replace by the one that it was given."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._webhook = _webhook(path.read_text().strip())

    def replace(self, secret: str) -> None:
        """Check with this secret from now on.

        Raises InvalidSecretError, and keeps the old secret then.
        """
        self._webhook = _webhook(secret)
        write_secret(self._path, f"{secret}\n")

    def verify(self, body: bytes, headers: Mapping[str, str]) -> str:
        """Return the webhook's id. Raises WrongSignatureError."""
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            # ValueError: a body that is no UTF-8, or a signature header that is no base64.
            raise WrongSignatureError(str(error)) from error
        return headers["webhook-id"]


def _webhook(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except Exception as error:
        # The library raises what its decoder raises, and an error of its own for an empty secret.
        raise InvalidSecretError("A webhook secret is `whsec_` and base64.") from error
