"""Live sessions: what happens between a socket and the agent."""

from api.live.connection import Connection
from api.live.rules import Rules
from api.live.sessions import LiveSessions

__all__ = ["Connection", "LiveSessions", "Rules"]
