from . import small_school_import, small_school_import_line
from . import small_school_enrolment_end
