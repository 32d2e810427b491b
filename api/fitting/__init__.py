"""`attune fit-fusion`: how far to trust each sense, out of labelled rows."""

from api.fitting.run import FitOrders, run_fit

__all__ = ["FitOrders", "run_fit"]
