"""What the cloud starts: one file is one trigger."""
