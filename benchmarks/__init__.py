"""Benchmarks: programs that measure, each with ``--json``."""
