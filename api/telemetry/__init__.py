"""What an operator sees of a running server: figures, traces, logs. None of it holds what people say."""

from api.telemetry.metrics import Metrics
from api.telemetry.requests import Requests
from api.telemetry.watching import ServerWatcher, watched

__all__ = ["Metrics", "Requests", "ServerWatcher", "watched"]
