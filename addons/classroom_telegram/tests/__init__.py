from . import test_enrolment
from . import test_lesson
from . import test_rights
from . import test_translations
