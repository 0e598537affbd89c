"""Pictures of every screen over the made-up day of a harbour office: `make screens`."""
