from . import portal
from . import report
from . import portal_lessons
from . import start
