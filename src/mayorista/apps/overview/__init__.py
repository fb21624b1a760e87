"""Read-only questions that cross all rooms: trays with headlines, the board, the case page, search."""
