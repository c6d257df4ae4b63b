from . import classroom_import, classroom_import_line
from . import classroom_enrolment_end
