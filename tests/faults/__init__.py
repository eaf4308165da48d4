"""Seeded schedules of kills: whatever dies, whenever, the output is that of a run in which nothing died."""
