"""Every error as one line and an exit status. Texts of foreign exceptions are never shown: they may carry secrets."""

import os

from psycopg import DatabaseError, OperationalError
from psycopg_pool import PoolTimeout

from tidegate.cli.application import FAILED, WRONG_USE
from tidegate.db.connect import PooledLogin
from tidegate.db.migrate import MigrationChanged, SchemaBehind
from tidegate.domain.refusals import Refusal
from tidegate.embedded import EmbeddedDatabaseError
from tidegate.pipeline.registry import BadPipeline
from tidegate.settings import SettingError


class WrongUse(Exception):
    """The command was not given what it needs; the message says what."""


class Failed(Exception):
    """The command could not do its work; the message says why, and what to do."""


def told(error: Exception) -> tuple[str, int]:
    """Return the line to show and the exit status."""
    match error:
        case Refusal():
            return _refusal(error), WRONG_USE
        case WrongUse() | SettingError():
            return str(error), WRONG_USE
        case _:
            return _failure(error), FAILED


def _refusal(refusal: Refusal) -> str:
    known = refusal.facts.get("known")
    return f"{refusal.message} Known: {known}." if known else refusal.message


def _failure(error: Exception) -> str:
    match error:
        case Failed() | EmbeddedDatabaseError():
            line = str(error)
        case OperationalError() | PoolTimeout():
            line = "the database does not answer; `tidegate doctor` looks into it"
        case DatabaseError():
            line = f"the database refused this ({type(error).__name__}); `tidegate doctor` looks into it"
        case MigrationChanged():
            line = f"migration {error} is not the one that the database was made with; run the version that made it"
        case SchemaBehind():
            line = f"the database lacks migration {error}, which only its owner may apply: run `tidegate migrate` as the owner"
        case PooledLogin():
            line = f"the database's address leads through a pooler, so it must sign in as {error}"
        case BadPipeline():
            line = f"a module in TIDEGATE_PIPELINES cannot be used: {error}"
        case ImportError():
            line = f"a module is missing: {error.name}; check TIDEGATE_PIPELINES and the installation"
        case OSError(strerror=str() as reason):
            line = f"{reason}: {os.fsdecode(error.filename)}" if error.filename else reason
        case _:
            line = f"an unexpected {type(error).__name__}; TIDEGATE_LOG_LEVEL=debug shows where"
    return line
