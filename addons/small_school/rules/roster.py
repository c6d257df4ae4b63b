"""A school's list of people: reading its file, and finding the person that a row means.

Nothing here reads the school's records: the caller looks up the candidates, `decide` chooses among
them, and returns the question that a person has to be asked first.
"""

import csv
import io
import re
from dataclasses import dataclass
from typing import Dict, FrozenSet, Hashable, List, Mapping, Optional, Sequence, Tuple

from .names import plain

#: Largest number of rows above the header (a title, “sep=;”).
_MOST_ABOVE = 10
_DELIMITERS = ";,\t"
#: Texts that people write into a cell that should be empty.
_PLACEHOLDERS = frozenset(
    "- -- --- – — / . ? ?? x xx xxx 0 00 000 n/a na n.a. nc n.c. nd n.d. s/n néant neant aucun "
    "aucune sans none nil null".split()
)

#: Headers of a roster as people write them → our columns.
HEADERS = {
    "classe": "classroom",
    "classroom": "classroom",
    "class": "classroom",
    "numero": "number",
    "numéro": "number",
    "matricule": "number",
    "number": "number",
    "student_number": "number",
    "nom": "name",
    "nom de famille": "name",
    "nom complet": "name",
    "nom et prénom": "name",
    "name": "name",
    "full name": "name",
    "last name": "name",
    "surname": "name",
    "prénom": "first",
    "prénoms": "first",
    "prenom": "first",
    "prenoms": "first",
    "first name": "first",
    "first names": "first",
    "given name": "first",
    "role": "role",
    "rôle": "role",
    "telephone": "phone",
    "téléphone": "phone",
    "phone": "phone",
    "e-mail": "email",
    "email": "email",
    "courriel": "email",
    "langue": "lang",
    "lang": "lang",
    "language": "lang",
}
#: Roles as people write them → ours.
ROLES = {
    "": "student",
    "élève": "student",
    "eleve": "student",
    "étudiant": "student",
    "student": "student",
    "enseignant": "teacher",
    "enseignante": "teacher",
    "professeur": "teacher",
    "teacher": "teacher",
    "superviseur": "supervisor",
    "superviseure": "supervisor",
    "supervisor": "supervisor",
}


def decode(content: bytes) -> Optional[str]:
    """Return the text of a file as spreadsheets save it: UTF-8, UTF-16, or the encodings of Windows
    or the Mac. None if it is no text."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decoded(content, "utf-16")
    # without a mark: of Latin letters every other byte is zero
    if content[1:2] == b"\0" and content[:1] != b"\0":
        return _decoded(content, "utf-16-le")
    if content[:1] == b"\0":
        return _decoded(content, "utf-16-be")
    # Excel for Mac ends lines with a carriage return alone, and has letters of its own
    old = "mac_roman" if b"\r" in content and b"\n" not in content else "cp1252"
    return _decoded(content, "utf-8-sig", old)


def _decoded(content: bytes, *encodings: str) -> Optional[str]:
    for encoding in encodings:
        try:
            return content.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    return None


@dataclass(frozen=True)
class Sheet:
    """The rows of a file. rows: (line in the file, {column: text}). unused: titles of unknown
    columns. missing: required columns that no row names; then there are no rows."""

    rows: Tuple[Tuple[int, Mapping[str, str]], ...] = ()
    unused: Tuple[str, ...] = ()
    missing: FrozenSet[str] = frozenset()


def read(text: str, headers: Mapping[str, str], required: FrozenSet[str]) -> Sheet:
    """Return the rows below the header, which is the first row that names all required columns.
    headers: {title as people write it, in small letters: column}."""
    best = None  # type: Optional[FrozenSet[str]]
    for delimiter in _DELIMITERS:
        records = _records(text, delimiter)
        for at, (_line, cells) in enumerate(records[:_MOST_ABOVE]):
            columns = [headers.get(" ".join(cell.split()).casefold()) for cell in cells]
            missing = required - set(columns)
            if not missing:
                return _sheet(cells, columns, records[at + 1 :])
            if any(columns) and (best is None or len(missing) < len(best)):
                best = missing
    return Sheet(missing=required if best is None else best)


def _records(text: str, delimiter: str) -> List[Tuple[int, List[str]]]:
    """Return (last line, cells) of each record that is not empty."""
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:  # a cell of a hundred thousand letters: no list of people
        return []


def _sheet(
    header: Sequence[str],
    columns: Sequence[Optional[str]],
    records: Sequence[Tuple[int, List[str]]],
) -> Sheet:
    """Return the rows below the header. columns: the column of each of its titles, None for an
    unknown one."""
    rows = []
    for line, cells in records:
        row: Dict[str, str] = {}
        for column, cell in zip(columns, cells):
            if column is not None and not row.get(column):
                row[column] = " ".join(cell.split())
        if any(row.values()):
            rows.append((line, row))
    unused = tuple(
        " ".join(title.split())
        for title, column in zip(header, columns)
        if column is None and title.strip()
    )
    return Sheet(tuple(rows), unused)


def full_name(name: str, first: str) -> str:
    """Return the first name before the last one, for lists that have a column for each."""
    return " ".join((first + " " + name).split())


def is_placeholder(text: str) -> bool:
    """Return whether the cell says “nothing”: “-”, “n/a”, “0”, “néant”."""
    return text.strip().casefold() in _PLACEHOLDERS


def is_shortened(text: str) -> bool:
    """Return whether a spreadsheet has turned the number into a quantity, so that digits are lost:
    “1,23457E+11”."""
    return bool(re.match(r"^\d+(?:[.,]\d+)?[eE]\+\d+$", text.strip()))


def without_zeros(number: str) -> str:
    """Return “123” for “00123”, as a spreadsheet does."""
    return number.lstrip("0") or number


# -- the person of a row -----------------------------------------------------------------------

#: Decisions about a row. The last five are questions: old and new name differ; the number has lost
#: its zeros; the address is that of somebody of another name; the person has another number; or is
#: archived.
CREATE, UPDATE, SEVERAL, RENAME, ZEROS, ADDRESS, NUMBER, ARCHIVED = (
    "create",
    "update",
    "several",
    "rename",
    "zeros",
    "address",
    "number",
    "archived",
)
QUESTIONS = frozenset({RENAME, ZEROS, ADDRESS, NUMBER, ARCHIVED})


@dataclass(frozen=True)
class Known:
    """A candidate: a person whom a row may mean. key: the caller's."""

    key: Hashable
    name: str
    number: str = ""
    is_archived: bool = False


@dataclass(frozen=True)
class Decision:
    """The decision about a row. what: one of CREATE…ARCHIVED. known: the person that it means, or
    that the question is about; None: a new one."""

    what: str
    known: Optional[Known] = None


def is_same_name(one: str, other: str) -> bool:
    """Return whether only case, accents and signs differ."""
    return plain(one) == plain(other)


def decide(
    name: str,
    number: str,
    *,
    numbered: Optional[Known] = None,
    zeroed: Sequence[Known] = (),
    addressed: Sequence[Known] = (),
) -> Decision:
    """Return the decision which person a row of this name and number means.

    numbered: the person with the number. zeroed: people whose number differs by leading zeros.
    addressed: people with the row's e-mail address.

    An address alone is no identity: offices and parents share theirs.
    """
    if numbered is not None:
        return _known(numbered) if is_same_name(numbered.name, name) else Decision(RENAME, numbered)
    alike = [person for person in addressed if is_same_name(person.name, name)]
    if number:
        for person in zeroed:
            if is_same_name(person.name, name):
                return Decision(ZEROS, person)
        if len(alike) == 1:
            return Decision(NUMBER, alike[0]) if alike[0].number else _known(alike[0])
        return Decision(SEVERAL) if alike else Decision(CREATE)
    if len(alike) > 1:
        return Decision(SEVERAL)
    if alike:
        return _known(alike[0])
    return Decision(ADDRESS, addressed[0]) if addressed else Decision(CREATE)


def _known(one: Known) -> Decision:
    return Decision(ARCHIVED if one.is_archived else UPDATE, one)
