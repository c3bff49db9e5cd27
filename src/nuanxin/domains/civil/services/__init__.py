"""The only writers of the civil registers; forms and workbooks come through the registry's generic verbs."""

from nuanxin.domains.civil.services.claims import file_reliefs
from nuanxin.domains.civil.services.loading import load_cremations, load_marriages

__all__ = ["file_reliefs", "load_cremations", "load_marriages"]
