from . import test_foreign_school
from . import test_foreign_school_concurrency
