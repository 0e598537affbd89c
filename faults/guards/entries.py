"""The whole list."""

from faults.guards import access, database, ledger, sources

GUARDS = (*ledger.GUARDS, *access.GUARDS, *database.GUARDS, *sources.GUARDS)
