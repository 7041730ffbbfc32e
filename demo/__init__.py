"""A month of an agency in a minute: customers spend, top up and run dry; the real functions watch and warn them."""
