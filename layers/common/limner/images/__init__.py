"""Sellers' files in, upright sRGB pictures and their encodings out (Pillow); hostile files go no further."""
