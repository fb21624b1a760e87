"""The web application, as granian loads it in each of its workers."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

from mayorista.adapters.host import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mayorista.config.settings")

if os.environ.get("MAYORISTA_PROCESS") == "web":
    processes.fall_with_current_parent()

application = get_wsgi_application()

gc.collect()
gc.freeze()  # what is loaded now stays: the collector need not walk it again
