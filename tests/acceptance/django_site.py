"""A site of Django with an account, as docs/how-to/embed.md takes it for granted: `harbour.settings`, over SQLite."""

import os
import sys
import time
from pathlib import Path

import django
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command

SETTINGS = """
SECRET_KEY = "tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "harbour"
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING_CONFIG = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": %r}}
"""


def session_of_ana(folder: Path) -> tuple[str, str]:
    """Return the cookie of a new session of ana's; the site is made once in a process, in the first folder that is given."""
    if "harbour.settings" not in sys.modules:
        _make(folder)
    users = get_user_model().objects
    ana = users.filter(username="ana").first() or users.create_user("ana", password="x")
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(ana.pk), ana.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()
    return "sessionid", str(session.session_key)


def _make(folder: Path) -> None:
    package = folder / "harbour"
    package.mkdir()
    (package / "__init__.py").write_text("urlpatterns = []\n", encoding="utf-8")
    (package / "settings.py").write_text(SETTINGS % str(folder / "site.db"), encoding="utf-8")
    sys.path.insert(0, str(folder))
    os.environ["DJANGO_SETTINGS_MODULE"] = "harbour.settings"
    zone = os.environ.get("TZ")
    django.setup()  # sets the zone of the whole process
    os.environ.pop("TZ") if zone is None else os.environ.update(TZ=zone)
    time.tzset()
    call_command("migrate", verbosity=0)
