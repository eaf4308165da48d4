"""The realtime-sessions job: Kafka in, a count per user, Kafka out, exactly once."""
