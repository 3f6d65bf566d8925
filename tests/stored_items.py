"""The kinds of item of each table, whoever imports them: all of storage is."""

import importlib
import pkgutil
from collections.abc import Mapping

from pynamodb.models import Model

from oncepay import storage
from oncepay.storage.tables import KEYS, models_of

for module in pkgutil.iter_modules(storage.__path__, "oncepay.storage."):
    importlib.import_module(module.name)

MODELS: Mapping[str, list[type[Model]]] = {role: models_of(role) for role in KEYS}
"""By role of the table."""
