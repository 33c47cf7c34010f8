"""Settings of the catcher, from the environment, prefix `DESK_CATCHER_`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65_535)]


class CatcherSettings(BaseSettings):
    """`folder` holds what was caught; `webhook_secret_file` the secret of the signatures.

    `token` lets a browser in, and a key of `api_keys_file` a program.
    """

    model_config = SettingsConfigDict(env_prefix="DESK_CATCHER_", frozen=True)

    host: str = "127.0.0.1"
    smtp_port: Port
    http_port: Port
    folder: Path
    webhook_secret_file: Path
    token: Annotated[SecretStr, Field(min_length=20)]
    api_keys_file: str
    mail_size_max_bytes: Annotated[int, Field(ge=1_024)] = 5_000_000
    webhook_size_max_bytes: Annotated[int, Field(ge=1_024)] = 1_000_000
    listed_max: Annotated[int, Field(ge=1, le=100_000)] = 1_000
