from . import test_adapter_check
from . import test_columns
from . import test_foreign_school
from . import test_foreign_school_concurrency
from . import test_other_sheets
from . import test_papers
from . import test_people
from . import test_rights
