"""Every sentence that the gateway says to a person, in French and English, by code."""

from __future__ import annotations

import os

from telegram_gateway.errors import GatewayError

_TEXTS: dict[str, tuple[str, str]] = {
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
        "The setting {name} has a value that makes no sense: see docs/install.md.",
        "Le réglage {name} a une valeur qui n'a pas de sens : voyez docs/install.md.",
    ),
    "setting_session_key": (
        "{name} must be 32 bytes in base64: make a new one as docs/install.md says.",
        "{name} doit faire 32 octets en base64 : créez-en un comme le dit docs/install.md.",
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
    # login
    "no_account": (
        "No {kind} account has logged in yet: telegram-gateway login {kind}",
        "Aucun compte {kind} n'est encore connecté : telegram-gateway login {kind}",
    ),
    "account_lost": (
        "Telegram no longer accepts the {kind} account ({reason}): telegram-gateway login {kind}",
        "Telegram n'accepte plus le compte {kind} ({reason}) : telegram-gateway login {kind}",
    ),
    "telegram_unreachable": (
        "Telegram cannot be reached: check the network of this machine.",
        "Telegram est injoignable : vérifiez le réseau de cette machine.",
    ),
    "token_refused": (
        "Telegram refuses this bot token: copy it again from @BotFather.",
        "Telegram refuse ce jeton de bot : copiez-le de nouveau depuis @BotFather.",
    ),
    "phone_refused": (
        "Telegram refuses this phone number ({reason}): write it with + and the country code.",
        "Telegram refuse ce numéro ({reason}) : écrivez-le avec + et l'indicatif du pays.",
    ),
    "code_refused": (
        "This code is wrong: start again and type the code that Telegram sent last.",
        "Ce code est faux : recommencez et saisissez le dernier code envoyé par Telegram.",
    ),
    "code_expired": (
        "This code has expired: start again for a new one.",
        "Ce code a expiré : recommencez pour en recevoir un nouveau.",
    ),
    "password_refused": (
        "This password is wrong: it is the one of two-step verification.",
        "Ce mot de passe est faux : c'est celui de la validation en deux étapes.",
    ),
    "flood_wait": (
        "Telegram asks to wait {wait_s} seconds before trying again.",
        "Telegram demande d'attendre {wait_s} secondes avant de réessayer.",
    ),
    "login_refused": (
        "Telegram refuses the login: {reason}.",
        "Telegram refuse la connexion : {reason}.",
    ),
    "ask_code": ("The code that Telegram sent: ", "Le code envoyé par Telegram : "),
    "ask_password": ("Password of two-step verification: ", "Mot de passe (deux étapes) : "),
    "ask_token": ("The bot's token: ", "Le jeton du bot : "),
    "logged_in": ("Logged in as {name} ({kind}).", "Connecté en tant que {name} ({kind})."),
    # check
    "check_database": ("Database: reachable.", "Base de données : joignable."),
    "check_contract": ("Contract: version {version}.", "Contrat : version {version}."),
    "check_account": ("Account {kind}: {name}, {state}.", "Compte {kind} : {name}, {state}."),
    "check_lease": (
        "In charge: {process}, seen {age_s} s ago.",
        "Aux commandes : {process}, vu il y a {age_s} s.",
    ),
    "check_no_lease": (
        "No gateway is running: telegram-gateway run",
        "Aucune passerelle ne tourne : telegram-gateway run",
    ),
    "check_commands": (
        "Commands: {waiting} waiting, {failed} failed.",
        "Commandes : {waiting} en attente, {failed} échouées.",
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
    "plan_held": (
        "(waits until somebody confirms it in Odoo)",
        "(attend que quelqu'un le confirme dans Odoo)",
    ),
    "check_facts": (
        "Facts: {new} not handled yet, {set_aside} set aside in Odoo.",
        "Faits : {new} pas encore traités, {set_aside} mis de côté dans Odoo.",
    ),
}


def is_french() -> bool:
    """Whether the person's environment asks for French."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name].lower().startswith("fr")
    return False


def text(code: str, **facts: object) -> str:
    """The sentence of that code in the person's language."""
    english, french = _TEXTS[code]
    return (french if is_french() else english).format(**facts)


def sentence(error: GatewayError) -> str:
    """What an error says to a person."""
    return text(error.code, **error.facts)
