"""What happens to us: verify, parse, call one use case, answer the caller."""
