from tests.engine_fixtures import (  # noqa: F401 - fixtures
    model_folder,
    one_thread,
    scene,
    stylizer,
)
