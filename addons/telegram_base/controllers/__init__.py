from . import connect
from . import start
from . import portal
from . import personal_data
