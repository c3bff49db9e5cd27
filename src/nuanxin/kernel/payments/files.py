"""Sealed files of the store, as core keeps them; bank files and returns lie in the folders their services name."""

from nuanxin.kernel.core.blobs import open_file, seal_file

__all__ = ["open_file", "seal_file"]
