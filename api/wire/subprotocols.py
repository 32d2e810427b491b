"""The WebSocket subprotocols."""

from __future__ import annotations

from typing import Final

PROTOCOL: Final = "attune.v1"
"""The WebSocket subprotocol that the server speaks."""
KEY_PROTOCOL: Final = "attune.key."
"""Before a key or a token, as a second subprotocol: pages cannot set headers of a WebSocket."""
