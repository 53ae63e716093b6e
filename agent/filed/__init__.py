"""Everything that leaves the house for Filed: sign-in, GraphQL, tus."""
