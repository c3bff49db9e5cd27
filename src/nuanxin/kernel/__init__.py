"""The kernel: rooms that know no single line of business."""
