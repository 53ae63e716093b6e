"""Watched folders: scans are the truth, events are hints. Imports config, system, model and errors."""
