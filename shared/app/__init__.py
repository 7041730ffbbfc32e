"""Joins the files that decide and the folders that touch the world, in the order of the flow."""
