"""The lines of `telegram-gateway check` in words, in French and English, by code: what is so, and
what a person should do about it."""

from __future__ import annotations

from typing import Any

from telegram_gateway.texts import is_french

# code: (English, French), what to do: (English, French) or nothing
_LINES: dict[str, tuple[tuple[str, str], tuple[str, str] | None]] = {
    "gateway_away": (
        (
            "No gateway runs: nothing is done on Telegram. Last sign of life of {process}:"
            " {seen_at}.",
            "Aucune passerelle ne tourne : rien n'est fait sur Telegram. Dernier signe de vie de"
            " {process} : {seen_at}.",
        ),
        ("telegram-gateway run", "telegram-gateway run"),
    ),
    "gateway_never": (
        (
            "No gateway has run for this school yet: nothing is done on Telegram.",
            "Aucune passerelle n'a encore tourné pour cette école : rien n'est fait sur Telegram.",
        ),
        ("telegram-gateway run", "telegram-gateway run"),
    ),
    "gateway_paused": (
        (
            "Paused in Odoo by {by} since {since}: nothing is changed on Telegram, facts are still"
            " recorded.",
            "En pause depuis {since} (par {by}, dans Odoo) : rien n'est modifié sur Telegram, les"
            " faits sont toujours enregistrés.",
        ),
        (
            "Press “Resume” on the page “Health” in Odoo when it may go on.",
            "Cliquez sur « Reprendre » dans la page « État de santé » d'Odoo le moment venu.",
        ),
    ),
    "gateway_well": (
        (
            "In charge: {process} since {since}, last sign of life {seen_at}; version {version},"
            " contract {contract}.",
            "Aux commandes : {process} depuis {since}, dernier signe de vie {seen_at} ; version"
            " {version}, contrat {contract}.",
        ),
        None,
    ),
    "process_copied": (
        (
            "{process} does nothing: this database is a copy, the logins belong to the original.",
            "{process} ne fait rien : cette base est une copie, les connexions appartiennent à"
            " l'originale.",
        ),
        (
            "Only where this database has taken the original's place for good:"
            " telegram-gateway adopt",
            "Seulement si cette base a remplacé l'originale pour de bon : telegram-gateway adopt",
        ),
    ),
    "database_copied": (
        (
            "The stored logins belong to another database.",
            "Les connexions enregistrées appartiennent à une autre base de données.",
        ),
        (
            "Only where this database has taken the original's place for good:"
            " telegram-gateway adopt",
            "Seulement si cette base a remplacé l'originale pour de bon : telegram-gateway adopt",
        ),
    ),
    "process_waiting": (
        (
            "{process} runs since {since} and waits for the bot and the account.",
            "{process} tourne depuis {since} et attend le bot et le compte.",
        ),
        (
            "telegram-gateway login bot, login user; where it has taken the place of another gateway"
            " that is stopped for good: telegram-gateway adopt --from NAME",
            "telegram-gateway login bot, login user ; si elle a pris la place d'une autre passerelle"
            " arrêtée pour de bon : telegram-gateway adopt --from NOM",
        ),
    ),
    "process_starting": (
        (
            "{process} runs since {since} and is not at work yet.",
            "{process} tourne depuis {since} et n'est pas encore au travail.",
        ),
        None,
    ),
    "process_silent": (
        (
            "{process} was seen last on {seen_at}; another gateway is at work.",
            "{process} a été vue pour la dernière fois le {seen_at} ; une autre passerelle est au"
            " travail.",
        ),
        None,
    ),
    "process_standby": (
        (
            "{process} is ready to take over since {since}; version {version}.",
            "{process} est prête à prendre le relais depuis {since} ; version {version}.",
        ),
        None,
    ),
    "process_unreachable": (
        (
            "{process} cannot reach Telegram since {since}: it tries again, five minutes apart at"
            " most, and then goes on by itself.",
            "{process} ne peut pas joindre Telegram depuis {since} : elle réessaie, au moins toutes"
            " les cinq minutes, puis continue d'elle-même.",
        ),
        (
            "Look at the network and the firewall of this machine, and at the gateway's log.",
            "Examinez le réseau et le pare-feu de cette machine, ainsi que le journal de la"
            " passerelle.",
        ),
    ),
    "process_twice": (
        (
            "A second gateway of the name {process} was started, last seen {seen_at}. It waits: two"
            " with the same login would end that login for good.",
            "Une deuxième passerelle du nom de {process} a été lancée, vue pour la dernière fois le"
            " {seen_at}. Elle attend : deux passerelles avec la même connexion mettraient fin à"
            " celle-ci pour de bon.",
        ),
        (
            "Stop one of the two, or give the second a name of its own"
            " (TELEGRAM_GATEWAY_PROCESS_NAME) and log in for it.",
            "Arrêtez l'une des deux, ou donnez à la deuxième son propre nom"
            " (TELEGRAM_GATEWAY_PROCESS_NAME) et connectez-la.",
        ),
    ),
    "account_missing": (
        ("No {kind} account has logged in yet.", "Aucun compte {kind} n'est encore connecté."),
        ("telegram-gateway login {kind}", "telegram-gateway login {kind}"),
    ),
    "account_lost": (
        (
            "{account} {name} is lost: since {since} Telegram no longer accepts its login"
            " ({error_code}).",
            "{account} {name} est perdu : depuis {since}, Telegram n'accepte plus sa connexion"
            " ({error_code}).",
        ),
        (
            "telegram-gateway login {kind}",
            "telegram-gateway login {kind}",
        ),
    ),
    "account_frozen": (
        (
            "Telegram has frozen the {kind} account {name} since {since}: it changes nothing, reading"
            " goes on.",
            "Telegram a gelé le compte {kind} {name} depuis {since} : il ne modifie plus rien, la"
            " lecture continue.",
        ),
        (
            "Appeal, in a Telegram app in which it is logged in: {appeal_url} (deleted on: {deleted_at})."
            " Everything then goes on by itself.",
            "Faites appel, dans une application Telegram où il est connecté : {appeal_url}"
            " (suppression prévue : {deleted_at}). Tout reprend ensuite de lui-même.",
        ),
    ),
    "account_fresh": (
        (
            "The {kind} account {name} may not appoint administrators before {until}: its login is"
            " too young. Everything else goes on; groups that wait: {groups}.",
            "Le compte {kind} {name} ne peut pas nommer d'administrateurs avant {until} : sa"
            " connexion est trop récente. Tout le reste continue ; groupes en attente : {groups}.",
        ),
        None,
    ),
    "account_disconnected": (
        (
            "{account} {name} is not connected since {since}.",
            "{account} {name} n'est plus connecté depuis {since}.",
        ),
        (
            "Look at the network of the gateway's machine and at its log.",
            "Examinez le réseau de la machine de la passerelle et son journal.",
        ),
    ),
    "account_well": (
        (
            "Account {kind}: {name}, connected since {since}.",
            "Compte {kind} : {name}, connecté depuis {since}.",
        ),
        None,
    ),
    "wrong_session_key": (
        (
            "The stored login of the {kind} account does not open with this session key.",
            "La connexion enregistrée du compte {kind} ne s'ouvre pas avec cette clé.",
        ),
        (
            "Use the key with which it was made, or log in again: telegram-gateway login {kind}",
            "Utilisez la clé avec laquelle elle a été créée, ou reconnectez-vous :"
            " telegram-gateway login {kind}",
        ),
    ),
    "groups_full": (
        (
            "{used} groups of {most} that the account may be in: no more fit.",
            "{used} groupes sur les {most} permis au compte : il n'y a plus de place.",
        ),
        (
            "Leave groups of archived classrooms, take Telegram Premium (1,000), or add a pool.",
            "Quittez les groupes des classes archivées, prenez Telegram Premium (1 000) ou ajoutez"
            " un pool.",
        ),
    ),
    "groups_nearly_full": (
        (
            "{used} groups of {most} that the account may be in.",
            "{used} groupes sur les {most} permis au compte.",
        ),
        None,
    ),
    "groups_room": (
        (
            "{used} groups of {most} that the account may be in.",
            "{used} groupes sur les {most} permis au compte.",
        ),
        None,
    ),
    "groups_today_spent": (
        (
            "{made} groups made within 24 hours of {most}: the next at {free_at}.",
            "{made} groupes créés en 24 heures sur {most} : le prochain à {free_at}.",
        ),
        None,
    ),
    "groups_today": (
        (
            "{made} groups made within 24 hours of {most}.",
            "{made} groupes créés en 24 heures sur {most}.",
        ),
        None,
    ),
    "account_limited": (
        (
            "{account} {name} adds nobody directly until {until} ({error_code}); everything goes on"
            " by link.",
            "{account} {name} n'ajoute personne directement jusqu'à {until} ({error_code}) ; tout"
            " continue par lien.",
        ),
        None,
    ),
    "groups_limited": (
        (
            "{account} {name} makes no group until {until}: Telegram has restricted it"
            " ({error_code}). New groups wait, everything else goes on.",
            "{account} {name} ne crée aucun groupe jusqu'à {until} : Telegram l'a restreint"
            " ({error_code}). Les nouveaux groupes attendent, tout le reste continue.",
        ),
        None,
    ),
    "method_paused": (
        (
            "{account} {name} leaves {method} alone until {until}, as Telegram wants;"
            " what is due of it waits.",
            "{account} {name} n'appelle plus {method} jusqu'à {until}, à la demande de"
            " Telegram ; ce qui est prévu attend.",
        ),
        None,
    ),
    "direct_adds_spent": (
        (
            "{used} direct adds within 24 hours of {most}: the next at {free_at}.",
            "{used} ajouts directs en 24 heures sur {most} : le prochain à {free_at}.",
        ),
        None,
    ),
    "direct_adds": (
        (
            "Direct adds left within 24 hours: {left} of {most}.",
            "Ajouts directs encore possibles en 24 heures : {left} sur {most}.",
        ),
        None,
    ),
    "lookups_spent": (
        (
            "{used} telephone numbers looked up within 24 hours of {most}: the next at {free_at}.",
            "{used} numéros de téléphone recherchés en 24 heures sur {most} : le prochain à"
            " {free_at}.",
        ),
        None,
    ),
    "lookups": (
        (
            "Look-ups of telephone numbers left within 24 hours: {left} of {most}.",
            "Recherches de numéros de téléphone encore possibles en 24 heures : {left} sur {most}.",
        ),
        None,
    ),
    "commands_stuck": (
        (
            "{count} commands wait; the oldest ({kind}) since {due_at}, for no known reason.",
            "{count} commandes attendent ; la plus ancienne ({kind}) depuis {due_at}, sans raison"
            " connue.",
        ),
        (
            "Look into the gateway's log; starting it again does no harm.",
            "Examinez le journal de la passerelle ; la redémarrer est sans danger.",
        ),
    ),
    "commands_failed": (
        (
            "Failed since {since}: {count} × {kind} ({error_code}).",
            "Échecs depuis {since} : {count} × {kind} ({error_code}).",
        ),
        (
            "“Try again” or “Drop” on the page “Health” in Odoo.",
            "« Réessayer » ou « Abandonner » dans la page « État de santé » d'Odoo.",
        ),
    ),
    "commands_waiting": (
        (
            "{count} commands wait; the oldest ({kind}) since {due_at}: {why} {until}.",
            "{count} commandes attendent ; la plus ancienne ({kind}) depuis {due_at} : {why}"
            " {until}.",
        ),
        None,
    ),
    "commands_late": (
        (
            "Too late within 24 hours, not done: {count} × {kind}, last {last_at}.",
            "Trop tard en 24 heures, non faites : {count} × {kind}, la dernière {last_at}.",
        ),
        None,
    ),
    "commands_well": (
        (
            "No command failed or waits; {later} planned for later.",
            "Aucune commande en échec ni en attente ; {later} prévues pour plus tard.",
        ),
        None,
    ),
    "facts_set_aside": (
        (
            "Set aside by Odoo since {since}: {count} × {kind}: {error}",
            "Mis de côté par Odoo depuis {since} : {count} × {kind} : {error}",
        ),
        (
            "“Try again” or “Drop” on the page “Health” in Odoo.",
            "« Réessayer » ou « Abandonner » dans la page « État de santé » d'Odoo.",
        ),
    ),
    "facts_waiting": (
        (
            "{count} facts wait since {since} to be handled by Odoo.",
            "{count} faits attendent depuis {since} d'être traités par Odoo.",
        ),
        (
            "Check that Odoo and its scheduled actions run.",
            "Vérifiez qu'Odoo et ses actions planifiées fonctionnent.",
        ),
    ),
    "facts_well": (("All facts are handled.", "Tous les faits sont traités."), None),
    "chat_broken": (
        (
            "The group {chat} is broken ({error_code}).",
            "Le groupe {chat} est hors d'usage ({error_code}).",
        ),
        (
            "Bring the school's account and the bot back into it as administrators, then press"
            " “Check this group” in Odoo.",
            "Remettez-y le compte de l'école et le bot comme administrateurs, puis cliquez sur"
            " « Vérifier ce groupe » dans Odoo.",
        ),
    ),
    "chat_held": (
        (
            "{chat}: {count} people would be removed at once; nobody is yet.",
            "{chat} : {count} personnes seraient retirées d'un coup ; aucune ne l'est encore.",
        ),
        ("Confirm or correct it in Odoo.", "Confirmez ou corrigez dans Odoo."),
    ),
    "chat_to_review": (
        (
            "{chat} was there before: nobody has decided yet about those in it.",
            "{chat} existait déjà : personne n'a encore décidé au sujet de ses membres.",
        ),
        ("Decide in Odoo, on the group's page.", "Décidez dans Odoo, sur la page du groupe."),
    ),
    "chat_paused": (
        (
            "{chat}: paused in Odoo by {by} since {since}.",
            "{chat} : en pause depuis {since} (par {by}, dans Odoo).",
        ),
        (
            "Press “Resume” in Odoo when it may go on.",
            "Cliquez sur « Reprendre » dans Odoo le moment venu.",
        ),
    ),
    "chats_never_made": (
        (
            "{count} groups could not be made since {since}: {names}…",
            "{count} groupes n'ont pas pu être créés depuis {since} : {names}…",
        ),
        (
            "Look at the failed commands and into the gateway's log.",
            "Examinez les commandes en échec et le journal de la passerelle.",
        ),
    ),
    "chats_being_made": (
        (
            "{count} groups are still to be made, {names}…",
            "{count} groupes restent à créer, {names}…",
        ),
        None,
    ),
    "chats_unseen": (
        (
            "In {names}, {part} is not known since {since} ({error_code}); it is asked again.",
            "Dans {names}, on ne sait pas {part} depuis {since} ({error_code}) ; la question est"
            " reposée.",
        ),
        (
            "Where it lasts: make the school's account and the bot administrators of the group.",
            "Si cela dure : rendez le compte de l'école et le bot administrateurs du groupe.",
        ),
    ),
    "chats_unknown": (
        (
            "{account} does not know these groups since {since}: {names} ({count}). It does nothing"
            " there, and asks again by itself, ever less often.",
            "{account} ne connaît pas ces groupes depuis {since} : {names} ({count}). Il n'y fait"
            " rien, et redemande de lui-même, de moins en moins souvent.",
        ),
        (
            "See in Telegram that it is in these groups, the bot as an administrator; then press"
            " “Check this group” in Odoo.",
            "Vérifiez dans Telegram qu'il est dans ces groupes, le bot comme administrateur ; puis"
            " cliquez sur « Vérifier ce groupe » dans Odoo.",
        ),
    ),
    "chats_untrusted": (
        (
            "{count} groups could not be seen as a whole: {names}.",
            "{count} groupes n'ont pas pu être vus en entier : {names}.",
        ),
        None,
    ),
    "chats_ready": (
        (
            "{count} groups are ready, {checked} of them read as a whole, the longest ago"
            " {checked_at}.",
            "{count} groupes sont prêts, {checked} ont été lus en entier, le plus anciennement"
            " {checked_at}.",
        ),
        None,
    ),
    "inbox_cron_off": (
        (
            "Odoo's scheduled action that handles facts is switched off or gone.",
            "L'action planifiée d'Odoo qui traite les faits est désactivée ou supprimée.",
        ),
        (
            "Switch on “Telegram: handle waiting facts”, or upgrade telegram_base.",
            "Réactivez « Telegram : traiter les faits en attente », ou mettez à jour"
            " telegram_base.",
        ),
    ),
    "inbox_cron_late": (
        (
            "Odoo's scheduled action that handles facts was due at {due_at}.",
            "L'action planifiée d'Odoo qui traite les faits était prévue à {due_at}.",
        ),
        (
            "Start Odoo with cron workers (max_cron_threads).",
            "Démarrez Odoo avec des tâches planifiées (max_cron_threads).",
        ),
    ),
    "inbox_cron_well": (
        (
            "Odoo's scheduled action that handles facts runs.",
            "L'action planifiée d'Odoo qui traite les faits fonctionne.",
        ),
        None,
    ),
    "doorbell_missing": (
        (
            "The gateway's user in Odoo is missing or archived: facts are handled up to a minute"
            " late.",
            "L'utilisateur Odoo de la passerelle manque ou est archivé : les faits sont traités"
            " avec jusqu'à une minute de retard.",
        ),
        (
            "Restore it in Odoo, with its group “may ring the doorbell”.",
            "Rétablissez-le dans Odoo, avec son groupe « peut sonner ».",
        ),
    ),
    "text_unusable": (
        (
            "The school's text “{text}” cannot be used, the built-in one is sent: {error}",
            "Le texte « {text} » de l'école est inutilisable, le texte d'origine est envoyé :"
            " {error}",
        ),
        (
            "Correct it in Odoo: Configuration → Texts of the notices.",
            "Corrigez-le dans Odoo : Configuration → Textes des annonces.",
        ),
    ),
    "doorbell_well": (
        ("The gateway's user in Odoo is there.", "L'utilisateur Odoo de la passerelle est là."),
        None,
    ),
}

_WHY = {
    "paused": ("paused", "en pause"),
    "gateway_away": ("no gateway is at work", "aucune passerelle n'est au travail"),
    "frozen": (
        "Telegram has frozen the account that does it",
        "Telegram a gelé le compte qui s'en charge",
    ),
    "resting": ("tried again at", "nouvel essai à"),
    "group_being_made": ("its group is being made", "son groupe est en cours de création"),
    "working": ("it is being done", "elle est en cours"),
    "in_turn": ("its turn comes now", "c'est bientôt son tour"),
}

_ACCOUNTS = {
    "bot": ("The bot", "Le bot"),
    "user": ("The school's account", "Le compte de l'école"),
}

_PARTS = {
    "full": (
        "what the group is called and how many people are in it",
        "comment s'appelle le groupe et combien de personnes y sont",
    ),
    "members": ("who is in the group", "qui est dans le groupe"),
    "banned": ("who is banned", "qui est banni"),
    "requests": ("who waits to be let in", "qui attend d'être admis"),
    "people": (
        "whether some people are still in the group",
        "si certaines personnes sont encore dans le groupe",
    ),
    "log": ("who brought people in or put them out", "qui a ajouté ou retiré des personnes"),
}

_OVERALL = {
    "ok": ("All is well.", "Tout va bien."),
    "note": ("All is well; see the remarks.", "Tout va bien ; voyez les remarques."),
    "act": ("To be done by a person: {count}.", "À faire par une personne : {count}."),
    "down": (
        "Telegram is not being served. To be done by a person: {count}.",
        "Telegram n'est pas servi. À faire par une personne : {count}.",
    ),
}

CODES = frozenset(_LINES)


def sentence(code: str, facts: dict[str, Any]) -> str:
    """What is so, in the person's language. A code of a newer Odoo stands for itself."""
    words = _LINES.get(code)
    return _said(words[0], facts) if words else f"{code} {facts}"


def advice(code: str, facts: dict[str, Any]) -> str:
    """What to do about it; empty where there is nothing to be done."""
    words = _LINES.get(code)
    return _said(words[1], facts) if words and words[1] else ""


def overall(level: str, count: int) -> str:
    """The first line."""
    return _said(_OVERALL[level], {"count": count})


def _said(words: tuple[str, str], facts: dict[str, Any]) -> str:
    shown = {name: _shown(name, value) for name, value in facts.items()}
    if "kind" in facts:
        own = _ACCOUNTS.get(str(facts["kind"]))
        shown["account"] = own[is_french()] if own else facts["kind"]
    return words[is_french()].format_map(shown).replace(" .", ".")


def _shown(name: str, value: Any) -> Any:
    if name == "why" and value in _WHY:
        return _WHY[value][is_french()]
    if name == "part" and value in _PARTS:
        return _PARTS[value][is_french()]
    if value is None:
        return "" if name == "until" else "–"
    return value
