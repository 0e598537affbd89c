"""The whole list."""

from faults.guards import access, database, ledger

GUARDS = (*ledger.GUARDS, *access.GUARDS, *database.GUARDS)
