"""Nested values as the JSON text of one column, and back: ``values`` singly, the others by subject.

Every ``decode_`` function raises ``LookupError``, ``TypeError``, ``ValueError`` or ``ArithmeticError`` on text that it
does not understand; rows.py turns those into a MalformedRow that names the place.
"""
