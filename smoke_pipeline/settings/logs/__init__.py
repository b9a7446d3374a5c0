"""What a process says of itself while it works: events with ids, counts and times, never with data."""
