from . import small_school_classroom
from . import small_school_enrolment
from . import small_school_assignment
from . import res_partner
from . import base_partner_merge
