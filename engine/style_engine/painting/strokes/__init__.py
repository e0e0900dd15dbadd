"""Paintings from discrete strokes."""
