"""Sentences about settings, the database and the dry run: code → (English, French)."""

from __future__ import annotations

PROGRAM: dict[str, tuple[str, str]] = {
    # settings
    "config_missing": (
        "The settings file {path} cannot be read: check the path.",
        "Le fichier de réglages {path} est illisible : vérifiez le chemin.",
    ),
    "config_readable": (
        "The settings file {path} holds secrets and others can read it: chmod 600 {path}",
        "Le fichier de réglages {path} contient des secrets et d'autres peuvent le lire :"
        " chmod 600 {path}",
    ),
    "setting_missing": (
        "The setting {name} is missing: set it in the environment or in the settings file.",
        "Le réglage {name} manque : définissez-le dans l'environnement ou dans le fichier"
        " de réglages.",
    ),
    "setting_wrong": (
        "The setting {name} has a value that makes no sense: see docs/en/install.md.",
        "Le réglage {name} a une valeur qui n'a pas de sens : voyez docs/fr/install.md.",
    ),
    "setting_api": (
        "TELEGRAM_GATEWAY_API_ID and TELEGRAM_GATEWAY_API_HASH are set together, or both in Odoo's"
        " wizard.",
        "TELEGRAM_GATEWAY_API_ID et TELEGRAM_GATEWAY_API_HASH se définissent ensemble, ou tous deux"
        " dans l'assistant d'Odoo.",
    ),
    "setting_session_key": (
        "{name} must be 32 bytes in base64: make a new one as docs/en/install.md says.",
        "{name} doit faire 32 octets en base64 : créez-en un comme le dit docs/fr/install.md.",
    ),
    "setting_odoo_url": (
        "{name} must begin with http:// or https://.",
        "{name} doit commencer par http:// ou https://.",
    ),
    # database
    "database_unreachable": (
        "The database cannot be reached: {reason}",
        "La base de données est injoignable : {reason}",
    ),
    "database_cut_off": (
        "The connection to the database was lost: {reason}",
        "La connexion à la base de données a été perdue : {reason}",
    ),
    "odoo_not_ready": (
        "Odoo's side is being upgraded or is not installed: {reason}. Install or upgrade the addon"
        " telegram_base, then try again.",
        "Le côté Odoo est en cours de mise à jour ou n'est pas installé : {reason}. Installez ou"
        " mettez à jour le module telegram_base, puis réessayez.",
    ),
    "upgrade_gateway": (
        "Odoo speaks version {theirs} of the contract, this gateway version {ours}: upgrade the"
        " gateway.",
        "Odoo parle la version {theirs} du contrat, cette passerelle la version {ours} : mettez à"
        " jour la passerelle.",
    ),
    "upgrade_odoo": (
        "Odoo speaks version {theirs} of the contract, this gateway version {ours}: upgrade the"
        " addon telegram_base.",
        "Odoo parle la version {theirs} du contrat, cette passerelle la version {ours} : mettez à"
        " jour le module telegram_base.",
    ),
    "lease_lost": (
        "Another gateway has taken over.",
        "Une autre passerelle a pris le relais.",
    ),
    "wrong_session_key": (
        "The stored login of the {kind} account does not open with this session key: use the key"
        " with which it was made, or log in again.",
        "La connexion enregistrée du compte {kind} ne s'ouvre pas avec cette clé : utilisez la clé"
        " avec laquelle elle a été créée, ou reconnectez-vous.",
    ),
    # plan
    "plan_nothing": ("Nothing is to be done.", "Il n'y a rien à faire."),
    "plan_no_chat": (
        "There is no group {chat} in this pool: the number is that of the group's page in Odoo.",
        "Il n'y a pas de groupe {chat} dans ce pool : le numéro est celui de la page du groupe"
        " dans Odoo.",
    ),
    "plan_create_group": ("the group would be created", "le groupe serait créé"),
    "plan_bind_group": (
        "the existing group {detail} would be taken over",
        "le groupe existant {detail} serait repris",
    ),
    "plan_approve": ("{who} would be let in", "{who} serait admis"),
    "plan_decline": (
        "the request of {who} would be declined",
        "la demande de {who} serait refusée",
    ),
    "plan_remove": ("{who} would be removed", "{who} serait retiré"),
    "plan_ban": ("{who} would be banned", "{who} serait banni"),
    "plan_lift_ban": (
        "the ban of {who} would be lifted",
        "le bannissement de {who} serait levé",
    ),
    "plan_set_role": (
        "{who} would be given the rights of a {detail}",
        "{who} recevrait les droits de son rôle ({detail})",
    ),
    "plan_edit_title": (
        "the title would become “{detail}”",
        "le titre deviendrait « {detail} »",
    ),
    "plan_tell": (
        "Odoo would be told about {who} ({detail})",
        "Odoo serait informé au sujet de {who} ({detail})",
    ),
    "plan_broken": (
        "nothing would be done: the group stands still until somebody has put it right ({detail})",
        "rien ne serait fait : le groupe est à l'arrêt tant que quelqu'un ne l'a pas remis en"
        " ordre ({detail})",
    ),
    "plan_held": (
        "(waits until somebody confirms it in Odoo)",
        "(attend que quelqu'un le confirme dans Odoo)",
    ),
}
