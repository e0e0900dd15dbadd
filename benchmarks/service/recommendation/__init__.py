"""Recommendations in a simulated shop whose visitors' preferences are known."""
