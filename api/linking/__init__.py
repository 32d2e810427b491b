"""The connection of a client: it heals when it breaks, and everybody who listens hears every frame once."""

from api.linking.asking import Asking
from api.linking.link import Link, Listener
from api.linking.places import Place
from api.linking.turns import TurnEars

__all__ = ["Asking", "Link", "Listener", "Place", "TurnEars"]
