from . import typed_texts
from . import readable
from . import mail_template
from . import mail_render_mixin
from . import mail_compose_message
from . import mail_mail
from . import mail_activity
from . import ir_config_parameter
