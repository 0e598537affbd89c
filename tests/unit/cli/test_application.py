"""The command line as a whole: every command is found, says what it does, and answers wrong use with one line."""

import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from tidegate import __version__
from tidegate.cli.application import COMMANDS, DONE, FAMILIES, GROUPS, Listed, main


def test_every_command_belongs_to_a_group_and_a_family() -> None:
    for listed in COMMANDS:
        assert listed.group in GROUPS
        family, _, _ = listed.words.rpartition(" ")
        assert not family or family in FAMILIES


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.words)
def test_the_summary_is_the_first_line_of_the_docstring(listed: Listed) -> None:
    module, _, name = listed.function.partition(":")
    function = getattr(importlib.import_module(f"tidegate.cli.{module}"), name)
    assert (inspect.getdoc(function) or "").splitlines()[0] == listed.summary


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda listed: listed.words)
def test_every_command_has_help_with_all_its_options(listed: Listed, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*listed.words.split(), "--help"]) == DONE
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert listed.summary in shown
    module, _, name = listed.function.partition(":")
    for option in options_of(getattr(importlib.import_module(f"tidegate.cli.{module}"), name)):
        assert f"--{option.replace('_', '-')}" in shown


def options_of(function: Callable[..., Any]) -> Iterator[str]:
    """The options of a command, those of a group one by one."""
    for parameter in inspect.signature(function).parameters.values():
        if is_dataclass(parameter.annotation):
            yield from (field.name for field in fields(parameter.annotation))
        elif parameter.kind is parameter.KEYWORD_ONLY and parameter.name != "parent":
            yield parameter.name


def test_the_list_of_commands_loads_none_of_them() -> None:
    code = (
        "import sys; from tidegate.cli import main; main(['--help']); "
        "sys.exit(any(name.split('.')[0] in ('psycopg', 'litestar', 'msgspec', 'xberg') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sail"], 'Unknown command "sail"'),
        (["jobs", "--colour"], "Unknown option"),
        (["jobs", "--state", "lost"], 'Invalid value "lost" for --state'),
        (["jobs", "--failure", "bad_luck"], "'bad_luck' is none of: source_unreachable"),
        (["jobs", "--limit", "many"], 'unable to convert "many" into int'),
        (["job", "17"], "'17' is not an id"),
        (["job"], "requires an argument"),
        (["retry", "\x1b[31m17"], "\ufffd[31m17' is not an id"),
        (["retry"], "name jobs by their ids, or what they have in common"),
        (["retry", "--failure", "document_empty"], "Say why"),
        (["retry", "--failure", "bad_luck", "--dry-run"], "'bad_luck' is none of"),
        (["acknowledge", "--reason", "known"], "name jobs by their ids"),
        (["acknowledge", "--attention", "unresolved", "--reason", " "], "Say why"),
        (["acknowledge", "17"], "--reason"),
        (["unacknowledge", "17"], "'17' is not an id"),
        (["jobs", "--failed-since", "soon"], "'soon' is no time; times look like 30m, 24h"),
        (["jobs", "--since", "9999-12-31"], "is no time"),
        (["jobs", "--since", "999999w"], "is no time"),
        (["jobs", "--source", "ether"], 'Invalid value "ether" for --source'),
        (["causes", "--window", "1y"], "'1y' is none of: 24h, 7d, 30d, all"),
        (["retries", "17"], "'17' is not an id"),
        (["retries", "--verdict", "lost"], "'lost' is none of: waiting, retried"),
        (["ingest"], "name what to ingest"),
        (["audit", "--action", "ingestion.sink"], "is none of: ingestion.submit"),
        (["token", "create", "--name", "x", "--scope", "ship:sail"], "'ship:sail' is none of"),
        (["person", "add", "eve"], "--role"),
        (["person", "role", "eve", "captain"], "captain"),
        (["up", "--workers", "-1"], "--workers takes 0 to"),
        (["up", "--port", "70000"], "a port is a number"),
        (["diagnostic", "D-7KQ2-M9XF-4TPA"], "--reason"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_status_2(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEGATE_DATABASE_URL", "postgresql://127.0.0.1:9/asked-for-nothing")
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("tidegate: ")
    assert shown.err.count("\n") == 1
    assert told in shown.err


def test_a_setting_that_does_not_parse_is_wrong_use(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEGATE_PORT", "harbour")
    assert main(["config"]) == 2
    assert capsys.readouterr().err == "tidegate: TIDEGATE_PORT has an unusable value: Port that the server listens on.\n"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == DONE
    assert capsys.readouterr().out == f"{__version__}\n"
