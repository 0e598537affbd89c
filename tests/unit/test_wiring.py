"""What is installed for some only: nothing else asks for it, and a setting that does is told by its name."""

import subprocess
import sys
from pathlib import Path

import pytest

from tidegate.settings import SettingError, Settings
from tidegate.wiring import check_installed

WITHOUT = """
import sys
for name in ("joserfc", "s3fs", "gcsfs", "adlfs", "azure.storage.blob"):
    sys.modules[name] = None
from tidegate import cli, wiring
from tidegate.api import routes
from tidegate.cli import demonstration
from tidegate.console import routes
from tidegate.sealer import loop
"""


def test_everything_else_works_without_what_is_optional() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("setting", "value", "group"),
    [
        ("storage_url", "s3://bucket/tidegate", "s3"),
        ("checkpoint_url", "gs://bucket/checkpoint", "gcs"),
        ("storage_url", "abfs://container/tidegate", "azure"),
        ("oidc_issuer", "https://id.example", "oidc"),
    ],
)
def test_what_is_not_installed_is_told_with_its_group(
    setting: str, value: str, group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.wiring.find_spec", lambda _: None)
    with pytest.raises(SettingError) as caught:
        check_installed(Settings(home=tmp_path, **{setting: value}))  # type: ignore[arg-type]
    assert str(caught.value) == f"TIDEGATE_{setting.upper()} needs more than is installed: pip install 'tidegate[{group}]'"


def test_what_is_built_in_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidegate.wiring.find_spec", lambda _: None)
    check_installed(Settings(home=tmp_path, storage_url="file:///srv/documents", checkpoint_url="memory://checkpoint"))
