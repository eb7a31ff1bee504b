"""What is measured, never asserted: counted calls, their depth, and times with 100 ms per Slack call."""
