"""Alibaba Cloud's OpenAPI gateway in RPC style: signatures, dispatch, error replies."""
