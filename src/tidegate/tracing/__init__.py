"""Tracing: what one submission does, from the request to the last step of its attempt, as spans of one trace."""
