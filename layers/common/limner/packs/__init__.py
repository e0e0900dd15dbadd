"""Marketplace packs of the API: photos on the canvases of marketplaces, made by the stylizer in jobs of their
own."""
