"""The icon in the notification area: a process of its own that only looks and steers."""
