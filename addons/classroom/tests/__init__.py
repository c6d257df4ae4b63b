from . import test_import
from . import test_enrolment
from . import test_attendance
from . import test_rights
from . import test_portal
