"""A class of the foreign school, with a group and people who are linked to nothing yet."""

from odoo.addons.telegram_school.services.identity.persons import Persons
from odoo.addons.telegram_school.tests.common import TelegramSchoolCase


class ForeignSchoolCase(TelegramSchoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.lang_en").active = True
        cls.personnes = cls.people_with_ids_of_others("Amina", "Bilal <b>", "Chloé", "Driss")
        cls.teacher = cls.personnes[3]
        cls.course = cls.env["fs.course"].create(
            {
                "intitule": "Physique",
                "langue": "en_US",
                "professeur_id": cls.teacher.id,
                "inscription_ids": [(0, 0, {"personne_id": cls.personnes[0].id})],
            }
        )
        cls.chat = cls.course.telegram_chat_id
        # all of them are in a class with a group
        persons = Persons(cls.env)
        cls.amina, cls.bilal, cls.chloe, cls.driss = persons.partners(cls.personnes, make=True)
        cls.open_group(cls.chat)

    @classmethod
    def people_with_ids_of_others(cls, *names):
        """Make people of the school whose ids are those of other people's contacts."""
        cls.others = cls.env["res.partner"].create([{"name": "Not %s" % name} for name in names])
        cls.env.cr.execute(
            "INSERT INTO fs_personne (id, nom, active) SELECT *, true"
            " FROM unnest(%s::int[], %s::varchar[])",
            [cls.others.ids, list(names)],
        )
        return cls.env["fs.personne"].browse(cls.others.ids)

    def enrol(self, personne):
        values = {"course_id": self.course.id, "personne_id": personne.id}
        return self.env["fs.inscription"].create(values)
