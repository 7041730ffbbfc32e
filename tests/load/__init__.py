"""One hour of a large agency in which much goes wrong; ``python -m tests.load --help``."""
