"""Many clients at once against a server of its own: what `attune bench load` measures."""

from api.load.bench import LoadPlan, bench_load
from api.load.figures import LoadBench, Spread

__all__ = ["LoadBench", "LoadPlan", "Spread", "bench_load"]
