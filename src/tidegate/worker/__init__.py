"""The worker: takes tickets, runs pipelines, renews its lease, and repairs what others left behind."""
