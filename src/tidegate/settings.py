"""All settings, read once from `TIDEGATE_*` environment variables; the reference page is generated from here."""

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MIB = 1024 * 1024


class SettingError(ValueError):
    """A setting has a value that cannot be used; the message names the variable and what it takes."""


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(Path(part).expanduser().resolve() for part in text.split(os.pathsep) if part.strip())


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _positive(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError("must be above 0")
    return number


def _months(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("must not be negative")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if number < 0:
        raise ValueError("must not be negative")
    return number


def _issuer(text: str) -> str:
    """Accept what an issuer may look like (OpenID Connect Core 1.0, section 2): https, or http to this very machine."""
    parts = urlsplit(text)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"})
    if not secure or not parts.hostname or parts.username is not None or "?" in text or "#" in text:
        raise ValueError("must be an https address")
    return text


def _stuck(text: str) -> float:
    seconds = float(text)
    if seconds < 1:
        raise ValueError("must be 1 or more")
    return seconds


def _security(text: str) -> str:
    if text not in {"starttls", "tls", "none"}:
        raise ValueError("must be starttls, tls or none")
    return text


def _switch(text: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0", "yes", "no", "on", "off"}:
        raise ValueError("must be true or false")
    return text.lower() in {"true", "1", "yes", "on"}


def _joining_role(text: str) -> str:
    if text not in {"viewer", "power_user"}:
        raise ValueError("must be viewer or power_user")
    return text


def _default_home() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/tidegate")
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "tidegate"


def _default_concurrency() -> int:
    return max(2, os.cpu_count() or 2)


def _setting(
    read: Callable[[str], Any],
    doc: str,
    default: Any = MISSING,
    make: Callable[[], Any] | None = None,
    shown: str = "",
    *,
    secret: bool = False,
) -> Any:
    """Make a field. A `secret` one is kept out of every rendering of the settings."""
    metadata = {"read": read, "doc": doc, "shown": shown, "secret": secret}
    if make is not None:
        return field(default_factory=make, metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an administrator may choose. Sizes are bytes, times are seconds."""

    home: Path = _setting(
        _path,
        "Folder for the embedded database, the document store and the keys.",
        make=_default_home,
        shown="the user's data folder; `/var/lib/tidegate` for root",
    )
    database_url: str = _setting(str, "PostgreSQL 15 or newer for everything. Empty: the embedded one is started.", "")
    owner_database_url: str = _setting(
        str, "Connection of the role that owns the tables, for migrations only. Empty: `DATABASE_URL`.", ""
    )
    listen_database_url: str = _setting(
        str,
        "Direct connection for LISTEN, where `DATABASE_URL` leads through a pooler. Empty: `DATABASE_URL`, or looking "
        "every 2 seconds where that is a pooler.",
        "",
    )
    storage_url: str = _setting(str, "Document store as an fsspec URL. Empty: the folder `content` in the home folder.", "")
    host: str = _setting(str, "Address that the server listens on.", "127.0.0.1")
    port: int = _setting(_positive, "Port that the server listens on.", 8750)
    public_url: str = _setting(str, "Address under which people reach the console. Empty: `http://HOST:PORT`.", "")
    folder_roots: tuple[Path, ...] = _setting(
        _paths,
        "Folders that may be ingested from, separated by `:`. Empty: none by the API; "
        "what the shell's user can read by the command line.",
        (),
    )
    allowed_hosts: tuple[str, ...] = _setting(
        _list, "Hosts or networks (CIDR) that may be fetched although they are private.", ()
    )
    pipelines: tuple[str, ...] = _setting(_list, "Python modules with further pipelines.", ())
    concurrency: int = _setting(
        _positive, "Jobs that one worker runs at once.", make=_default_concurrency, shown="number of cores, at least 2"
    )
    max_file_bytes: int = _setting(_positive, "Largest file that is taken.", 256 * MIB)
    max_expanded_bytes: int = _setting(_positive, "Largest total size that an archive or office file may unpack to.", 1024 * MIB)
    fetch_timeout: float = _setting(_seconds, "Limit for fetching one item.", 120.0)
    parse_timeout: float = _setting(_seconds, "Limit for reading one document.", 120.0)
    parse_memory_bytes: int = _setting(_positive, "Memory that the reader of one document may use.", 2048 * MIB)
    parse_output_bytes: int = _setting(_positive, "Largest text that one document may give.", 64 * MIB)
    ocr_languages: str = _setting(str, "Tesseract languages for scans, joined by `+`.", "eng")
    search_meaning: bool = _setting(
        _switch, "`true`: passages are found by meaning, too. Needs the extra `semantic` and pgvector in the database.", False
    )
    lease_seconds: float = _setting(
        _seconds, "A worker silent for so long is taken as lost; at least twice `RENEW_SECONDS`.", 15.0
    )
    renew_seconds: float = _setting(_seconds, "How often a worker renews its lease.", 3.0)
    stop_seconds: float = _setting(_seconds, "How long a stopping worker may finish what it runs before giving it back.", 10.0)
    retry_delay_scale: float = _setting(_seconds, "Factor on the catalogue's delays before automatic retries.", 1.0)
    external_silence: float = _setting(
        _seconds, "A run of another system that was not heard of for so long is closed as lost. 0: never.", 86400.0
    )
    session_idle_seconds: float = _setting(_seconds, "A session unused for so long ends.", 8 * 3600.0)
    session_max_seconds: float = _setting(_seconds, "A session ends after so long at the latest.", 7 * 86400.0)
    oidc_issuer: str = _setting(
        _issuer, "Issuer of an OpenID Connect provider that people may sign in with, exactly as it names itself. Empty: none.", ""
    )
    oidc_client_id: str = _setting(str, "Our client id at that provider.", "")
    oidc_client_secret: str = _setting(str, "Our client secret there. Empty, with no file: a public client.", "", secret=True)
    oidc_client_secret_file: Path | None = _setting(_path, "File whose first line is the client secret.", None, shown="none")
    oidc_name: str = _setting(str, "What the button to the provider says after “Continue with”.", "single sign-on")
    oidc_default_role: str = _setting(
        _joining_role,
        "Role of people who come from the provider for the first time: `viewer` or `power_user`. "
        "Empty: only those whom an administrator linked come in.",
        "",
    )
    sealer_database_url: str = _setting(
        str, "Connection of the role `tidegate_sealer`, for the sealer only. Empty: `DATABASE_URL`, then `SET ROLE`.", ""
    )
    checkpoint_url: str = _setting(
        str,
        "File elsewhere that the audit log's newest checkpoint is published to, as an fsspec URL. "
        "Empty: the file `audit.checkpoint` in the home folder, which finds less.",
        "",
    )
    stuck_seconds: float = _setting(
        _stuck,
        "Jobs that nobody works on, or that run without progress, for so long are told of as stuck.",
        600.0,
    )
    smtp_host: str = _setting(str, "Mail server that e-mail of channels is handed in at. Empty: no e-mail.", "")
    smtp_port: int = _setting(_positive, "Its port.", 587)
    smtp_security: str = _setting(
        _security, "How the connection to it is encrypted: `starttls`, `tls` or `none` (a server on this machine).", "starttls"
    )
    smtp_user: str = _setting(str, "User name at the mail server. Empty: nobody signs in there.", "")
    smtp_password: str = _setting(str, "Password at the mail server.", "", secret=True)
    smtp_password_file: Path | None = _setting(_path, "File whose first line is that password.", None, shown="none")
    smtp_from: str = _setting(str, "Address that e-mail comes from; needed with `SMTP_HOST`.", "")
    diagnostic_days: int = _setting(_positive, "Days that a diagnostic is kept.", 14)
    retention_months: int = _setting(
        _months,
        "Whole months before this one whose jobs are kept, with their attempts, steps and history; what is older is dropped for "
        "good. Documents and the audit log stay. 0: everything is kept.",
        0,
    )
    log_level: str = _setting(str, "`debug`, `info`, `warning` or `error`.", "info")

    @property
    def base_url(self) -> str:
        """The address to print and link to, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def content_url(self) -> str:
        """The fsspec URL of the document store."""
        return self.storage_url or f"file://{self.home / 'content'}"

    @property
    def checkpoint_target(self) -> str:
        """The fsspec URL of the published checkpoint."""
        return self.checkpoint_url or f"file://{self.home / 'audit.checkpoint'}"

    def oidc_secret(self) -> str:
        """Return the client secret, from its file where one is set. Raises SettingError when that cannot be read."""
        return _secret(self.oidc_client_secret, self.oidc_client_secret_file, "oidc_client_secret_file")

    def smtp_secret(self) -> str:
        """Return the mail server's password, from its file where one is set. Raises SettingError when that cannot be read."""
        return _secret(self.smtp_password, self.smtp_password_file, "smtp_password_file")


def _secret(text: str, file: Path | None, name: str) -> str:
    if file is None:
        return text
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeError) as error:
        raise SettingError(f"{variable(name)} cannot be read") from error


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingError for a value that does not parse or an unknown `TIDEGATE_*` name."""
    given = {
        name: text for name, text in (os.environ if environment is None else environment).items() if name.startswith("TIDEGATE_")
    }
    values: dict[str, Any] = {}
    for entry in fields(Settings):
        text = given.pop(variable(entry.name), None)
        if text is not None and text != "":
            try:
                values[entry.name] = entry.metadata["read"](text)
            except ValueError as error:
                raise SettingError(f"{variable(entry.name)} has an unusable value: {entry.metadata['doc']}") from error
    unknown = sorted(set(given) - NOT_SETTINGS)
    if unknown:
        raise SettingError(f"unknown setting {unknown[0]}")
    if "oidc_issuer" in values and "oidc_client_id" not in values:
        raise SettingError(f"{variable('oidc_issuer')} needs {variable('oidc_client_id')} beside it")
    if "smtp_host" in values and "@" not in values.get("smtp_from", ""):
        raise SettingError(f"{variable('smtp_host')} needs {variable('smtp_from')} beside it")
    settings = Settings(**values)
    if settings.lease_seconds < 2 * settings.renew_seconds:
        raise SettingError(f"{variable('lease_seconds')} must be at least twice {variable('renew_seconds')}")
    return settings


def variable(name: str) -> str:
    """Return the environment variable of a setting: `home` → `TIDEGATE_HOME`."""
    return f"TIDEGATE_{name.upper()}"


NOT_SETTINGS = frozenset({"TIDEGATE_TOKEN", "TIDEGATE_SERVER", "TIDEGATE_CORPUS", "TIDEGATE_TEST_DATABASE_URL"})
"""Variables under our prefix that others read: the token and the server of the command line, the tests' corpus and database."""
