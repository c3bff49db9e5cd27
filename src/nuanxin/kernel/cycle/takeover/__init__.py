"""A bureau's own workbook: read, checked row by row, loaded in batches when two people have signed."""
