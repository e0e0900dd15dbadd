"""Marketplace packs: the published rules of marketplaces as profiles, and verdicts of pictures by rule."""
