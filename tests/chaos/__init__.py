"""Chaos: random people, faults, kills and clocks against the real bot, and what must hold afterwards."""
