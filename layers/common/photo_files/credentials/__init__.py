"""Content Credentials (C2PA): read from an upload, and signed into every picture made of it."""
