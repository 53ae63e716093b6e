"""The command line: parsing, exit codes, and every sentence that a person reads."""
