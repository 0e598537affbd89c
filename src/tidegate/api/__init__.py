"""The HTTP API: JSON in, JSON or a problem out. `routes.py` shows all of it."""
