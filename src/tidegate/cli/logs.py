"""Logging of the running program: lines of key=value on stderr, everything below the chosen level left out.

An error is told by its type and its places in the code, at every level and whoever tells it: what it says may be secret.
"""

import asyncio
import linecache
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType

import structlog

from tidegate.settings import SettingError, Settings

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
DEBUG = "debug"


UNSHOWN = "a message that is not shown"
PLACES = 8
"""Innermost code positions of an error that are told."""


class LibraryLine(logging.Formatter):
    """A library's record by its template and the error's type: what is filled in may carry addresses, secrets and rows.

    A message that was put together before it was logged has no template: its place in the code is told instead.
    """

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        event = " ".join(str(record.msg).replace('"', "'").split())
        place = ""
        if not record.args and not _is_in_its_source(record):
            event, place = UNSHOWN, f" place={record.pathname}:{record.lineno}"
        error = f" error={record.exc_info[0].__name__}" if record.exc_info and record.exc_info[0] else ""
        return f'timestamp={at} level={record.levelname.lower()} event="{event}" logger={record.name}{place}{error}'


def _is_in_its_source(record: logging.LogRecord) -> bool:
    """Tell whether a message stands word for word in the module that logs it, so that nothing was filled in."""
    return f'"{record.msg}"' in "".join(linecache.getlines(record.pathname)).replace("'", '"')


def start_logging(settings: Settings, *, at_least: str = DEBUG) -> None:
    """Log to stderr at the settings' level, or at `at_least` where that is higher; libraries are heard from WARNING on.

    Errors that nobody catches, in a thread or a destructor, and warnings are logged too, as errors are. Raises SettingError
    for a level that does not exist.
    """
    chosen = settings.log_level.lower()
    if chosen not in LEVELS:
        raise SettingError(f"TIDEGATE_LOG_LEVEL has an unusable value: it takes {', '.join(LEVELS)}")
    level = LEVELS[chosen] if chosen == DEBUG else max(LEVELS[chosen], LEVELS[at_least])
    _hear_libraries(level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], drop_missing=True, bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # the stderr of that moment: another may be closed
        cache_logger_on_first_use=False,
    )
    threading.excepthook = lambda lost: _report("thread_broke", lost.exc_type, lost.exc_traceback)
    sys.unraisablehook = lambda lost: _report("destructor_broke", lost.exc_type, lost.exc_traceback)


def _hear_libraries(level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LibraryLine())
    handler.addFilter(_is_news)
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    logging.captureWarnings(capture=True)


def _report(event: str, kind: type[BaseException], trace: TracebackType | None) -> None:
    """Log what nobody caught: Python itself would print its text."""
    frames = traceback.extract_tb(trace)[-PLACES:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    structlog.get_logger("tidegate").error(event, error=kind.__name__, places=places)


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn says when live streams are cut at a stop: it is how they always end."""
    is_cut = bool(record.exc_info and record.exc_info[0] and issubclass(record.exc_info[0], asyncio.CancelledError))
    return not is_cut and not str(record.msg).startswith("Cancel %s running task(s)")
