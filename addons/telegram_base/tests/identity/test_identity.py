from hypothesis import given
from hypothesis import strategies as some

from odoo.tests.common import BaseCase

from ...rules import identity

PEOPLE = some.sets(some.sampled_from("ABCD"), max_size=3)
ACCOUNTS = some.sets(some.sampled_from([7, 8, 9]), max_size=2)
STANDING = some.sampled_from(["fresh", "used", "expired", "superseded"])


class TestIdentity(BaseCase):
    """The pure decisions: the outcome of a link, and suggestions that need no person."""

    def _leads_to(self, link="fresh", person="B", own=(), accounts=(), family=()):
        return identity.outcome(link, person, own, accounts, 7, family)

    def test_outcome__of_every_standing(self):
        cases = [
            ({}, identity.LINK),
            ({"link": "used"}, identity.USED),
            ({"link": "expired"}, identity.EXPIRED),
            ({"link": "superseded"}, identity.SUPERSEDED),
            ({"own": ["B"]}, identity.GREET),
            ({"own": ["B"], "link": "used"}, identity.GREET),
            ({"own": ["A"]}, identity.ASK),
            ({"own": ["A"], "accounts": [8]}, identity.ASK),
            ({"own": ["A"], "family": ["A"]}, identity.LINK),
            ({"own": ["A"], "family": ["C"]}, identity.ASK),
            ({"accounts": [8]}, identity.LINK_SECOND),
            ({"accounts": [7]}, identity.LINK),
        ]
        for standing, expected in cases:
            self.assertEqual(self._leads_to(**standing), expected, standing)

    def test_outcome__a_stranger_s_link_is_never_taken_without_a_word(self):
        for link in ("fresh", "used", "expired", "superseded"):
            found = self._leads_to(link=link, own=["A"])
            self.assertNotIn(found, (identity.LINK, identity.LINK_SECOND, identity.GREET), link)

    @given(STANDING, PEOPLE, ACCOUNTS, PEOPLE)
    def test_law__only_a_fresh_link_of_nobody_else_s_account_links(
        self, link, own, accounts, family
    ):
        outcome = self._leads_to(link=link, own=own, accounts=accounts, family=family)
        if outcome in (identity.LINK, identity.LINK_SECOND):
            self.assertEqual(link, "fresh")
            self.assertTrue(not own or own & family)
            self.assertNotIn("B", own)
        if outcome == identity.ASK:
            self.assertTrue(own and "B" not in own and not own & family)

    @given(some.lists(some.text(max_size=5), max_size=4), some.randoms())
    def test_law__the_order_and_the_case_of_a_name_do_not_matter(self, parts, random):
        shuffled = list(parts)
        random.shuffle(shuffled)
        self.assertEqual(identity.words(" ".join(parts)), identity.words(" ".join(shuffled)))

    @given(
        some.text(max_size=8), some.text(max_size=8), some.text(max_size=8), some.text(max_size=8)
    )
    def test_law__a_rule_that_is_off_confirms_nobody(self, name, seen, number, seen_number):
        self.assertFalse(identity.may_confirm(identity.NEVER, name, seen, number, seen_number))
        mine = identity.may_confirm(identity.NAME_AND_PHONE, name, seen, number, seen_number)
        theirs = identity.may_confirm(identity.NAME_AND_PHONE, seen, name, seen_number, number)
        self.assertEqual(mine, theirs)

    def test_names(self):
        self.assertEqual(identity.words("BÉNALI, Amina"), identity.words("amina  Benali"))
        self.assertNotEqual(identity.words("Amina"), identity.words("Amine"))
        self.assertEqual(identity.words("أمينة بن علي"), identity.words("بن علي أمينة"))

    def test_may_confirm__only_by_the_rule_and_if_all_is_the_same(self):
        rule = identity.NAME_AND_PHONE
        right = ("Amina Benali", "Benali Amina", "+33 6 12 34 56 78", "+33612345678")
        self.assertTrue(identity.may_confirm(rule, *right))
        self.assertFalse(identity.may_confirm(identity.NEVER, *right))
        self.assertFalse(identity.may_confirm(None, *right))
        for number, value in enumerate(("Amina Ben", "Omar Benali", "", "+33612345679")):
            wrong = list(right)
            wrong[number] = value
            self.assertFalse(identity.may_confirm(rule, *wrong), wrong)
        self.assertFalse(identity.may_confirm(rule, "Amina", "Amina", right[2], right[3]))
        self.assertFalse(identity.may_confirm(rule, right[0], right[1], False, False))
