"""The settings of `ai`, from the environment with the prefix `DESK_`."""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from deskstream_runtime.settings import Seconds, ServiceSettings


class OpenAISettings(BaseModel):
    """Address, credentials and limits of a model behind the OpenAI API. Times are in seconds."""

    model_config = ConfigDict(frozen=True)

    base_url: HttpUrl
    api_key: SecretStr
    model: str
    timeout_s: float
    answer_tokens_max: int
    failures_max: int
    pause_s: float


class ModelSettings(BaseSettings):
    """Which model answers, and its settings."""

    model_config = SettingsConfigDict(
        env_prefix="DESK_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    ai_model: Literal["local", "openai"] = "local"
    ai_openai_base_url: HttpUrl = HttpUrl("https://api.openai.com/v1")
    ai_openai_api_key: SecretStr | None = None
    ai_openai_model: str | None = None
    ai_openai_timeout_s: Seconds = 15.0
    ai_openai_answer_tokens_max: Annotated[int, Field(ge=64, le=16_384)] = 1_500
    ai_openai_failures_max: Annotated[int, Field(ge=1)] = 5
    ai_openai_pause_s: Seconds = 30.0

    @field_validator("ai_openai_api_key")
    @classmethod
    def _key_fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        """Refuses at start a key that was copied wrong and could not even be sent."""
        text = key.get_secret_value() if key else ""
        if not all("!" <= character <= "~" for character in text):
            raise ValueError("holds a space, a line break or a character that no key has")
        return key if text else None

    @model_validator(mode="after")
    def _openai_is_complete(self) -> Self:
        if self.ai_model == "openai" and not (self.ai_openai_api_key and self.ai_openai_model):
            raise ValueError(
                "DESK_AI_MODEL is openai: set DESK_AI_OPENAI_API_KEY and DESK_AI_OPENAI_MODEL too"
            )
        return self

    def openai(self) -> OpenAISettings | None:
        """The settings of the OpenAI adapter, if it is chosen."""
        if self.ai_model != "openai" or not (self.ai_openai_api_key and self.ai_openai_model):
            return None
        names = OpenAISettings.model_fields
        return OpenAISettings(**{name: getattr(self, f"ai_openai_{name}") for name in names})


class Settings(ServiceSettings, ModelSettings):
    ai_understand_concurrency_max: Annotated[int, Field(ge=1, le=256)] = 32
    ai_analyse_concurrency_max: Annotated[int, Field(ge=1, le=256)] = 4
    ai_draft_concurrency_max: Annotated[int, Field(ge=1, le=256)] = 8
    ai_confidence_low: Annotated[float, Field(ge=0, le=1)] = 0.4
