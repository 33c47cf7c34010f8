"""The secret that the catcher checks webhook signatures with until a subscriber sets another."""

import base64
import secrets

from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.secret_file import write_secret

SECRET_SIZE_BYTES = 32


def ensure_webhook_secret(folder: DataFolder) -> None:
    """Create the secret once, in the form of the Standard Webhooks specification."""
    if not folder.webhook_secret.exists():
        secret = base64.b64encode(secrets.token_bytes(SECRET_SIZE_BYTES)).decode()
        write_secret(folder.webhook_secret, f"whsec_{secret}\n")
