"""Handlers as one would write them at first: SDK clients imported plainly, one small piece of work. For cold_start."""
