"""Expressions, their renderings, snapshots and the Parquet store."""
