"""The workers and what they ask of the world: one worker, one arrow in the life of a document."""
