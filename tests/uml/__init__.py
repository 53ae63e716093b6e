"""Scenes on a kernel of our own (User-Mode Linux): shares, vfat, clocks, lines, disks."""
