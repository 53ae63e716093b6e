"""The ledger: SQLite, the only memory and the only queue. Imports config, system, model and errors."""
