"""Calls that leave this machine: guarded addresses, and webhooks that are signed."""
