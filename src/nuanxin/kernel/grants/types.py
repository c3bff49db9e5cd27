"""The row types that services and selectors of this room hand out, for annotations elsewhere."""

from nuanxin.kernel.grants.models import Coverage, Grant, Share

__all__ = ["Coverage", "Grant", "Share"]
