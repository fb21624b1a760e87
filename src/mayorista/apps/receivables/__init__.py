"""B.6 to B.8: reminders, collection, receipts and their allocation, notices to accounting."""
