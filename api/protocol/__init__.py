"""Documents of the wire, made from its models: an AsyncAPI description and TypeScript types."""

from api.protocol.asyncapi import asyncapi_document, asyncapi_yaml
from api.protocol.frames import JsonSchema, WireSchemas, frame_type, wire_schemas
from api.protocol.typescript import typescript_module

__all__ = [
    "JsonSchema",
    "WireSchemas",
    "asyncapi_document",
    "asyncapi_yaml",
    "frame_type",
    "typescript_module",
    "wire_schemas",
]
