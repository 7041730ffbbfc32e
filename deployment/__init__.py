"""What it takes to get arrears-alert into Function Compute: the package, checks of s.yaml, and the roles' policies."""
