"""The command line: `attune`."""

from api.cli.app import main

__all__ = ["main"]
