"""The checks behind `attune doctor`."""

from api.checkup.checks import examine
from api.checkup.finding import Finding

__all__ = ["Finding", "examine"]
