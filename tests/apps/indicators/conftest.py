from tests.stories.conftest import channels, world  # noqa: F401 - fixtures
