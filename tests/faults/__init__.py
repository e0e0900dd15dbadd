"""Fault injection: named faults on the deployed handlers, adapters and contracts, each with its expected end."""
