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


OIDC = {"TIDEGATE_OIDC_ISSUER": "https://id.example", "TIDEGATE_OIDC_CLIENT_ID": "tidegate"}


def test_a_provider_is_named_whole() -> None:
    settings = load({**OIDC, "TIDEGATE_OIDC_CLIENT_SECRET": "hush", "TIDEGATE_OIDC_DEFAULT_ROLE": "viewer"})
    assert (settings.oidc_issuer, settings.oidc_secret(), settings.oidc_default_role) == ("https://id.example", "hush", "viewer")
    assert "hush" not in repr(settings)
    with pytest.raises(SettingError, match="TIDEGATE_OIDC_CLIENT_ID"):
        load({"TIDEGATE_OIDC_ISSUER": "https://id.example"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", "http://id.example"),
        ("ISSUER", "https://"),
        ("ISSUER", "https://id.example?x"),
        ("ISSUER", "https://me:pass@id.example"),
        ("DEFAULT_ROLE", "admin"),
        ("DEFAULT_ROLE", "nobody"),
    ],
)
def test_a_provider_that_could_not_be_trusted_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"TIDEGATE_OIDC_{name}"):
        load({**OIDC, f"TIDEGATE_OIDC_{name}": value})


def test_the_client_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n", encoding="utf-8")
    assert load({**OIDC, "TIDEGATE_OIDC_CLIENT_SECRET_FILE": str(file)}).oidc_secret() == "from the file"
    file.unlink()
    with pytest.raises(SettingError, match="TIDEGATE_OIDC_CLIENT_SECRET_FILE"):
        load({**OIDC, "TIDEGATE_OIDC_CLIENT_SECRET_FILE": str(file)}).oidc_secret()


def test_a_lease_can_be_renewed_in_time() -> None:
    assert load({"TIDEGATE_LEASE_SECONDS": "6"}).lease_seconds == 6
    with pytest.raises(SettingError, match="TIDEGATE_LEASE_SECONDS"):
        load({"TIDEGATE_LEASE_SECONDS": "5"})
