"""Conversion of pictures of any encoding to 8-bit sRGB."""
