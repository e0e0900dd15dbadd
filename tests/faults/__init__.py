"""A laboratory of named faults: each is let loose on the real handlers, adapters and contracts, and must come to rest."""
