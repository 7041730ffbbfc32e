"""The local cloud, driven by the vendor's own clients and by hand-made requests."""
