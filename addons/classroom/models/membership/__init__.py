from . import classroom_classroom
from . import classroom_enrolment
from . import classroom_assignment
from . import res_partner
from . import base_partner_merge
