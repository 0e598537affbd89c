"""The one door: everything that changes anything goes through `perform`."""
