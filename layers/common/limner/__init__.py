"""Limner's domain (photos, object keys, messages between the functions) and its AWS adapters."""

__version__ = "0.1.0"
"""The project's version, defined only here: pyproject.toml and the API read it. Changes: CHANGELOG.md."""
