import pytest
from classroom_rules.roster import (
    ADDRESS,
    ARCHIVED,
    CREATE,
    NUMBER,
    RENAME,
    SEVERAL,
    UPDATE,
    ZEROS,
    Decision,
    Known,
    decide,
    decode,
    full_name,
    is_placeholder,
    is_same_name,
    is_shortened,
    read,
    without_zeros,
)
from hypothesis import given
from hypothesis import strategies as st

HEADERS = {"classe": "classroom", "nom": "name", "prénom": "first", "matricule": "number"}
REQUIRED = frozenset({"classroom", "name"})
TEXT = "Classe;Matricule;Nom\n6e É;00123;Zoë Çelik\n"
LINA = Known(1, "Lina Premier", "D01")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_decode__as_spreadsheets_save(encoding):
    assert decode(TEXT.encode(encoding)).lstrip("\ufeff") == TEXT


@pytest.mark.parametrize("encoding", ["mac_roman", "utf-8", "utf-16"])
def test_decode__as_the_mac_saves(encoding):
    text = TEXT.replace("\n", "\r")
    rows = read(decode(text.encode(encoding)), HEADERS, REQUIRED).rows
    assert [row["name"] for _line, row in rows] == ["Zoë Çelik"]


@given(st.binary())
def test_decode__of_any_file_is_a_text_without_zeros_or_none(content):
    text = decode(content)
    assert text is None or "\0" not in text


@given(st.text())
def test_read__of_any_text_ends(text):
    sheet = read(text, HEADERS, REQUIRED)
    assert not (sheet.missing and sheet.rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("above", ["", "sep=;\r\n", "Liste des élèves;;\r\n;;\r\n"])
def test_read__the_first_row_that_names_what_is_needed_is_the_header(delimiter, above):
    text = above + TEXT.replace(";", delimiter)
    [(_line, row)] = read(text, HEADERS, REQUIRED).rows
    assert row == {"classroom": "6e É", "number": "00123", "name": "Zoë Çelik"}


def test_read__names_columns_that_are_not_understood_and_those_that_are_missing():
    assert read("Classe;Nom;Groupe sanguin;\n6e;Un;A;x\n", HEADERS, REQUIRED).unused == (
        "Groupe sanguin",
    )
    assert read("Nom;Ville\nUn;Paris\n", HEADERS, REQUIRED).missing == {"classroom"}
    assert read("a;b\n", HEADERS, REQUIRED).missing == REQUIRED


def test_read__blanks_of_any_kind_are_one():
    [(_line, row)] = read("Classe;Nom\nÉcole\u00a0 6e A;  Un \n", HEADERS, REQUIRED).rows
    assert row == {"classroom": "École 6e A", "name": "Un"}


def test_full_name__first_name_first():
    assert full_name("BENALI", "Amina") == "Amina BENALI"
    assert full_name("Amina Benali", "") == "Amina Benali"


@pytest.mark.parametrize("text", ["-", "–", "n/a", "N/A", "0", "néant", "?", "Aucun", " - "])
def test_placeholder__is_nothing(text):
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["X1", "D01", "10", "A-1", "007"])
def test_placeholder__no_number_is_one(text):
    assert not is_placeholder(text)


@pytest.mark.parametrize("text", ["1,23457E+11", "1.2E+15", "3E+10", "1e+9"])
def test_shortened__digits_are_lost(text):
    assert is_shortened(text)


@pytest.mark.parametrize("text", ["E01", "12E", "1E9", "AE12", "123456789012", "5E3A"])
def test_shortened__no_number_of_a_school(text):
    assert not is_shortened(text)


@given(st.integers(min_value=1).map(str), st.integers(min_value=0, max_value=5))
def test_without_zeros__as_a_spreadsheet_leaves_it(number, zeros):
    assert without_zeros("0" * zeros + number) == number


def test_decide__the_number_is_the_person_while_the_name_is_the_same():
    assert decide("LINA PREMIER", "D01", numbered=LINA) == Decision(UPDATE, LINA)
    assert decide("Omar Second", "D01", numbered=LINA) == Decision(RENAME, LINA)
    gone = Known(1, "Lina Premier", "D01", is_archived=True)
    assert decide("Lina Premier", "D01", numbered=gone) == Decision(ARCHIVED, gone)


def test_decide__zeros_lost_are_asked_about_for_the_same_name_alone():
    salma = Known(2, "Salma Zéro", "00123")
    assert decide("Salma Zero", "123", zeroed=[salma]) == Decision(ZEROS, salma)
    assert decide("Anis Un", "123", zeroed=[salma]) == Decision(CREATE)


def test_decide__an_address_alone_is_nobody():
    office = Known(3, "Prof Un")
    assert decide("Prof Un", "", addressed=[office]) == Decision(UPDATE, office)
    assert decide("Prof Deux", "", addressed=[office]) == Decision(ADDRESS, office)
    assert decide("Prof Deux", "P2", addressed=[office]) == Decision(CREATE)
    assert decide("Prof Un", "P1", addressed=[office]) == Decision(UPDATE, office)
    assert decide("Prof Un", "", addressed=[office, Known(4, "Prof Un")]) == Decision(SEVERAL)
    numbered = Known(5, "Lina Premier", "D01")
    assert decide("Lina Premier", "D99", addressed=[numbered]) == Decision(NUMBER, numbered)


_names = st.sampled_from(["Lina", "LINA", "Omar", "Zoë", "Zoe"])
_known = st.builds(
    Known, st.integers(1, 9), _names, st.sampled_from(["", "1", "01"]), st.booleans()
)


@given(
    _names,
    st.sampled_from(["", "1", "01"]),
    st.none() | _known,
    st.lists(_known, max_size=3),
    st.lists(_known, max_size=3),
)
def test_decide__nobody_of_another_name_is_written_to_unasked(
    name, number, numbered, zeroed, addressed
):
    found = decide(name, number, numbered=numbered, zeroed=zeroed, addressed=addressed)
    if found.what == UPDATE:
        assert is_same_name(found.known.name, name) and not found.known.is_archived
