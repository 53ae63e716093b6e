"""Watched folders: scans are the truth, events are hints."""
