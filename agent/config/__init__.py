"""Settings: TOML in, one typed value out, or every problem at once. Imports system, model and errors."""
