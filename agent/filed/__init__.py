"""Everything that leaves the house for Filed: sign-in, GraphQL, tus. The only room that knows HTTP."""
