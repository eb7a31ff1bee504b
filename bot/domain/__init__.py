"""What an incident is and what follows from what: pure, without I/O and without a clock."""
