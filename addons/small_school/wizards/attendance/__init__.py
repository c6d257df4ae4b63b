from . import small_school_register_wizard
from . import small_school_bbb_import, small_school_bbb_file, small_school_bbb_name
