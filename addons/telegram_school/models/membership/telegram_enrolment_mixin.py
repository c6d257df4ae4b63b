from odoo import api, models

from ...services.identity.persons import Persons
from ...services.membership.roster import ClassRoster


class TelegramEnrolmentMixin(models.AbstractModel):
    """A record whose change may change a class's roster: an enrolment, an assignment of a teacher.

    In the classes before and after the change the places of these people are computed, once for all
    records of one call. Changes that concern one person wait for each other
    (`telegram.roster._take_turns`).
    """

    _name = "telegram.enrolment.mixin"
    _inherit = "telegram.adapter.mixin"
    _description = "Belonging to a classroom with a Telegram group"

    #: The adapter's field that leads to the classroom.
    _telegram_classroom_field = "classroom_id"
    #: The adapter's field that says who it is: a Many2one to res.partner, res.users, or a model of
    #: the school's own people.
    _telegram_person_field = "partner_id"
    #: Own fields whose change affects the roster; empty: all.
    _telegram_watched = ()

    def _telegram_classrooms(self):
        """Return the records of `telegram.classroom.mixin` that these records concern."""
        return self.sudo().mapped(self._telegram_classroom_field)

    def _telegram_concerned(self):
        """The people whose place may depend on these records: of the model that the person's field
        leads to. Extend it where others belong because of them, too, as guardians would."""
        return self.sudo().mapped(self._telegram_person_field)

    @api.model
    def _telegram_follow_up(self, classrooms, persons):
        """Bring the places of these people in these classrooms up to date."""
        partners = Persons(self.env).partners(persons)
        # for a person without a contact one is made along with the whole roster
        is_whole = len(partners) < len(persons)
        ClassRoster(classrooms).sync(partners=None if is_whole else partners)

    @api.model_create_multi
    def create(self, vals_list):
        # first, so that a second transaction waits here before a unique key refuses it
        self._telegram_take_turns(vals_list)
        records = super().create(vals_list)
        self._telegram_follow_up(records._telegram_classrooms(), records._telegram_concerned())
        return records

    def write(self, vals):
        if self._telegram_watched and not set(self._telegram_watched) & set(vals):
            return super().write(vals)
        before, persons = self._telegram_classrooms(), self._telegram_concerned()
        self._telegram_take_turns([vals])
        result = super().write(vals)
        self._telegram_follow_up(
            before | self._telegram_classrooms(), persons | self._telegram_concerned()
        )
        return result

    def unlink(self):
        before, persons = self._telegram_classrooms(), self._telegram_concerned()
        self._telegram_take_turns()
        result = super().unlink()
        self._telegram_follow_up(before.exists(), persons)
        return result

    def _telegram_take_turns(self, vals_list=()):
        """Wait for the turn of the people of these records and of these values (see
        `telegram.roster`)."""
        field = self._fields[self._telegram_person_field]
        named = [vals[field.name] for vals in vals_list if vals.get(field.name)]
        persons = self.sudo().mapped(field.name) | self.env[field.comodel_name].sudo().browse(named)
        self.env["telegram.roster"]._take_turns(Persons(self.env).partners(persons.exists()))
