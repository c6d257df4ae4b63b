"""Sentences about logging an account in: code → (English, French)."""

from __future__ import annotations

LOGIN: dict[str, tuple[str, str]] = {
    "no_account": (
        "No {kind} account has logged in yet: open Telegram › Configuration › Connect in Odoo, or telegram-gateway"
        " login {kind}",
        "Aucun compte {kind} n'est encore connecté : ouvrez Telegram › Configuration › Connexion dans Odoo, ou"
        " telegram-gateway login {kind}",
    ),
    "account_lost": (
        "Telegram no longer accepts the {kind} account ({reason}): open Telegram › Configuration › Connect in Odoo,"
        " or telegram-gateway login {kind}",
        "Telegram n'accepte plus le compte {kind} ({reason}) : ouvrez Telegram › Configuration › Connexion dans"
        " Odoo, ou telegram-gateway login {kind}",
    ),
    "database_copied": (
        "The logins belong to another database, of which this one is a copy: nothing is done here."
        " If this is the school's database from now on and the other one's gateway is stopped for"
        " good: telegram-gateway adopt. If both run, Telegram ends the logins.",
        "Les connexions appartiennent à une autre base de données, dont celle-ci est une copie :"
        " rien n'est fait ici. Si cette base est désormais celle de l'école et que la passerelle de"
        " l'autre est arrêtée pour de bon : telegram-gateway adopt. Si les deux tournent, Telegram"
        " met fin aux connexions.",
    ),
    "adopted": (
        "This database is the school's from now on. The other one's gateway must never run again.",
        "Cette base est désormais celle de l'école. La passerelle de l'autre ne doit plus jamais"
        " tourner.",
    ),
    "moved": (
        "The logins of {process} are this gateway's from now on. Started again elsewhere, {process}"
        " would wait for logins of its own.",
        "Les connexions de {process} sont désormais celles de cette passerelle. Relancée ailleurs,"
        " {process} attendrait ses propres connexions.",
    ),
    "process_runs": (
        "{process} runs: stop it first. Two gateways with one login would end that login for good.",
        "{process} tourne : arrêtez-la d'abord. Deux passerelles avec la même connexion mettraient"
        " fin à celle-ci pour de bon.",
    ),
    "adopt_of_others": (
        "This gateway has no logins; there are those of: {names}. If it has taken the place of one"
        " of them, which is stopped for good: telegram-gateway adopt --from NAME. Else log in:"
        " telegram-gateway login bot, login user.",
        "Cette passerelle n'a pas de connexions ; il y a celles de : {names}. Si elle a pris la"
        " place de l'une d'elles, arrêtée pour de bon : telegram-gateway adopt --from NOM. Sinon,"
        " connectez-la : telegram-gateway login bot, login user.",
    ),
    "adopt_nothing": (
        "The logins belong to this database already: there is nothing to adopt.",
        "Les connexions appartiennent déjà à cette base : il n'y a rien à adopter.",
    ),
    "telegram_unreachable": (
        "Telegram cannot be reached: check the network of this machine.",
        "Telegram est injoignable : vérifiez le réseau de cette machine.",
    ),
    "api_missing": (
        "Telegram asks for an API id and hash: get them on https://my.telegram.org under “API"
        " development tools”, and set TELEGRAM_GATEWAY_API_ID and TELEGRAM_GATEWAY_API_HASH.",
        "Telegram demande un identifiant d'API (api_id) et sa clé (api_hash) : créez-les sur"
        " https://my.telegram.org sous « API development tools », et définissez"
        " TELEGRAM_GATEWAY_API_ID et TELEGRAM_GATEWAY_API_HASH.",
    ),
    "api_refused": (
        "Telegram refuses this API id or hash: copy both again from https://my.telegram.org.",
        "Telegram refuse cet api_id ou cet api_hash : copiez de nouveau les deux depuis"
        " https://my.telegram.org.",
    ),
    "token_refused": (
        "Telegram refuses this bot token: copy it again from @BotFather.",
        "Telegram refuse ce jeton de bot : copiez-le de nouveau depuis @BotFather.",
    ),
    "bot_taken": (
        "This bot serves another gateway of this database already: make a bot of its own with"
        " @BotFather, or disconnect it there.",
        "Ce bot sert déjà une autre passerelle de cette base : créez-en un autre avec @BotFather,"
        " ou déconnectez-le là-bas.",
    ),
    "account_taken": (
        "This account serves another gateway of this database already: use another one, or"
        " disconnect it there.",
        "Ce compte sert déjà une autre passerelle de cette base : prenez-en un autre, ou"
        " déconnectez-le là-bas.",
    ),
    "phone_refused": (
        "Telegram refuses this phone number ({reason}): write it with + and the country code.",
        "Telegram refuse ce numéro ({reason}) : écrivez-le avec + et l'indicatif du pays.",
    ),
    "phone_banned": (
        "Telegram has banned this number: use another one, or write to recover@telegram.org.",
        "Telegram a banni ce numéro : prenez-en un autre, ou écrivez à recover@telegram.org.",
    ),
    "phone_unregistered": (
        "This number has no Telegram account yet: install Telegram on its phone, register there,"
        " and come back.",
        "Ce numéro n'a pas encore de compte Telegram : installez Telegram sur son téléphone,"
        " inscrivez-vous, puis revenez.",
    ),
    "phone_flood": (
        "Too many codes were asked for with this number: try again tomorrow, or by QR code.",
        "Trop de codes ont été demandés pour ce numéro : réessayez demain, ou par code QR.",
    ),
    "phone_protected": (
        "Telegram lets nobody log in with this number by a code: use the QR code (login user --qr).",
        "Telegram ne laisse personne se connecter par code avec ce numéro : utilisez le code QR"
        " (login user --qr).",
    ),
    "code_not_sent": (
        "Telegram could not send the code: try again later, or by QR code (login user --qr).",
        "Telegram n'a pas pu envoyer le code : réessayez plus tard, ou par code QR"
        " (login user --qr).",
    ),
    "payment_required": (
        "Telegram wants to be paid for sending a code to this number, which only its own apps can"
        " do: log in on a phone in Telegram's app, then start again here, or use the QR code"
        " (login user --qr).",
        "Telegram veut être payé pour envoyer un code à ce numéro, ce que seules ses propres"
        " applications permettent : connectez d'abord un téléphone dans l'application Telegram,"
        " puis recommencez ici, ou utilisez le code QR (login user --qr).",
    ),
    "email_needed": (
        "Telegram wants this account to have an e-mail address for logging in: set it up in"
        " Telegram's app (Settings › Privacy and Security › Login Email), then start again; or use"
        " the QR code (login user --qr).",
        "Telegram veut que ce compte ait une adresse e-mail de connexion : définissez-la dans"
        " l'application Telegram (Paramètres › Confidentialité et sécurité › E-mail de connexion),"
        " puis recommencez ; ou utilisez le code QR (login user --qr).",
    ),
    "resend_unavailable": (
        "Telegram has no other way to send the code: take the one that it sent, or use the QR code"
        " (login user --qr).",
        "Telegram n'a pas d'autre moyen d'envoyer le code : prenez celui qui a été envoyé, ou"
        " utilisez le code QR (login user --qr).",
    ),
    "telegram_trouble": (
        "Telegram has trouble of its own ({reason}): try again in a few minutes; if it stays so,"
        " begin anew.",
        "Telegram a lui-même un problème ({reason}) : réessayez dans quelques minutes ; si cela"
        " dure, recommencez depuis le début.",
    ),
    "code_refused": (
        "This code is wrong: type the code that Telegram sent last.",
        "Ce code est faux : saisissez le dernier code envoyé par Telegram.",
    ),
    "code_expired": (
        "This code has expired: start again for a new one.",
        "Ce code a expiré : recommencez pour en recevoir un nouveau.",
    ),
    "password_refused": (
        "This password is wrong: it is the one of two-step verification, set in Telegram.",
        "Ce mot de passe est faux : c'est celui de la validation en deux étapes, choisi dans"
        " Telegram.",
    ),
    "password_flood": (
        "Too many wrong passwords: wait some hours before you try again.",
        "Trop de mots de passe faux : attendez quelques heures avant de réessayer.",
    ),
    "qr_expired": (
        "Nobody scanned the code: start again when the phone is at hand.",
        "Personne n'a scanné le code : recommencez quand le téléphone est à portée de main.",
    ),
    "admit_unanswered": (
        "No other gateway let this one in: does it run, is its account connected, and has it the"
        " same session key? Else log in by phone (login user --phone +33…) or by QR code.",
        "Aucune autre passerelle n'a admis celle-ci : tourne-t-elle, son compte est-il connecté, et"
        " a-t-elle la même clé de session ? Sinon connectez-vous par téléphone"
        " (login user --phone +33…) ou par code QR.",
    ),
    "admit_other": (
        "Another account than the school's answered: nothing was changed.",
        "Un autre compte que celui de l'école a répondu : rien n'a été changé.",
    ),
    "flood_wait": (
        "Telegram asks to wait {wait_s} seconds before trying again.",
        "Telegram demande d'attendre {wait_s} secondes avant de réessayer.",
    ),
    "login_refused": (
        "Telegram refuses the login: {reason}.",
        "Telegram refuse la connexion : {reason}.",
    ),
    "login_cancelled": (
        "Nothing was changed: the login was given up.",
        "Rien n'a été changé : la connexion a été abandonnée.",
    ),
    "login_expired": (
        "The answer came too late: start again.",
        "La réponse est arrivée trop tard : recommencez.",
    ),
    "login_interrupted": (
        "The gateway was restarted meanwhile: start again.",
        "La passerelle a redémarré entre-temps : recommencez.",
    ),
    "internal": (
        "The login failed by a fault of the gateway: see its log.",
        "La connexion a échoué par une faute de la passerelle : voyez son journal.",
    ),
    "code_needs": (
        "Telegram sends the code into a Telegram app in which this account is logged in already (the"
        " chat named “Telegram”), seldom to its e-mail address; not by SMS. Have a phone or a"
        " computer at hand on which the account is open.",
        "Telegram envoie le code dans une application Telegram où ce compte est déjà connecté (la"
        " conversation nommée « Telegram »), rarement à son adresse e-mail ; pas par SMS. Ayez sous"
        " la main un téléphone ou un ordinateur où le compte est ouvert.",
    ),
    "ask_phone": (
        "Phone number with + and country code (empty: by QR code): ",
        "Numéro de téléphone avec + et l'indicatif (vide : par code QR) : ",
    ),
    "ask_admit": (
        "The gateway {process} runs with a login of its own. Let this one in by it? Then no code is"
        " needed. (yes/no) ",
        "La passerelle {process} tourne avec sa propre connexion. Admettre celle-ci par elle ? Aucun"
        " code n'est alors nécessaire. (oui/non) ",
    ),
    "admitting": (
        "Asking the other gateway; this takes some seconds.",
        "L'autre passerelle est interrogée ; cela prend quelques secondes.",
    ),
    "qr_how": (
        "On the account's phone: Telegram › Settings › Devices › Link Desktop Device, then scan"
        " this code. A new one comes by itself every 30 seconds.",
        "Sur le téléphone du compte : Telegram › Paramètres › Appareils › Connecter un appareil,"
        " puis scannez ce code. Un nouveau apparaît de lui-même toutes les 30 secondes.",
    ),
    "ask_code": (
        "The code that Telegram sent {how} ({length} characters; ? has it sent another way): ",
        "Le code envoyé par Telegram {how} ({length} caractères ; ? le fait envoyer autrement) : ",
    ),
    "sent_by_app": ("in its app", "dans son application"),
    "sent_by_sms": ("by SMS", "par SMS"),
    "sent_by_words": (
        "by SMS, as a word or a phrase that begins with “{hint}”",
        "par SMS, sous forme d'un mot ou d'une phrase qui commence par « {hint} »",
    ),
    "sent_by_call": ("by a call", "par un appel"),
    "sent_by_missed_call": (
        "by a call that nobody needs to answer: it is the end of the number that calls ({hint}…)",
        "par un appel auquel il est inutile de répondre : c'est la fin du numéro appelant ({hint}…)",
    ),
    "sent_by_flash_call": (
        "by a call that nobody needs to answer: it is the number that calls ({hint})",
        "par un appel auquel il est inutile de répondre : c'est le numéro appelant ({hint})",
    ),
    "sent_by_email": ("by e-mail to {hint}", "par e-mail à {hint}"),
    "sent_by_fragment": ("to the page {hint}", "sur la page {hint}"),
    "sent_by_firebase": (
        "in a way that only its own apps can use; have it sent another way",
        "d'une manière réservée à ses propres applications ; faites-le envoyer autrement",
    ),
    "sent_by_other": ("to you", "à votre intention"),
    "ask_password": (
        "Password of two-step verification{hint}: ",
        "Mot de passe de la validation en deux étapes{hint} : ",
    ),
    "password_hint": (" (hint: {hint})", " (indice : {hint})"),
    "ask_token": ("The bot's token: ", "Le jeton du bot : "),
    "ask_replace": (
        "{replaces} is connected now. {name} would take its place; groups made by {replaces} stay"
        " its own. Replace it? (yes/no) ",
        "{replaces} est connecté actuellement. {name} prendrait sa place ; les groupes créés par"
        " {replaces} resteraient les siens. Le remplacer ? (oui/non) ",
    ),
    "logged_in": (
        "Logged in as {name}. During the first day Telegram may not let a new login appoint"
        " administrators: groups made meanwhile are completed later.",
        "Connecté en tant que {name}. Le premier jour, Telegram peut refuser qu'une nouvelle"
        " connexion nomme des administrateurs : les groupes créés entre-temps sont complétés plus"
        " tard.",
    ),
    "logged_in_again": (
        "{name} was connected before, and has now a new login.",
        "{name} était déjà connecté, et l'est maintenant de nouveau.",
    ),
}
