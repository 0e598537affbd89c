"""The fault harness: a workload of real documents under seeded faults, and a check of its history afterwards.

`python -m faults --count 200` uses a PostgreSQL of its own; `--database-url` takes yours (a superuser's address; a database
is made in it and dropped at the end). See docs/explanation/reliability.md.
"""
