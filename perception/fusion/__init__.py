"""Fusion: observations in, `Affect` out."""

from perception.fusion.conflicts import find_conflicts
from perception.fusion.weighted import fuse

__all__ = ["find_conflicts", "fuse"]
