"""Certificates for signing pictures: an own authority on this machine, for local keys and keys in AWS KMS."""
