"""Many clients at once against a server of its own: what `attune bench load` measures."""

from api.load.bench import LoadPlan, bench_load
from api.load.figures import LoadBench, Spread
from api.load.fuzz import FuzzFigures, bench_fuzz

__all__ = ["FuzzFigures", "LoadBench", "LoadPlan", "Spread", "bench_fuzz", "bench_load"]
