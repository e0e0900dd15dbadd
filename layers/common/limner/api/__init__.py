"""The HTTP API: a router for each resource, and one module each for identity, problems and headers.

functions/storefront/app.py assembles them. FastAPI is a requirement of that function alone, so nothing else
of the layer imports this package.
"""
