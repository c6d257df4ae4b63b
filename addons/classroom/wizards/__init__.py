from . import classroom_import, classroom_import_line
