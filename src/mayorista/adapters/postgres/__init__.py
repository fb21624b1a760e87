"""The private PostgreSQL: a server of ours, under the data folder, when no DATABASE_URL is given."""
