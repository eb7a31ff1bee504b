"""The files that people write, and those that Sitrep brings along."""
