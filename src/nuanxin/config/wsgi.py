"""The WSGI entry."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nuanxin.config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - loads every page, so that what lives as long as the process is all there
# The collector need not look through the whole program again and again: a full look takes longer than a page.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
