import pytest
from classroom_rules.names import Finder, Proposal, plain
from hypothesis import given
from hypothesis import strategies as st

PEOPLE = [
    (1, "Amina Zérouki"),
    (2, "Bilal O'Neil"),
    (3, "Łukasz Wójcik"),
    (4, "أمينة الزروقي"),
    (5, "Nguyễn Thị Hương"),
    (6, "Jean Dupont"),
    (7, "Jean Dupond"),
    (8, "Marie Martin"),
    (9, "Marie Martin"),
    (10, "Élodie Müller-Lefèvre"),
]
FINDER = Finder(PEOPLE)


@pytest.mark.parametrize(
    ("name", "key", "how"),
    [
        ("Amina Zérouki", 1, "exact"),
        ("  amina   ZÉROUKI ", 1, "exact"),
        ("Amina Zerouki", 1, "plain"),
        ("Zérouki, Amina", 1, "reordered"),
        ("ZEROUKI Amina", 1, "reordered"),
        ("bilal oneil", 2, "fuzzy"),
        ("Bilal O’Neil", 2, "plain"),
        ("Lukasz Wojcik", 3, "plain"),
        # the same letters, written otherwise
        ("امينه الزروقي", 4, "plain"),
        ("الزروقي أمينة", 4, "reordered"),
        ("Nguyen Thi Huong", 5, "plain"),
        ("Elodie Muller Lefevre", 10, "plain"),
        ("Amina Z.", 1, "part"),
        ("Amina", 1, "part"),
        ("Amina Zérouki Benali", 1, "part"),
        ("Amina Zeruki", 1, "fuzzy"),
    ],
)
def test_proposal(name, key, how):
    found = FINDER.propose(name)
    assert (found.key, found.how) == (key, how)
    assert found.is_certain == (how in ("exact", "plain", "reordered"))


def test_proposal__several_who_fit_are_never_certain():
    found = FINDER.propose("Marie Martin")
    assert (found.key, found.rivals, found.is_certain) == (8, (9,), False)
    assert FINDER.propose("Jean Dupont").is_certain  # though another one is much alike
    assert set(FINDER.propose("Jean").rivals) == {7}


@pytest.mark.parametrize("name", ["", "   ", "🎓", "iPhone", "Inconnu Total", "Z", "---"])
def test_proposal__nobody(name):
    assert FINDER.propose(name) == Proposal()


@given(st.text(max_size=30))
def test_plain__is_stable(name):
    assert plain(plain(name)) == plain(name)


@given(st.lists(st.sampled_from(["Amina", "Zérouki", "Benali"]), min_size=1, unique=True))
def test_proposal__the_order_of_words_does_not_matter(words):
    finder = Finder([(1, " ".join(words))])
    assert finder.propose(" ".join(reversed(words))).is_certain


def test_namesakes__by_their_words():
    finder = Finder([(1, "Mohamed Amine"), (2, "AMINE Mohamed"), (3, "Amine Mohammed")])
    assert finder.namesakes("mohamed amine") == (1, 2)
    assert finder.namesakes("Sara") == ()
