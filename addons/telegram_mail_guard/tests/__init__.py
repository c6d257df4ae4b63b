from . import test_templates
from . import test_reading
