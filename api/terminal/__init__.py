"""The terminal chat; `remote` holds the one through a server, whose client an agent of one's own does not need."""

from api.terminal.chat import Opening, run_chat

__all__ = ["Opening", "run_chat"]
