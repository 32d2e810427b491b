"""Settings: the one place where the environment is read.

Every field can be set as an environment variable with the prefix `ATTUNE_` (`ATTUNE_BASE_URL`), or in a file `.env`
in the working directory. An empty value means the default, except for a sense, which it turns off.
"""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from api.errors import SettingsInvalid
from perception.models.policy import WeightsPolicy

SENSES: Final = ("vision", "audio", "text")
"""The settings that may be empty: such a sense is off."""
SECRETS: Final = frozenset({"api_key", "vision_key", "jwt_secret"})
"""The settings whose values are never shown."""


Seconds = Annotated[float, Field(gt=0)]


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
    weights_policy: WeightsPolicy = "any"
    """`commercial` refuses models that are non-commercial, shipped ones too; `attune doctor` names those."""
    vision: str | None = "embedded"
    """Name of the vision perceiver (`embedded`, `deepface`, `mllm`); empty disables the sense."""
    vision_url: str | None = None
    """For `mllm`: an OpenAI-compatible endpoint that can see, such as http://127.0.0.1:8001/v1; it gets the faces."""
    vision_model: str | None = None
    """For `mllm`: model name at that endpoint, such as Qwen/Qwen2.5-VL-7B-Instruct."""
    vision_key: SecretStr | None = None
    """For `mllm`: the endpoint's key."""
    deepface_detector: Literal["opencv", "ssd", "yunet", "centerface", "retinaface"] = "opencv"
    """For `deepface`: its face detector."""
    audio: str | None = "embedded"
    """Name of the audio perceiver; empty disables the sense."""
    text: str | None = "embedded"
    """Name of the text perceiver; empty disables the sense."""
    translate: bool = False
    """Have the chat model translate words that are neither English nor Chinese, so that they can be felt."""
    retain_days: int | None = Field(default=None, ge=1, le=36500)
    """Days a turn is kept: what is older is deleted when an agent opens, and once a day. By default, for good."""
    sense_timeout: float = Field(default=10.0, gt=0)
    """Seconds a sense may take in one turn; a later one is left out of it."""
    sense_timeouts: Annotated[dict[Literal["vision", "audio", "text", "speech"], Seconds], NoDecode] = Field(default={})
    """Others for some senses, with commas between them: vision=2, speech=20 (writing down what was said has the length
    of the recording on top)."""
    tool_mode: Literal["planned", "model"] = "planned"
    """In mode `model` the chat model is given the perception tools too and may look again by itself; it has to be an
    endpoint whose model calls tools."""
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
    origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Web pages that may use the server beside its own, with commas between them: https://attune.example.org."""
    keys_file: Path | None = None
    """Where `attune keys` keeps API keys; by default `keys.json` beside the database."""
    jwt_secret: SecretStr | None = None
    """Take JSON Web Tokens signed with HS256 and this secret of at least 32 bytes; `sub` is the user."""
    jwt_public_key_file: Path | None = None
    """Or those signed for a public key in PEM: RSA (RS256), P-256 (ES256) or Ed25519 (EdDSA)."""
    jwt_jwks_url: str | None = None
    """Or those of an identity provider that publishes its keys there; needs an audience."""
    jwt_audience: str | None = None
    """The `aud` that a token must have."""
    jwt_issuer: str | None = None
    """The `iss` that a token must have."""
    allow_anonymous: bool = False
    """Serve other addresses than loopback without keys. Whoever reaches the server may then do anything, under any
    name: only behind a proxy that asks who calls."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks of proxies whose X-Forwarded-For is believed, with commas between them: 10.0.0.0/8."""
    requests_per_minute: int | None = Field(default=None, ge=0)
    """HTTP requests of one key, and four times as many of one address; 0 for any number. By default 600, and any
    number on loopback without keys; so for the three that follow."""
    handshakes_per_minute: int | None = Field(default=None, ge=0)
    """New WebSockets, likewise; by default 300."""
    turns_per_minute: int | None = Field(default=None, ge=0)
    """Turns of conversations, likewise; by default 120."""
    frames_per_second: int | None = Field(default=None, ge=0)
    """Frames of one WebSocket; by default 200."""
    failed_logins_per_minute: int = Field(default=20, ge=1)
    """Wrong keys and tokens from one address."""
    connections: int = Field(default=1200, ge=1)
    """Open connections in all."""
    connections_per_address: int | None = Field(default=None, ge=1)
    """Open connections of one address; by default 100, and any number from loopback and from trusted proxies."""
    request_timeout: float = Field(default=15.0, gt=0)
    """Seconds a client has to send the head of a request, and to send each further piece of its body."""
    body_timeout: float = Field(default=120.0, gt=0)
    """Seconds a client has to send the whole body of a request."""
    start_timeout: float = Field(default=60.0, gt=0)
    """Seconds after which a WebSocket is closed that has begun no session."""
    log: Literal["text", "json"] = "text"
    """How the server writes its log on standard error: for people, or an object a line."""
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """From which level on; `info` has a line for each request and turn, and never what was said."""
    open_metrics: bool = False
    """Show `/metrics` and `/ready` to callers without a key too, where keys are asked for."""
    traces: str | None = None
    """Spans of each turn, node and tool: `console`, or an OTLP endpoint such as http://127.0.0.1:4318; needs the extra
    `telemetry`."""
    busy: Literal["reject", "queue", "interrupt"] = "reject"
    """What becomes of a message that comes while a turn runs: it is refused, waits for its turn (four may), or stops
    the turn. A client may choose for its session."""
    idle_timeout: float = Field(default=3600.0, ge=0)
    """Seconds a client of the WebSocket may be silent while no turn runs; 0 for any time. It can resume."""
    session_limit: float = Field(default=86_400.0, ge=0)
    """Seconds a session of the WebSocket may last in all; 0 for any time."""
    resume_hours: float = Field(default=24.0, gt=0)
    """Hours since its last turn in which a session can be resumed, also after the server was started anew."""
    live_rate: float = Field(default=10.0, gt=0, le=60)
    """Observations a second of the live link, at most, for each session."""

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, given: Any) -> Any:
        """A line `ATTUNE_LANG=` in a file is a setting left open."""
        blank = {name for name, value in given.items() if isinstance(value, str) and not value.strip()}
        kept = {name: value for name, value in given.items() if name not in blank}
        return kept | dict.fromkeys(blank.intersection(SENSES))

    @field_validator("data_dir", "personas_dir", "keys_file", "jwt_public_key_file")
    @classmethod
    def _expand_home(cls, path: Path | None) -> Path | None:
        try:
            return path.expanduser() if path else None
        except RuntimeError as error:
            raise ValueError("nobody of that name has a home folder here; write the whole path") from error

    @field_validator("personas_dir")
    @classmethod
    def _is_folder(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_dir():
            raise ValueError("there is no such folder; make it, or leave the setting empty")
        return path

    @field_validator("traces")
    @classmethod
    def _leads_somewhere(cls, where: str | None) -> str | None:
        if where is not None and where != "console" and not re.match(r"https?://[^/]", where):
            raise ValueError("write console, or the address of an OTLP endpoint, such as http://127.0.0.1:4318")
        return where

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"{proxy!r} is no address and no network; write 10.0.0.1 or 10.0.0.0/8") from error
        return proxies

    @field_validator("origins", "trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """A list may be written as JSON or with commas."""
        if not isinstance(value, str):
            return value
        if not value.lstrip().startswith("["):
            return tuple(origin for part in value.split(",") if (origin := part.strip()))
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError("not a JSON list; write the values with commas between them") from error

    @field_validator("sense_timeouts", mode="before")
    @classmethod
    def _paired(cls, value: Any) -> Any:
        """A map may be written as JSON, or as names with values."""
        if not isinstance(value, str):
            return value
        if not value.lstrip().startswith("{"):
            pairs = [part.partition("=") for part in value.split(",") if part.strip()]
            return {name.strip(): seconds.strip() for name, _, seconds in pairs}
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError("not a JSON object; write vision=2, speech=20") from error

    def patience(self, sense: str) -> float:
        """Seconds one sense may take in one turn."""
        own = (seconds for name, seconds in self.sense_timeouts.items() if name == sense)
        return next(own, self.sense_timeout)

    @property
    def database(self) -> Path:
        """The SQLite file of the conversations."""
        return self.data_dir / "attune.sqlite3"

    @property
    def keys(self) -> Path:
        """The file of the API keys."""
        return self.keys_file or self.data_dir / "keys.json"


def load_settings() -> Settings:
    """Read the environment and `.env`.

    Raises:
        SettingsInvalid: a value is not what it should be; the message names each variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(_explain(detail) for detail in error.errors())
        raise SettingsInvalid(f"{wrong}. Correct the environment or the file .env") from error
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(
            f"cannot read the settings ({error}); correct the environment or the file .env"
        ) from error


def _explain(detail: ErrorDetails) -> str:
    """Which variable is wrong, and why; the value too, unless it may hold a secret."""
    reason = detail["msg"].removeprefix("Value error, ")
    reason = reason[:1].lower() + reason[1:]
    if not detail["loc"]:
        return reason
    name = str(detail["loc"][0])
    shown = "" if name in SECRETS else f"={detail['input']!r}"
    return f"ATTUNE_{name.upper()}{shown}: {reason}"
