"""The machine behind small ports: clock, places, mounts, owner, lock, secrets, logs."""
