"""What an operator sees of a running server: figures, traces, logs. None of it holds what people say."""

from api.telemetry.metrics import Metrics

__all__ = ["Metrics"]
