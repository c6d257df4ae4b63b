from . import seance
