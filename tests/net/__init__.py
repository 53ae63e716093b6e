"""The line between the agent and Filed, broken in every way that lines break."""
