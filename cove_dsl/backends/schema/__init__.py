"""Tool schemas: what a model is told it can call."""

from .emit import SchemaBackend, emit, tool_schemas

__all__ = ["SchemaBackend", "emit", "tool_schemas"]
