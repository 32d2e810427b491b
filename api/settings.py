"""Settings: the one place where the environment is read.

Every field can be set as an environment variable with the prefix `ATTUNE_` (`ATTUNE_BASE_URL`), or in a file `.env`
in the working directory.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.errors import SettingsInvalid


def _data_dir() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("attune"))


class Settings(BaseSettings):
    """What an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix="ATTUNE_", env_file=".env", extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    data_dir: Path = Field(default_factory=_data_dir)
    """Where the database lives."""
    personas_dir: Path | None = None
    """A folder of your own persona YAML files."""
    base_url: str | None = None
    """An OpenAI-compatible endpoint, such as https://api.deepseek.com/v1; without one the embedded model answers."""
    api_key: SecretStr | None = None
    """For that endpoint."""
    model: str | None = None
    """Model name at that endpoint, such as deepseek-chat."""
    embedded_model: str | None = None
    """A name of the model manifest, or the path of a GGUF file."""
    deployment_context: Literal["personal", "research", "support", "healthcare", "workplace", "education", "hiring"] = (
        "personal"
    )
    """What Attune is used for; in the last three no emotion is read from faces or voices (EU AI Act Art. 5(1)(f))."""
    weights_policy: Literal["any", "commercial"] = "any"
    """`commercial` refuses weights whose licence is non-commercial."""
    vision: str | None = "embedded"
    """Name of the vision perceiver; empty disables the sense."""
    audio: str | None = "embedded"
    """Name of the audio perceiver; empty disables the sense."""
    text: str | None = "embedded"
    """Name of the text perceiver; empty disables the sense."""
    sense_timeout: float = Field(default=10.0, gt=0)
    """Seconds a sense may take in one turn."""
    chat_timeout: float = Field(default=60.0, gt=0)
    """Seconds the endpoint may be silent."""
    lang: Literal["en", "zh"] | None = None
    """Language of what people see; by default that of the terminal or of the client."""
    locale: str | None = None
    """BCP 47 tag for crisis resources, such as en-GB."""
    host: str = "127.0.0.1"
    """Address to serve on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to serve on; 0 takes a free one."""
    origins: tuple[str, ...] = ()
    """Web pages that may use the server beside its own, as JSON: ["https://attune.example.org"]."""

    @property
    def database(self) -> Path:
        """The SQLite file of the conversations."""
        return self.data_dir / "attune.sqlite3"


def load_settings() -> Settings:
    """Read the environment and `.env`.

    Raises:
        SettingsInvalid: a value is not what it should be; the message names each variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"ATTUNE_{str(e['loc'][0]).upper()}={e.get('input')!r}: {e['msg'].lower()}" for e in error.errors()
        )
        raise SettingsInvalid(f"{wrong}. Correct the environment or the file .env") from error
