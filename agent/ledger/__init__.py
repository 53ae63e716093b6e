"""The ledger: SQLite, the only memory and the only queue."""
