"""What the benchmarks start as processes of their own, each told when to begin."""
