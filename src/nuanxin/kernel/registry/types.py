"""Row types that selectors hand back, for annotations elsewhere."""

from nuanxin.kernel.registry.models import Person

__all__ = ["Person"]
