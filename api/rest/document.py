"""The OpenAPI document: beside the routes, how a caller says who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fastapi import FastAPI

_SCHEMES: Final[dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of `attune keys`, or a JSON Web Token."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}
_EITHER: Final[list[dict[str, list[str]]]] = [{}, {"bearer": []}, {"key": []}]
"""On its own machine a server without keys asks nobody."""


def describe(app: FastAPI) -> None:
    """Add to the document of an application how callers are known."""
    routes = app.openapi

    def document() -> dict[str, Any]:
        found = routes()
        found.setdefault("components", {})["securitySchemes"] = _SCHEMES
        found["security"] = _EITHER
        return found

    app.openapi = document  # type: ignore[method-assign]
