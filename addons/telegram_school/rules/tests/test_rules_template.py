"""The school's own texts: refusals, and the messages that they make."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.template import (
    TAGS,
    TEXT_MAX,
    Name,
    TemplateError,
    parse,
    render,
    utf16_length,
)

OFFERED = ("lesson", "names", "start")


def said(source, most=TEXT_MAX, **values):
    return render([(parse(source, OFFERED), values)], most)


class Shown(HTMLParser):
    """The HTML as Telegram shows it: the text and the tags, which must be closed in order."""

    def __init__(self, html):
        super().__init__()
        self.text, self.open, self.tags = "", [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_render__values_as_typed():
    assert said("Rappel : <b>{lesson}</b>", lesson="<b>&_*{x}") == (
        "Rappel : <b>&lt;b&gt;&amp;_*{x}</b>"
    )
    assert said("{lesson}", lesson="  two\n lines ") == "two lines"


@pytest.mark.parametrize(
    ("source", "code", "what", "line"),
    [
        ("", "empty", "", 0),
        (" \n ", "empty", "", 0),
        ("<b></b>", "empty", "", 0),
        ("a\n1 < 2", "stray_less", "< 2", 2),
        ("{lesson", "stray_brace", "{lesson", 1),
        ("a } b", "stray_brace", "} b", 1),
        ("{lesson.__class__}", "stray_brace", "{lesson.__cl", 1),
        ("{lesson!r}", "stray_brace", "{lesson!r}", 1),
        ("{0}", "stray_brace", "{0}", 1),
        ("{teacher}", "unknown_placeholder", "{teacher}", 1),
        ("<script>x</script>", "unknown_tag", "<script>", 1),
        ("<b onclick='x'>a</b>", "attributes", "<b>", 1),
        ("<a>x</a>", "bad_link", "<a>", 1),
        ('<a href="javascript:alert(1)">x</a>', "bad_link", '<a href="javascript:alert(1)">', 1),
        ('<a href="https://x/{lesson}">x</a>', "bad_link", '<a href="https://x/{lesson}">', 1),
        ("a\n<b>x", "not_closed", "<b>", 2),
        ("<b><i>x</b></i>", "not_open", "</b>", 1),
        ("x</b>", "not_open", "</b>", 1),
        ("x" * (TEXT_MAX + 1), "too_long", "", 0),
    ],
)
def test_parse__refused(source, code, what, line):
    with pytest.raises(TemplateError) as caught:
        parse(source, OFFERED)
    assert (caught.value.code, caught.value.what, caught.value.line) == (code, what, line)


def test_parse__what_is_allowed():
    assert said("a & b &amp; &lt;c&gt; {{x}} &#233;") == "a &amp; b &amp; &lt;c&gt; {x} é"
    html = said('<a href="https://t.me/x?a=1&amp;b=2">x</a> <B>y</B>')
    assert html == '<a href="https://t.me/x?a=1&amp;b=2">x</a> <b>y</b>'
    for tag in set(TAGS) - {"a"}:
        assert said("<%s>x</%s>" % (tag, tag)) == "<%s>x</%s>" % (tag, tag)
    assert parse("{lesson} {start}\n{lesson}", OFFERED).placeholders == {"lesson", "start"}


def test_render__line_with_nothing_to_say_is_left_out():
    source = "<b>{lesson}</b>\n<i>at {start}</i>\nbye"
    assert said(source, lesson="A", start="8") == "<b>A</b>\n<i>at 8</i>\nbye"
    assert said(source, lesson="A", start="") == "<b>A</b>\nbye"
    assert said(source, start="8") == "<i>at 8</i>\nbye"
    # tags that go over the line hold for the rest
    assert said("<b>{start}\n{lesson}</b>", lesson="A") == "<b>A</b>"
    assert said("<b>{start}</b>") == ""


def test_render__several_texts_are_one_message():
    came, went = parse("+ {names}", OFFERED), parse("- {names}", OFFERED)
    assert render([(came, {"names": "A"}), (went, {"names": "B"})]) == "+ A\n- B"
    assert render([(came, {}), (went, {"names": "B"})]) == "- B"
    assert render([]) == ""


def test_render__right_to_left_names_are_set_apart():
    names = [Name("Amina"), ", ", Name("\u0623\u0645\u064a\u0646\u0629 1")]
    assert said("{names} (2)", names=names) == (
        "\u2068Amina\u2069, \u2068\u0623\u0645\u064a\u0646\u0629 1\u2069 (2)"
    )
    # a line from left to right needs no mark, and a typed mark has no effect
    assert said("{names}!", names="a\u202eb\u2069") == "ab!"


def test_cut__at_a_word_with_its_tags_closed():
    assert said("<b>{lesson}</b>", 12, lesson="seven hundred words") == "<b>seven\u2026</b>"
    assert said("{lesson}", 6, lesson="\U0001f600" * 5) == "\U0001f600" * 2 + "\u2026"
    assert said("{lesson}", 3, lesson="e\u0301e\u0301e\u0301") == "e\u0301\u2026"
    rtl = said("<i>{lesson}</i>", 8, lesson="\u0623" * 20)
    assert rtl == "<i>\u2068" + "\u0623" * 5 + "\u2026\u2069</i>"


letters = st.text(
    st.one_of(
        st.sampled_from("ab <>&{}\n_*\u0623\u05d0\u0301\U0001f600\u200d\u202e\u2068\u2069"),
        st.characters(blacklist_categories=("Cs",)),
    ),
    max_size=60,
)
values = st.fixed_dictionaries(
    {name: st.one_of(letters, st.lists(letters.map(Name), max_size=4)) for name in OFFERED}
)
sources = st.lists(
    st.sampled_from(
        ["{lesson}", "{names}", "<b>", "</b>", "<i>", "</i>", "\n", "x & y ", "{{", "}}", "&lt;"]
        + ['<a href="https://t.me/c/1">', "</a>", "\U0001f600", "\u0623 "]
    ),
    max_size=14,
).map("".join)


def parsed(source):
    try:
        return parse(source, OFFERED)
    except TemplateError:
        return None


@given(letters)
def test_any_text_is_read_or_refused_with_a_reason(source):
    try:
        template = parse(source, OFFERED)
    except TemplateError as error:
        assert error.code
    else:
        assert template.placeholders <= set(OFFERED)


@given(sources, values, st.integers(8, 80))
def test_what_is_sent_is_whole_and_fits(source, filled, most):
    template = parsed(source)
    if template is None:
        return
    shown = Shown(render([(template, filled)], most))
    assert utf16_length(shown.text) <= most
    assert shown.text.count("\u2068") == shown.text.count("\u2069")
    assert set(shown.tags) <= {"b", "i", "a"}


@given(letters)
def test_a_value_is_shown_and_never_formats(value):
    html = said("{lesson}", lesson=value)
    shown = Shown(html)
    assert shown.tags == []
    bare = "".join(
        one for one in value if one not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    assert shown.text.strip("\u2068\u2069") == " ".join(bare.split())


@given(letters, st.integers(4, 30))
def test_a_cut_text_is_a_beginning(value, most):
    whole, cut = (
        Shown(said("{lesson}", lesson=value)).text,
        Shown(said("{lesson}", most, lesson=value)).text,
    )
    bare = cut.strip("\u2068\u2069")
    assert cut == whole or bare.endswith("\u2026")
    assert cut == whole or whole.strip("\u2068\u2069").startswith(bare[:-1])
