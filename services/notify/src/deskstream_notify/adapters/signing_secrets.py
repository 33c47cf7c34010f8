"""Signing secrets of webhooks: made here, stored encrypted, shown once.

Fernet (AES-128-CBC with HMAC-SHA256) of `cryptography`: it is authenticated, and its `MultiFernet`
reads what older keys wrote, so the key can be rotated without involving any subscriber.
"""

import base64
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, MultiFernet
from pydantic import SecretStr

_SECRET_SIZE_BYTES = 24


def new_signing_secret() -> SecretStr:
    """A random secret in the form of Standard Webhooks: `whsec_` and base64 of 24 bytes."""
    return SecretStr(f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_SIZE_BYTES)).decode()}")


class SecretCipher:
    """Encrypts with the first key, decrypts with any of them."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._fernet = MultiFernet([Fernet(key.get_secret_value()) for key in keys])

    def encrypt(self, secret: SecretStr) -> bytes:
        return self._fernet.encrypt(secret.get_secret_value().encode())

    def decrypt(self, encrypted: bytes) -> SecretStr:
        """The inverse of `encrypt`. Raises cryptography's `InvalidToken` when no key fits."""
        return SecretStr(self._fernet.decrypt(encrypted).decode())
