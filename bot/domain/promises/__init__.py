"""Promises: when each falls due, who is asked, and how it was kept."""
