"""How it is remembered: the only SQL, and the files that Sitrep brings along."""
