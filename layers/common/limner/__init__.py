"""Limner's domain: what a photo is, where its objects live, what travels between the functions."""
