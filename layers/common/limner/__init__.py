"""Limner's domain: what a photo is, where its objects live, what travels between the functions."""

__version__ = "0.1.0"
"""The project's version, stated here alone: pyproject.toml and the API read it. Changes: CHANGELOG.md."""
