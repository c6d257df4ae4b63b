"""Lines of `telegram-gateway check` about commands, facts, groups and Odoo, by code."""

from __future__ import annotations

from telegram_gateway.health.process_lines import Lines

WORK_LINES: Lines = {
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
    "adapter_fault": (
        (
            "The adapter of the school, {model} {field}: {fault}",
            "L'adaptateur de l'école, {model} {field} : {fault}",
        ),
        (
            "The page Health in Odoo says what to change.",
            "La page Santé dans Odoo dit ce qu'il faut changer.",
        ),
    ),
    "mail_guarded": (
        (
            "Odoo's way from a typed e-mail to all rights is closed by telegram_mail_guard.",
            "Le passage d'Odoo d'un e-mail saisi à tous les droits est fermé par"
            " telegram_mail_guard.",
        ),
        None,
    ),
    "doorbell_well": (
        ("The gateway's user in Odoo is there.", "L'utilisateur Odoo de la passerelle est là."),
        None,
    ),
}
