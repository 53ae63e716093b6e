"""Pure values: what a document, a file, a client is, and where each may go."""
