"""`tidegate config` shows what is set and never a secret."""

import json

import pytest

from tidegate.cli.config import config


def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TIDEGATE_OIDC_CLIENT_SECRET", "hush-hush")
    monkeypatch.setenv("TIDEGATE_DATABASE_URL", "postgresql://me:hush-hush@db/tidegate")
    config(json=True)
    told = capsys.readouterr().out
    values = {row["variable"]: row["value"] for row in json.loads(told)}
    assert "hush-hush" not in told
    assert values["TIDEGATE_OIDC_CLIENT_SECRET"] == "***"
    assert values["TIDEGATE_DATABASE_URL"] == "postgresql://me:***@db/tidegate"
    monkeypatch.setenv("TIDEGATE_OIDC_CLIENT_SECRET", "")
    config(json=True)
    values = {row["variable"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert values["TIDEGATE_OIDC_CLIENT_SECRET"] == ""
