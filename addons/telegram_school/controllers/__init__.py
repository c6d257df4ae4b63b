from . import portal
from . import start
