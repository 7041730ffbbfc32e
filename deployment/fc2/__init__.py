"""For agencies whose account still runs services of Function Compute 2.0."""
