"""All that this school needs to be taught in Telegram groups."""

from datetime import timedelta

from odoo import models

from odoo.addons.telegram_school.services.identity.persons import Persons

STATUS = {"valide": "in", "annulee": "out", "exclu": "banned"}


class Course(models.Model):
    _name = "fs.course"
    _inherit = ["fs.course", "telegram.classroom.mixin"]

    _telegram_watched = ("intitule", "langue", "professeur_id")

    def _telegram_title(self):
        return self.intitule

    def _telegram_lang(self):
        return self.langue

    def _telegram_tz(self):
        return "Africa/Algiers"

    def _telegram_people(self, partners=None):
        people = [
            {
                "person": one.personne_id,
                "role": "student",
                "status": STATUS[one.etat],
                "reason": one.motif,
            }
            for one in self.inscription_ids
        ]
        return people + [{"person": self.professeur_id, "role": "teacher"}]

    def _telegram_enrol(self, partner, fact):
        mine = Persons(self.env).records("fs.personne", partner).get(partner.id)
        if not mine:
            return False
        values = {"course_id": self.id, "personne_id": mine[0].id}
        return bool(self.env["fs.inscription"].create(values))

    def _telegram_unenrol(self, partner, fact):
        persons = Persons(self.env).records("fs.personne", partner).get(partner.id, ())
        mine = self.inscription_ids.filtered(lambda one: one.personne_id in persons)
        mine.write({"etat": "annulee", "motif": "telegram"})
        return bool(mine)


class Personne(models.Model):
    _name = "fs.personne"
    _inherit = ["fs.personne", "telegram.person.mixin"]


class Inscription(models.Model):
    _name = "fs.inscription"
    _inherit = ["fs.inscription", "telegram.enrolment.mixin"]

    _telegram_classroom_field = "course_id"
    _telegram_person_field = "personne_id"


class Seance(models.Model):
    _name = "fs.seance"
    _inherit = ["fs.seance", "telegram.lesson.mixin"]

    _telegram_classroom_field = "course_id"
    _telegram_start_field = "debut"
    _telegram_stop_field = "heures"
    _telegram_name_field = "sujet"
    _telegram_sheet_field = "pointage_ids"
    _telegram_watched = ("annulee",)

    def _telegram_stop(self):
        return self.debut and self.debut + timedelta(hours=self.heures)

    def _telegram_is_planned(self):
        return not self.annulee


class Pointage(models.Model):
    _name = "fs.pointage"
    _inherit = ["fs.pointage", "telegram.attendance.mixin"]

    _telegram_lesson_field = "seance_id"
    _telegram_person_field = "personne_id"
    _telegram_columns = {
        "status": "resultat",
        "minutes": "minutes",
        "arrived_at": "entree",
        "departed_at": "sortie",
    }
