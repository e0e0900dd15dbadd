"""Campaigns, the collections that they are for, and what is published of them."""
