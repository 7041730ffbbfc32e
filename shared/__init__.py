"""The house of arrears-alert: a file decides, a folder touches the world. See ``README.md`` beside this file."""
