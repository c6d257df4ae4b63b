from . import school
from . import feuille
