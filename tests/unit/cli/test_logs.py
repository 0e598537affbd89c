"""What libraries log is told by template: what they fill in may be secret."""

import logging

import pytest

from tidegate.cli.logs import UNSHOWN, LibraryLine, start_logging
from tidegate.settings import SettingError, Settings


def record(message: str, *filled: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, None) if error else None
    return logging.LogRecord("psycopg.pool", logging.WARNING, "pool.py", 1, message, filled, info)


def test_nothing_that_was_filled_in_is_logged() -> None:
    line = LibraryLine().format(record('error "connecting" in %r: %s\n', "pool-1", "hunter2", error=OSError("hunter2")))
    assert line.endswith("""level=warning event="error 'connecting' in %r: %s" logger=psycopg.pool error=OSError""")
    assert "hunter2" not in line


def test_a_message_that_was_put_together_before_is_not_logged_and_one_of_the_source_is() -> None:
    made = logging.getLogger("a.library").makeRecord("a.library", logging.ERROR, __file__, 7, "open " + "sesame", (), None)
    assert "sesame" not in LibraryLine().format(made)
    assert f'event="{UNSHOWN}" logger=a.library place={__file__}:7' in LibraryLine().format(made)
    constant = logging.getLogger("a.library").makeRecord("a.library", logging.ERROR, __file__, 7, "It is broken.", (), None)
    assert 'event="It is broken." logger=a.library' in LibraryLine().format(constant)


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingError, match="it takes debug, info, warning, error"):
        start_logging(Settings(log_level="loud"))
