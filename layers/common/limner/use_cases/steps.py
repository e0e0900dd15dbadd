"""How the claimed steps of campaigns and packs are spaced."""

from datetime import timedelta

POLL_PAUSE = timedelta(seconds=15)
"""Until the next look at photos that are under way."""
SUSPENDED_PAUSE = timedelta(hours=1)
"""Until the next look at a tenant that is suspended."""
CLAIM = timedelta(minutes=5)
"""Longer than the function's timeout, which ends every step."""
