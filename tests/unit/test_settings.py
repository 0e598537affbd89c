"""Settings: read from the environment alone, refused with the variable's name."""

from pathlib import Path

import pytest

from tidegate.settings import SettingError, load


def test_values_are_read_by_their_types() -> None:
    settings = load(
        {
            "TIDEGATE_HOME": "/srv/t",
            "TIDEGATE_FOLDER_ROOTS": "/a:/b",
            "TIDEGATE_PORT": "9000",
            "TIDEGATE_ALLOWED_HOSTS": "a.b, 10.0.0.0/8",
        }
    )
    assert settings.home == Path("/srv/t")
    assert settings.folder_roots == (Path("/a"), Path("/b"))
    assert settings.allowed_hosts == ("a.b", "10.0.0.0/8")
    assert settings.base_url == "http://127.0.0.1:9000"
    assert settings.content_url == "file:///srv/t/content"


def test_empty_means_the_default() -> None:
    assert load({"TIDEGATE_PORT": ""}).port == 8750


@pytest.mark.parametrize(("name", "value"), [("PORT", "http"), ("PORT", "0"), ("LEASE_SECONDS", "-1"), ("CONCURRENCY", "1.5")])
def test_an_unusable_value_is_refused_by_name_without_repeating_it(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"TIDEGATE_{name}") as refused:
        load({f"TIDEGATE_{name}": value})
    assert value not in str(refused.value).replace(f"TIDEGATE_{name}", "")


def test_a_misspelt_name_is_refused() -> None:
    with pytest.raises(SettingError, match="TIDEGATE_DATABASEURL"):
        load({"TIDEGATE_DATABASEURL": "x"})
