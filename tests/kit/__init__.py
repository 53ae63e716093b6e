"""Doubles of the world for the engine's tests: a jumping clock, a disk, Filed in memory, faults."""
