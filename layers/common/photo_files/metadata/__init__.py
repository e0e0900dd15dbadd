"""Provenance and licence fields: found in a photo file, and written into every picture made of it."""
