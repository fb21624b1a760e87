"""The real lab: a small wholesale network and a real mail system on one machine, for tests and for looking."""
