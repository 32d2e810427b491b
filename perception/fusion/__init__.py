"""Fusion: observations in, `Affect` out."""

from perception.fusion.conflicts import find_conflicts
from perception.fusion.override import Override
from perception.fusion.pooling import DEFAULT_POOLING, Pooling
from perception.fusion.weighted import fuse

__all__ = ["DEFAULT_POOLING", "Override", "Pooling", "find_conflicts", "fuse"]
