"""Who calls, and how much they may ask for."""

from api.identity.caller import LOCAL, Caller, caller_of
from api.identity.middleware import Identity
from api.identity.sockets import count_frame, count_turn

__all__ = ["LOCAL", "Caller", "Identity", "caller_of", "count_frame", "count_turn"]
