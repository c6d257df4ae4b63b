"""Lines of `telegram-gateway check` about processes, accounts and what they may do, by code."""

from __future__ import annotations

#: code: (English, French), what to do about it: (English, French) or nothing
Lines = dict[str, tuple[tuple[str, str], tuple[str, str] | None]]

PROCESS_LINES: Lines = {
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
}
