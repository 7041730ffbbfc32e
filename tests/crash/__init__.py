"""Every way in which a run can be cut short, one after the other; ``python -m tests.crash --help``."""
