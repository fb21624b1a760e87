"""What changes rows on day one and at a hand-over by file: import runs, and example data."""

from mayorista.apps.onboarding.operations.handing import hand_over_book, preview_hand_over
from mayorista.apps.onboarding.operations.importing import confirm_import, discard_import, preview_import

__all__ = ["confirm_import", "discard_import", "hand_over_book", "preview_hand_over", "preview_import"]
