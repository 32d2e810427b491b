"""Evals: what Attune is held to. Drives the agent through its public door."""
