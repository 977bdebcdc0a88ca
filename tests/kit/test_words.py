"""Slugs and words of every script: nothing that needs quoting, and the same when done twice."""

import re
import unicodedata

from merkato.kit import slugs, words

ASSIGNED = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) not in {"Cn", "Co", "Cs"}]
QUERY = re.compile(r"'[^'\\\s]+':\*( & '[^'\\\s]+':\*)*")


def test_a_slug_is_its_own_slug() -> None:
    for each in ASSIGNED:
        slug = slugs.slug(f"a{each}b", "")
        assert slugs.slug(slug, "") == slug, hex(ord(each))
        assert unicodedata.normalize("NFC", slug) == slug, hex(ord(each))


def test_slugs_keep_their_script() -> None:
    assert slugs.slug("Καφές ΦΙΛΤΡΟΣ") == "καφές-φιλτρος"
    assert slugs.slug("ガラスの茶碗") == "ガラスの茶碗"
    assert slugs.slug("हिन्दी चाय") == "हिन्दी-चाय"
    assert slugs.slug("Crème brûlée, Straße & I’m") == "creme-brulee-strasse-im"  # noqa: RUF001 - as people type it.


def test_no_character_needs_quoting() -> None:
    for each in ASSIGNED:
        query = words.query(f"{each}a")
        assert query is not None
        assert QUERY.fullmatch(query), hex(ord(each))


def test_a_text_is_found_by_its_own_words() -> None:
    for text in ("Blue Mug", "Καφές", "抹茶茶碗", "हिन्दी", "ÅNGSTRÖM", "🍕"):
        query = words.query(text)
        assert query is not None
        vector = words.vector((text, "A"))
        assert all(f"{word.removesuffix(':*')}:" in vector for word in query.split(" & ")), text
    assert words.query("!?") is None
    assert words.vector(("", "A")) == ""


def test_every_sign_is_a_word_of_a_signed_vector() -> None:
    signs = [each for each in ASSIGNED if unicodedata.category(each)[0] == "P"]
    vector = set(words.signed_vector(("a".join(signs), "A")).split())
    for each in signs:
        query, written = words.signed_query(f"{each}a")
        assert query is not None
        assert set(query.split(" & ")) - {"'a':*"} <= vector, hex(ord(each))
        # A few are nothing but an accent on a space.
        assert written == [part for part in words.folded(f"{each}a").split() if part != "a"]
    assert words.signed_query(r"a' % \b") == (r"'a':* & 'b':* & '''' & '%' & '\\'", ["a'", "%", r"\b"])
    assert words.signed_query("plain") == ("'plain':*", [])
    assert words.signed_query(" ") == (None, [])


def test_long_texts_are_bounded() -> None:
    assert len(words.vector(("word " * 50_000, "C")).split()) == words.WORDS_MAX
    assert max(map(len, words.vector(("x" * 5_000, "C")).split())) < words.WORD_MAX + 10
