"""Alibaba Cloud Tablestore, wide column model, as clients meet it on the wire."""

from localcloud.tablestore.service import Tablestore

__all__ = ["Tablestore"]
