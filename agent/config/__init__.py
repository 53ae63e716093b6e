"""Settings: TOML in, one typed value out, or every problem at once."""
