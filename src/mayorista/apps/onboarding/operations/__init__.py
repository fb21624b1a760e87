"""What changes rows on day one: import runs, and example data."""

from mayorista.apps.onboarding.operations.importing import confirm_import, discard_import, preview_import

__all__ = ["confirm_import", "discard_import", "preview_import"]
