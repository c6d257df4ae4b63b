from . import typed_texts
from . import mail_template
from . import mail_render
from . import mail_compose_message
from . import mail_mail
from . import mail_activity
