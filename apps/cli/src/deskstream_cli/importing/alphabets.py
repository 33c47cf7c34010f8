"""The letters that languages add to A to Z, which distinguish readings of one file.

Sources: the exemplar characters of the Unicode CLDR, without letters met in foreign words alone.
"""

from collections.abc import Mapping

LATIN: Mapping[str, str] = {
    "German": "äöüß",
    "French": "àâæçéèêëîïôùûüÿœ",
    "Spanish": "áéíñóúü",
    "Portuguese": "áàâãçéêíóôõúü",
    "Italian": "àèéìíòóùú",
    "Dutch": "áéëïíóöúüè",
    "Swedish and Finnish": "äåöé",
    "Danish and Norwegian": "æøåéóòô",
    "Icelandic": "áðéíóúýþæö",
    "Catalan": "àçéèíïóòúü",
    "Polish": "ąćęłńóśźż",
    "Czech": "áčďéěíňóřšťúůýž",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Hungarian": "áéíóöőúüű",
    "Slovene and Croatian": "čćđšž",
    "Romanian": "ăâîşţșț",
    "Turkish": "çğıöşüâîû",
    "Lithuanian": "ąčęėįšųūž",
    "Latvian": "āčēģīķļņšūž",
    "Estonian": "äõöüšž",
}
"""Lower case; `İ` is the upper case of Turkish alone and is added where upper case is made."""

OTHER_SCRIPTS: Mapping[str, str] = {
    "Russian, Ukrainian, Bulgarian, Serbian": "абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґђјљњћџ",
    "Greek": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    "Hebrew": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئ",
    "Thai": "".join(chr(code) for code in range(0x0E01, 0x0E4F)),
}
"""A word of these holds no Latin letter."""

TYPOGRAPHIC = frozenset("‘’‚“”„–—…•€£¥§°©®™«»¿¡·ªº¹²³¼½¾±×÷µ†‡‰‹›´\u00a0\u00ad")
"""Signs that texts of any language hold."""

INSIDE_WORDS = frozenset("’–—…·\u00ad")
"""Signs that stand between two letters of ordinary text."""

LONE_LETTERS = frozenset("àáâéèíóòôúùåöøæÀÁÂÉÈÍÓÒÔÚÙÅÖØÆ")
"""Letters beyond A to Z that are a word by themselves."""
