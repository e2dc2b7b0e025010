"""Words of the calendar in English, Russian and Kyrgyz.

One table, so that a translator reads all of it; ``{day}``, ``{party}`` and the rest are filled in.
"""

from __future__ import annotations

from skypact.agreement.document import Words

EVENTS: dict[str, tuple[Words, Words]] = {
    "signed": (
        {"en": "signed by {party}", "ru": "подписано: {party}", "ky": "кол койду: {party}"},
        {
            "en": "nothing leaves until it is in force",
            "ru": "до вступления в силу обмена нет",
            "ky": "күчүнө киргенге чейин алмашуу жок",
        },
    ),
    "ratified": (
        {
            "en": "ratified by {party}",
            "ru": "ратифицировано: {party}",
            "ky": "ратификациялады: {party}",
        },
        {
            "en": "nothing leaves until it is in force",
            "ru": "до вступления в силу обмена нет",
            "ky": "күчүнө киргенге чейин алмашуу жок",
        },
    ),
    "acceded": (
        {
            "en": "{party} accedes",
            "ru": "присоединяется: {party}",
            "ky": "кошулат: {party}",
        },
        {
            "en": "it is bound; it sees only what rules that name it release",
            "ru": "связана соглашением; видит только то, что разрешают правила, где она названа",
            "ky": "макулдашуу аны милдеттендирет; аты аталган эрежелер гана маалымат ачат",
        },
    ),
    "in-force": (
        {"en": "enters into force", "ru": "вступает в силу", "ky": "күчүнө кирет"},
        {
            "en": "release rules and roles apply from the first instant of this day",
            "ru": "правила передачи и роли действуют с начала этого дня",
            "ky": "берүү эрежелери жана ролдор ушул күндүн башынан иштейт",
        },
    ),
    "amended": (
        {
            "en": "version {number} replaces the one before",
            "ru": "редакция {number} заменяет прежнюю",
            "ky": "{number}-редакция мурункусун алмаштырат",
        },
        {
            "en": "its rules apply from the first instant of this day",
            "ru": "её правила действуют с начала этого дня",
            "ky": "анын эрежелери ушул күндүн башынан иштейт",
        },
    ),
    "notice-given": (
        {
            "en": "{party} gives notice",
            "ru": "{party} направляет уведомление",
            "ky": "{party} билдирме берет",
        },
        {
            "en": "it is bound until {day}",
            "ru": "связана соглашением по {day}",
            "ky": "{day} чейин милдеттүү",
        },
    ),
    "notice-late": (
        {
            "en": "{party} gives notice too late for this term",
            "ru": "{party} направляет уведомление с опозданием для этого срока",
            "ky": "{party} бул мөөнөт үчүн кеч билдирме берет",
        },
        {
            "en": "refused for this term, noted for the next: it is bound until {day}",
            "ru": "для этого срока не принято, учтено для следующего: связана по {day}",
            "ky": "бул мөөнөткө кабыл алынбайт, кийинкисине эсепке алынат: {day} чейин милдеттүү",
        },
    ),
    "notice-refused": (
        {
            "en": "notice of {party} is refused",
            "ru": "уведомление не принято: {party}",
            "ky": "билдирме кабыл алынбады: {party}",
        },
        {"en": "{reason}", "ru": "{reason}", "ky": "{reason}"},
    ),
    "notice-by": (
        {
            "en": "last day for notice",
            "ru": "последний день для уведомления",
            "ky": "билдирме берүүнүн акыркы күнү",
        },
        {
            "en": "without notice it is renewed after {day}",
            "ru": "без уведомления продлевается после {day}",
            "ky": "билдирме болбосо {day} кийин узартылат",
        },
    ),
    "decide-by": (
        {
            "en": "last day to decide on renewal",
            "ru": "последний день для решения о продлении",
            "ky": "узартуу жөнүндө чечимдин акыркы күнү",
        },
        {
            "en": "without a decision of all parties it lapses",
            "ru": "без решения всех сторон прекращается",
            "ky": "бардык тараптардын чечими болбосо токтойт",
        },
    ),
    "wind-down": (
        {
            "en": "winding down begins",
            "ru": "начинается завершение сотрудничества",
            "ky": "жыйынтыктоо башталат",
        },
        {
            "en": "nothing new begins; what runs goes on until {day}",
            "ru": "новое не начинается; начатое продолжается по {day}",
            "ky": "жаңысы башталбайт; башталганы {day} чейин улантылат",
        },
    ),
    "ends": (
        {"en": "last day of the term", "ru": "последний день срока", "ky": "мөөнөттүн акыркы күнү"},
        {"en": "{follows}", "ru": "{follows}", "ky": "{follows}"},
    ),
    "renewed": (
        {
            "en": "renewal {number} begins",
            "ru": "начинается продление {number}",
            "ky": "{number}-узартуу башталат",
        },
        {
            "en": "it binds until {day}",
            "ru": "действует по {day}",
            "ky": "{day} чейин күчүндө",
        },
    ),
    "left": (
        {
            "en": "{party} is no longer bound",
            "ru": "{party} более не связана соглашением",
            "ky": "{party} мындан ары милдеттүү эмес",
        },
        {
            "en": "nothing leaves for it and nothing comes from it",
            "ru": "ей и от неё ничего не передаётся",
            "ky": "ага да, андан да эч нерсе берилбейт",
        },
    ),
    "lapsed": (
        {"en": "lapsed", "ru": "прекратило действие", "ky": "колдонуудан чыкты"},
        {
            "en": "no new keys; received data: {data}; the secrecy duty {secrecy}",
            "ru": "новых ключей нет; полученные данные: {data}; обязанность тайны {secrecy}",
            "ky": "жаңы ачкычтар жок; алынган маалымат: {data}; сырды сактоо милдети {secrecy}",
        },
    ),
}
"""What happens on a day, and what follows if nobody acts."""

STATES: dict[str, Words] = {
    "drafted": {"en": "drafted", "ru": "проект", "ky": "долбоор"},
    "signed": {"en": "signed", "ru": "подписано", "ky": "кол коюлган"},
    "partly-ratified": {
        "en": "ratified by some",
        "ru": "ратифицировано не всеми",
        "ky": "айрымдары ратификациялаган",
    },
    "ratified": {
        "en": "ratified by all, not in force",
        "ru": "ратифицировано всеми, не вступило в силу",
        "ky": "бардыгы ратификациялаган, күчүнө кире элек",
    },
    "in-force": {"en": "in force", "ru": "в силе", "ky": "күчүндө"},
    "notice-given": {
        "en": "in force, notice given",
        "ru": "в силе, направлено уведомление",
        "ky": "күчүндө, билдирме берилген",
    },
    "wind-down": {
        "en": "in force, winding down",
        "ru": "в силе, завершается",
        "ky": "күчүндө, жыйынтыкталууда",
    },
    "lapsed": {"en": "lapsed", "ru": "прекращено", "ky": "токтогон"},
}
"""How an agreement stands, by ``calendar.State``."""

STANDING: Words = {
    "en": "{id} on {day} ({zone}): {state}; renewed {renewed} times; last day of the term: {ends}",
    "ru": "{id} на {day} ({zone}): {state}; продлено раз: {renewed}; последний день срока: {ends}",
    "ky": "{id}, {day} ({zone}): {state}; узартылган: {renewed}; мөөнөттүн акыркы күнү: {ends}",
}

DATA: dict[str, Words] = {
    "freeze": {"en": "frozen", "ru": "замораживаются", "ky": "тоңдурулат"},
    "return": {"en": "returned", "ru": "возвращаются", "ky": "кайтарылат"},
    "delete": {"en": "deleted", "ru": "удаляются", "ky": "өчүрүлөт"},
}
SECRECY: dict[bool, Words] = {
    True: {"en": "survives", "ru": "сохраняется", "ky": "сакталат"},
    False: {"en": "ends", "ru": "прекращается", "ky": "токтойт"},
}
FOLLOWS: dict[str, Words] = {
    "renewed": {
        "en": "renewed from the next day",
        "ru": "со следующего дня продлевается",
        "ky": "эртеси күндөн узартылат",
    },
    "lapsed": {
        "en": "lapses at midnight",
        "ru": "в полночь прекращается",
        "ky": "түн ортосунда токтойт",
    },
}
MISSING: dict[str, Words] = {
    "signed": {
        "en": "the signature of {party} is missing",
        "ru": "нет подписи: {party}",
        "ky": "кол коюла элек: {party}",
    },
    "ratified": {
        "en": "the ratification of {party} is missing",
        "ru": "нет ратификации: {party}",
        "ky": "ратификациялана элек: {party}",
    },
    "in-force": {
        "en": "the day of entry into force is not written",
        "ru": "день вступления в силу не указан",
        "ky": "күчүнө кирүү күнү жазылган эмес",
    },
    "effective": {
        "en": "the day on which the amendment takes effect is not written",
        "ru": "день вступления изменений в силу не указан",
        "ky": "өзгөртүүлөрдүн күчүнө кирүү күнү жазылган эмес",
    },
}
"""What keeps an agreement out of force."""

WARNINGS: dict[str, Words] = {
    "notice": {
        "en": "{left} days until {day}, the last day for notice; without notice it is renewed",
        "ru": "{left} дн. до {day}, последнего дня для уведомления; без него продлевается",
        "ky": "{day} чейин {left} күн: билдирменин акыркы күнү; билдирме болбосо узартылат",
    },
    "decision": {
        "en": "{left} days until {day}, the last day to decide on renewal; without it it lapses",
        "ru": "{left} дн. до {day}, последнего дня для решения о продлении; без него прекращается",
        "ky": "{day} чейин {left} күн: узартуу чечиминин акыркы күнү; чечим болбосо токтойт",
    },
    "end": {
        "en": "{left} days until {day}, the last day of the agreement",
        "ru": "{left} дн. до {day}, последнего дня соглашения",
        "ky": "{day} чейин {left} күн: макулдашуунун акыркы күнү",
    },
    "leaving": {
        "en": "{left} days until {day}, the last day on which {party} is bound",
        "ru": "{left} дн. до {day}, последнего дня участия: {party}",
        "ky": "{day} чейин {left} күн: {party} катышуусунун акыркы күнү",
    },
}


def filled(words: Words, **values: str | Words) -> Words:
    """The words in every language with their blanks filled, by a text or by words."""
    return {
        language: text.format(
            **{
                name: value if isinstance(value, str) else value.get(language, value["en"])
                for name, value in values.items()
            }
        )
        for language, text in words.items()
    }
