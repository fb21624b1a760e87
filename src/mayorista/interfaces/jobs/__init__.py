"""What the worker process does: deferred jobs, the schedule, and loops that listen."""
