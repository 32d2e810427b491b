"""The terminal chat."""

from api.terminal.chat import Opening, run_chat

__all__ = ["Opening", "run_chat"]
