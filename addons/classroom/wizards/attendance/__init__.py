from . import classroom_register_wizard
from . import classroom_bbb_import, classroom_bbb_file, classroom_bbb_name
