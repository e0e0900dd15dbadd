"""Validates and decodes sellers' files, makes upright sRGB pictures and encodes them (Pillow)."""
