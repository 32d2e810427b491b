"""The log: one line an event on standard error, as text or as JSON.

Of a conversation it holds ids, codes and times. What people say is in no line of level info or above, and secrets are
struck out of whatever third parties write into a message.
"""

from __future__ import annotations

import json
import logging
import logging.config
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from api.telemetry.context import ids

if TYPE_CHECKING:
    from api.settings import Settings

OURS: Final = ("agent", "api", "evals", "memory", "perception", "personas")
"""The loggers that the level is for. Libraries log from warning on: some log whole requests below that."""
STRUCK: Final = "***"

# our own keys (which begin with `attune_`), tokens, and what stands in a header of authorization
_SECRET: Final = re.compile(
    r"\battune_[0-9a-f]+_[\w-]{20,}"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
    r"|\bsk-[\w-]{8,}"
    r"|(?<=[Bb]earer )\S+",
    re.ASCII,
)


class _Formatter(logging.Formatter):
    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._known = sorted({secret for secret in secrets if len(secret) > 3}, key=len, reverse=True)

    def _clean(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, STRUCK)
        return _SECRET.sub(STRUCK, text)

    def _moment(self, record: logging.LogRecord) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class JsonFormatter(_Formatter):
    """An object a line: `time`, `level`, `logger`, `message`, the ids that are known, and `error` with its trace."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self._moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._clean(record.getMessage()),
            **ids(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = self._clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(_Formatter):
    """A line for a person; a trace follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        about = "".join(f" {name}={value}" for name, value in ids().items())
        text = f"{self._moment(record)} {record.levelname.lower()} {record.name}: {record.getMessage()}{about}"
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        # a line break in a message would pass for a line of the log
        first, *rest = self._clean(text).split("\n")
        return "\n".join([first.replace("\r", "\\r"), *(f"    {line}" for line in rest)])


def configure_logs(settings: Settings) -> None:
    """Set logging up for this process, as the settings want it."""
    kind = JsonFormatter if settings.log == "json" else TextFormatter
    values = (getattr(settings, name) for name in type(settings).model_fields)
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    level = settings.log_level.upper()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": kind, "secrets": secrets}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {name: {"level": level} for name in OURS},
        }
    )
