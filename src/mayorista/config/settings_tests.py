"""The settings of the tests: the platform's own, with a quick password hash and nothing kept between runs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("MAYORISTA_DATA", str(Path(tempfile.gettempdir()) / f"mayorista-tests-{os.geteuid()}"))
os.environ.setdefault("MAYORISTA_SECRET_KEY", "only-for-tests-" + "0" * 40)

from mayorista.config.settings import *  # noqa: F403 - Django's way to derive settings
from mayorista.config.settings import MIDDLEWARE

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
FILES_ROOT = Path(os.environ["MAYORISTA_DATA"]) / "files"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
