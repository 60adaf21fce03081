"""Settings for making the copy's database: tables as the models are, without their history.

To migrate from the first release on takes half a minute; triggers are put in either way.
"""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

MIGRATION_MODULES = {name.rpartition(".")[2]: None for name in INSTALLED_APPS}
