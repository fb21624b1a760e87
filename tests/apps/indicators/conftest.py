from tests.apps.billing.conftest import carrier  # noqa: F401 - a fixture
from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
