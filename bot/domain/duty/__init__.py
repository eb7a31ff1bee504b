"""Who is on call, and what happens at an hour."""
