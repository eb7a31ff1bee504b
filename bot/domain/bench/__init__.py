"""Looking at protocols before they are needed: what they would do, what does not make sense in them, how two differ."""
