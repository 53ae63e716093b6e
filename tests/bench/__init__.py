"""Benchmarks: figures with peers in the same run; see tests/bench/README.md."""
