"""Looks for millions of photos that are there, by workers of their own."""
