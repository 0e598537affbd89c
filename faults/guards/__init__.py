"""Every guard of ours, each taken away once: `python -m faults.guards` tells whether a test notices. A list, not a search."""
