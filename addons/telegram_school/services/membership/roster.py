"""The chat and the roster of a class."""

from datetime import timedelta

from odoo import _, fields
from odoo.exceptions import UserError

from ...rules.admission import REFUSED, is_away
from ...rules.attendance import Thresholds
from ...rules.bounds import HORIZON
from ...rules.commands import Settings
from ...rules.title import TITLE_MAX, cut_title
from ..identity.persons import Persons
from ..messages import announcements, group_texts
from ..service import ClassService
from . import questions

# Of several entries for one person (a former enrolment and a new one, a teacher who also
# supervises) the highest rank counts.
_STATUS_RANK = {"out": 0, "undecided": 1, "in": 2, "banned": 3}

_ROLE_RANK = {"student": 0, "teacher": 1, "supervisor": 2}


def _places(entries):
    """Return the places that the entries give: set of (id of the partner, role, status). entries:
    as for `telegram.roster._set`."""
    return {(entry["partner_id"], entry["role"], entry["status"]) for entry in entries}


class ClassRoster(ClassService):
    """Brings the chat and the roster of a class up to date with the school."""

    def is_away(self, partner):
        """Return whether the contact has been archived so long that the person is out of all
        groups."""
        partner = partner.sudo()
        if partner.active:
            return False  # the date, which is read by itself, does not matter
        return is_away(False, partner.telegram_archived_at or None, fields.Datetime.now())

    def settings(self):
        """Return the lead times in whole seconds, as `rules.commands` wants them."""
        return Settings(
            timedelta(seconds=round(60 * self.classroom._telegram_setting("reminder_minutes")))
            if group_texts.GroupTexts(self.classroom).says("reminder")
            else timedelta(0),
            timedelta(seconds=round(60 * self.classroom._telegram_setting("open_minutes"))),
            self.classroom._telegram_setting("announce"),
        )

    def thresholds(self):
        """Return the thresholds of attendance, as `rules.attendance` wants them."""
        return Thresholds(
            self.classroom.telegram_partial_percent,
            timedelta(minutes=self.classroom.telegram_late_minutes),
            timedelta(minutes=self.classroom.telegram_early_minutes),
        )

    def make_chat(self, values=None):
        """Return the class's chat, made if it is missing. values: settings, by the chat's names; a
        new class gets a group if its company says so."""
        record = self.classroom.sudo()
        company = record.company_id if "company_id" in record._fields else False
        company = company or self.env.company
        given = {
            name: value
            for name, value in (values or {}).items()
            # an empty choice of a form means the default
            if value or self.env["telegram.chat"]._fields[name].type != "selection"
        }
        return self._new_chat(dict({"is_wanted": company.telegram_new_groups}, **given))

    def is_active(self, record):
        """Return whether a class is in use; if not, `archive_policy` decides about its group."""
        return "active" not in record._fields or record.active

    def _row(self):
        """Return the class's chat, even without a group; empty for a class from before the
        addon."""
        own = self.classroom.sudo().telegram_own_chat_id
        return self.env["telegram.chat"].sudo().browse(own.id)

    def _new_chat(self, values):
        """Create the class's chat with these values and those that follow from the class."""
        record = self.classroom.sudo()
        is_active = bool(values["is_wanted"] and self.is_active(record))
        values = dict(values, active=is_active, **self.chat_values())
        chat = self.env["telegram.chat"]._for_record(record, values)
        self.tell_cut(chat)
        return chat

    def set_up(self, values):
        """Write settings of the class, by the chat's names."""
        chat = self._row() or self._new_chat({"is_wanted": False})
        changes = {
            name: value
            for name, value in values.items()
            # an empty policy of a form changes nothing
            if chat[name] != value and (value or chat._fields[name].type != "selection")
        }
        if changes:
            chat.write(changes)

    def known_chat(self):
        """Return this class's chat; for a class from before the addon came it is made, with its
        roster. Empty for no class."""
        if self.classroom and not self._row():
            self.sync()
        return self._row() if self.classroom else self.env["telegram.chat"]

    def chat(self):
        """Return this class's chat, brought up to date; one without a group is made if need be."""
        self.classroom.ensure_one()
        record = self.classroom.sudo()
        chat = ClassRoster(record)._row()
        if not chat:  # a class from before the addon came
            return ClassRoster(record)._new_chat({"is_wanted": False})
        vals = ClassRoster(record).chat_values()
        vals["active"] = bool(chat.is_wanted and self.is_active(record))
        changes = {
            name: value
            for name, value in vals.items()
            if chat._fields[name].convert_to_write(chat[name], chat) != value
        }
        before = chat.name
        if changes:
            chat.write(changes)
        if "name" in changes:
            ClassRoster(record).tell_cut(chat)
            announcements.Announcements(record).tell_renamed(chat, before)
        return chat

    def tell_cut(self, chat):
        """Note in the record's history that its name was too long for the group's title, if it
        was."""
        if self.title_cut():
            questions.Questions(self.classroom).log(
                _(
                    "The name is longer than the %s characters that Telegram allows. In Telegram "
                    "the group is called “%s”."
                )
                % (TITLE_MAX, chat.name)
            )

    def title_cut(self):
        """Return the group's title if it had to be shortened; False if it is the whole name."""
        whole = " ".join((self.classroom._telegram_title() or "").split())
        title = cut_title(whole)
        return title if title != whole else False

    def chat_values(self):
        """Return the values of the chat that follow from the class: title, language, company."""
        title = cut_title(self.classroom._telegram_title() or "")
        vals = {"name": title} if title else {}
        lang = self.classroom._telegram_lang()
        if lang and lang in dict(self.env["res.lang"].get_installed()):
            vals["lang"] = lang
        if "company_id" in self.classroom._fields and self.classroom.company_id:
            vals["company_id"] = self.classroom.company_id.id
        return vals

    def sync(self, extra=(), partners=None):
        """Bring chat and roster of these records up to date and announce the changes in the group.

        Writes only rows that differ, and never a row that two enrolments share. extra: further
        entries like those of `_telegram_people`, for persons who are not listed there as `in`.
        partners: the people (res.partner) whose place alone is computed; None: everybody's. Does
        nothing while two people are being merged (`telegram_uniting` in the context): who belongs
        is known after that.
        """
        if self.env.context.get("telegram_uniting"):
            return
        is_new = self.env.context.get("telegram_creating")
        for record in self.classroom.sudo().exists():
            # whoever pressed a button, and whichever cron runs
            record = ClassRoster(record).in_company().classroom
            if is_new and not ClassRoster(record)._row():
                continue
            chat = ClassRoster(record).chat()
            if not chat or (partners is not None and not partners and not extra):
                continue
            own = [("chat_id", "=", chat.id)]
            if partners is not None:
                own.append(("partner_id", "in", partners.ids))
            rows = self.env["telegram.roster"].sudo().search(own)
            # a class without a group makes no contacts
            listed = ClassRoster(record)._all_listed(partners)
            entries = ClassRoster(record).entries(rows, extra, chat.is_wanted, partners, listed)
            is_plain = not chat.is_wanted and not chat._row()
            ahead = ClassRoster(record).planned(listed) if is_plain or chat.active else []
            self.env["telegram.planned.place"].sudo()._set(chat, ahead, partners)
            if is_plain:
                chat._set_roster(entries, partners)
                continue
            if not chat.active:
                kept = ClassRoster(record).only_bans(chat, rows, entries)
                if _places(kept) != _places(entries):
                    # not on the roster yet: a transaction that restores the class at this moment
                    # must see it
                    chat._conflict()
                chat._set_roster(kept, partners)
                continue
            changed = chat._set_roster(entries, partners)
            if chat.archive_policy == "empty" and any(row["status"] == "in" for row in changed):
                # a transaction that archives the class at this moment must remove them, too
                chat._conflict()
            if changed:
                questions.Questions(record).settle(chat)
            # Changes before there is a group are not announced in it.
            is_quiet = self.env.context.get("telegram_quietly")
            is_told = not is_quiet and record._telegram_setting("notices")
            if changed and is_told and chat._row().state == "ready":
                announcements.Announcements(record.with_context(lang=chat.lang)).announce(
                    chat, changed
                )

    def switch(self):
        """Follow the archiving or restoring of the classes. That alone changes nobody's place, but
        the school may have changed some of a restored class meanwhile."""
        for record in self.classroom.sudo():
            if self.is_active(record):
                ClassRoster(record).sync(partners=record._telegram_changed_people())
            elif not self.env.context.get("telegram_uniting"):
                # nobody's place begins in an archived class
                self.env["telegram.planned.place"].sudo()._set(ClassRoster(record).chat(), [])

    def only_bans(self, chat, rows, entries):
        """Keep the roster of an archived group as it was, except for bans that the school set or
        lifted."""
        computed = {entry["partner_id"]: entry for entry in entries}
        kept = []
        for row in rows:
            entry = row._entry()
            wished = computed.get(row.partner_id.id)
            if wished and "banned" in (wished["status"], row.status):
                entry = dict(wished)
                if chat.archive_policy == "empty" and entry["status"] == "in":
                    entry["status"] = "out"
            kept.append(entry)
        return kept

    def people(self, make=False, partners=None, listed=None):
        """Return the result of `_telegram_people`, with a res.partner for each person.

        make: make contacts for people without one; else they are left out. partners: the people
        that are wanted; None: all. listed: the result of `_all_listed` just now. Raises UserError
        for an entry without a person, or with a record of a model that has no people.
        """
        listed = self.listed(partners, listed)
        found = Persons(self.env).of_each([person for person, _entry in listed], make)
        wanted = None if partners is None else set(partners.ids)
        return [
            dict(entry, partner=partner)
            for partner, (_person, entry) in zip(found, listed)
            if partner and (wanted is None or partner.id in wanted)
        ]

    def listed(self, partners=None, listed=None):
        """Return who belongs now by `_telegram_people`: a list of (record of the person, entry).

        listed: the result of `_all_listed` just now. A place that has yet to begin is left out: see
        `planned`. Raises UserError as `_all_listed` does.
        """
        now = fields.Datetime.now()
        listed = self._all_listed(partners) if listed is None else listed
        return [place for place in listed if not self._is_ahead(place[1], now)]

    def planned(self, listed):
        """Return the entries whose place has yet to begin, each with a res.partner and `is_barred`:
        whether they must not come in at all."""
        now = fields.Datetime.now()
        ahead = [place for place in listed if self._is_ahead(place[1], now)]
        partners = Persons(self.env).of_each([person for person, _entry in ahead])
        return [
            dict(
                entry,
                partner=partner,
                is_barred=self.is_away(partner) or self.classroom._telegram_is_blocked(partner),
            )
            for partner, (_person, entry) in zip(partners, ahead)
            if partner and not partner.telegram_erased_at
        ]

    def _is_ahead(self, entry, now):
        return bool(entry.get("since")) and entry["since"] > now

    def _all_listed(self, partners=None):
        """Return the result of `_telegram_people` as a list of (record of the person, entry); with
        `partners` at least the entries of these people.

        Raises UserError for an entry with several persons or with none; an empty record is left
        out.
        """
        listed = []
        for entry in self.classroom._telegram_people(partners):
            person = entry.get("person", entry.get("partner"))
            if person is None or len(person) > 1:
                raise UserError(
                    _(
                        "_telegram_people of “%s” gives an entry without exactly one person under "
                        "`person` or `partner`."
                    )
                    % self.classroom._name
                )
            if person:
                listed.append((person, entry))
        return listed

    def without_contact(self):
        """Return a list of the records of people who belong to the class today and get a contact
        only with its group."""
        people = [
            person for person, entry in self.listed() if entry.get("status", "in") in ("in", False)
        ]
        partners = Persons(self.env).of_each(people)
        return [person for person, partner in zip(people, partners) if not partner]

    def entries(self, rows, extra, make=False, partners=None, listed=None):
        """Return the entries of the roster, as for `telegram.roster._set`. rows: the class's roster
        until now; extra, partners: see `sync`; make, listed: see `people`."""
        known = set(rows.mapped("partner_id").ids)
        entries = {}
        for person in self.people(make, partners, listed) + list(extra):
            if person["partner"].telegram_erased_at:
                continue  # a former enrolment, without a name
            entry = {
                "partner_id": person["partner"].id,
                "role": person.get("role") or "student",
                "status": person.get("status") or "in",
                "reason": person.get("reason") or False,
                "until": person.get("until") or False,
            }
            if self.classroom._telegram_is_blocked(person["partner"]):
                entry["status"] = "banned"
            elif entry["status"] == "in" and self.is_away(person["partner"]):
                entry.update(status="out", reason="archived")
            before = entries.get(entry["partner_id"])
            if before is None or self.rank(entry) > self.rank(before):
                entries[entry["partner_id"]] = entry
        # Blocked people who came all the same stay banned, even without an enrolment.
        for row in rows.filtered(lambda one: one.status == "banned"):
            is_out = entries.get(row.partner_id.id, {}).get("status", "out") == "out"
            if is_out and self.classroom._telegram_is_blocked(row.partner_id):
                entries[row.partner_id.id] = {
                    "partner_id": row.partner_id.id,
                    "role": row.role,
                    "status": "banned",
                    "reason": row.reason,
                }
        wished = {person["partner"].id for person in extra}
        # A refusal outlasts a former enrolment, so that nobody is asked again.
        refused = {person["partner"].id for person in extra if person.get("reason") == REFUSED}
        refused |= set(rows.filtered(lambda r: r.reason == REFUSED).mapped("partner_id").ids)
        for partner_id in refused & set(entries):
            if entries[partner_id]["status"] == "out":
                entries[partner_id]["reason"] = REFUSED
        # A former enrolment does not decide about people who wait for a person's decision.
        asked = set(rows.filtered(lambda r: r.status == "undecided").mapped("partner_id").ids)
        known -= asked
        # People who are out and never were in get no row: nobody unknown is ever removed.
        return [
            entry
            for partner_id, entry in sorted(entries.items())
            if entry["status"] != "out" or partner_id in known or partner_id in wished
        ]

    def rank(self, entry):
        return (_STATUS_RANK[entry["status"]], _ROLE_RANK[entry["role"]])

    def lessons(self, ahead=HORIZON):
        """Return the lessons of these records within the horizon, of any model; empty without one.
        ahead: those alone of which something is due within this time."""
        if ahead < HORIZON:
            names = ("reminder_minutes", "open_minutes")
            leads = [one._telegram_setting(name) for one in self.classroom for name in names]
            ahead = min(HORIZON, ahead + timedelta(minutes=max(leads, default=0)))
        return self.all_lessons(ahead)

    def all_lessons(self, ahead=None):
        """Return all lessons of these records, of any model; empty without one. ahead: those of the
        clock's horizon alone that begin within this time."""
        for model in self.env["telegram.lesson.mixin"]._telegram_models():
            field = model._fields.get(model._telegram_classroom_field)
            if field is not None and field.comodel_name == self.classroom._name:
                domain = [(model._telegram_classroom_field, "in", self.classroom.ids)]
                horizon = model._telegram_horizon(ahead) if ahead else []
                return model.sudo().search(domain + horizon)
        return self.env["telegram.lesson.mixin"]
