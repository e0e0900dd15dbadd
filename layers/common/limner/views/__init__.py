"""Request and response models of the HTTP API, and how they are built from the domain."""
