"""The machine behind small ports: clock, places, files, lock, secrets, logs. Imports model and errors."""
