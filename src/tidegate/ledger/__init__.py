"""The ledger: the truth about every job. Reads, writes and the feed of changes."""
