from . import messages
from . import calls
from . import membership
from . import attendance
from . import identity
from . import res_company
from . import res_config_settings
