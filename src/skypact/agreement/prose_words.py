"""Words in which an agreement is printed, in English, Russian and Kyrgyz.

One table, read by ``prose`` and ``difference``. Lists follow a colon or a dash, so that no word
needs to be inflected.
"""

from __future__ import annotations

from skypact.agreement.document import Language, Words

LANGUAGES: tuple[Language, ...] = ("en", "ru", "ky")

_TABLE: dict[str, tuple[str, str, str]] = {
    # headings
    "parties": ("Parties", "Стороны", "Тараптар"),
    "provisions": ("Provisions", "Положения", "Жоболор"),
    "term": ("Entry into force and term", "Вступление в силу и срок", "Күчүнө кириши жана мөөнөтү"),
    "areas": ("Areas", "Районы", "Райондор"),
    "sites": ("Sites", "Объекты", "Объектилер"),
    "stations": (
        "Stations and track numbers",
        "Пункты и номера трасс",
        "Пункттар жана трассалардын номерлери",
    ),
    "roles": ("Roles", "Роли", "Ролдор"),
    "orders": ("Orders", "Приказы", "Буйруктар"),
    "release": ("Release of information", "Передача сведений", "Маалымат берүү"),
    "onward": ("Passing on", "Передача третьим сторонам", "Үчүнчү тараптарга берүү"),
    "ending": ("When it ends", "По прекращении", "Токтогондо"),
    "examples": ("Cases", "Примеры", "Мисалдар"),
    # heading of the document
    "version": ("version {0}", "редакция {0}", "{0}-редакция"),
    "amends": (
        "amends the text with digest {0}",
        "изменяет текст с дайджестом {0}",
        "дайджести {0} болгон текстти өзгөртөт",
    ),
    "effective": ("in effect from {0}", "действует с {0}", "{0} тартып колдонулат"),
    "part-of": ("part of: {0}", "составная часть: {0}", "курамдык бөлүгү: {0}"),
    "accession": (
        "open to accession",
        "открыто для присоединения",
        "кошулуу үчүн ачык",
    ),
    "classifications": (
        "classifications, from the lowest: {0}",
        "грифы, от низшего: {0}",
        "грифтер, эң төмөнкүсүнөн: {0}",
    ),
    "categories": ("categories: {0}", "категории: {0}", "категориялар: {0}"),
    # parties
    "signed": ("signed {0}", "подписано {0}", "кол коюлган {0}"),
    "ratified": ("ratified {0}", "ратифицировано {0}", "ратификацияланган {0}"),
    "acceded": ("acceded {0}", "присоединение {0}", "кошулган {0}"),
    "not-signed": ("not signed", "не подписано", "кол коюла элек"),
    "not-ratified": ("not ratified", "не ратифицировано", "ратификациялана элек"),
    "source": ("Source", "Источник", "Булак"),
    "note": ("Note", "Примечание", "Эскертүү"),
    # term
    "in-force": ("in force from {0}", "вступает в силу {0}", "{0} күчүнө кирет"),
    "not-in-force": (
        "the day of entry into force is not yet written",
        "день вступления в силу ещё не указан",
        "күчүнө кирүү күнү азырынча жазылган эмес",
    ),
    "months": ("term: {0} months", "срок: {0} мес.", "мөөнөтү: {0} ай"),
    "initial-end": (
        "last day of the first term: {0}",
        "последний день первого срока: {0}",
        "биринчи мөөнөттүн акыркы күнү: {0}",
    ),
    "endless": ("without end", "бессрочно", "мөөнөтсүз"),
    "tacit": (
        "renewed tacitly by {0} months",
        "продлевается автоматически на {0} мес.",
        "{0} айга автоматтык түрдө узартылат",
    ),
    "explicit": (
        "renewed by {0} months if all parties decide so by its last day",
        "продлевается на {0} мес. по решению всех сторон не позднее последнего дня",
        "акыркы күнүнө чейин бардык тараптар чечсе, {0} айга узартылат",
    ),
    "none": ("not renewed", "не продлевается", "узартылбайт"),
    "notice": (
        "notice: {1}, at least {0} months before",
        "уведомление: {1}, не менее чем за {0} мес.",
        "билдирме: {1}, кеминде {0} ай мурда",
    ),
    "notice-by": (
        "last day for it: {0}",
        "последний день для него: {0}",
        "анын акыркы күнү: {0}",
    ),
    "written": ("written", "письменное", "жазуу жүзүндө"),
    "no-ratification": (
        "needs no ratification",
        "ратификация не требуется",
        "ратификация талап кылынбайт",
    ),
    "wind-down": (
        "nothing new begins on the last {0} days",
        "в последние {0} дн. новое не начинается",
        "акыркы {0} күндө жаңысы башталбайт",
    ),
    "time-zone": (
        "a day begins at midnight of {0}",
        "день начинается в полночь: {0}",
        "күн {0} түн ортосунда башталат",
    ),
    # areas, sites
    "own": ("own", "собственный", "өз"),
    "joint": ("joint", "совместный", "биргелешкен"),
    "border": ("border strip", "приграничная полоса", "чек ара тилкеси"),
    "owner": ("owner: {0}", "собственник: {0}", "ээси: {0}"),
    "host": ("on the land of {0}", "на территории: {0}", "аймагында: {0}"),
    "users": ("users: {0}", "пользователи: {0}", "пайдалануучулар: {0}"),
    "hectares": ("{0} hectares", "{0} га", "{0} га"),
    "planned": ("planned", "планируется", "пландалган"),
    "operational": ("in operation", "действует", "иштеп жатат"),
    "closed": ("closed", "закрыт", "жабылган"),
    "ends-with-term": (
        "use ends with the agreement",
        "пользование прекращается с соглашением",
        "пайдалануу макулдашуу менен бүтөт",
    ),
    # stations
    "staffed-by": ("staffed by {0}", "личный состав: {0}", "кызматкерлери: {0}"),
    "hosted-by": (
        "joint post, hosted by {0}",
        "объединённый пункт, принимает: {0}",
        "бириккен пункт, кабыл алат: {0}",
    ),
    "for-all": (
        "gets what every other party may see",
        "получает то, что может видеть каждая другая сторона",
        "ар бир башка тарап көрө ала турганды алат",
    ),
    "numbers": (
        "gives out joint track numbers {0} to {1}",
        "присваивает номера общих трасс: {0}–{1}",
        "жалпы трассаларга номер берет: {0}–{1}",
    ),
    # roles
    "coordinator": ("coordinates", "координирует", "координациялайт"),
    "director": ("directs", "руководит", "жетектейт"),
    "national-command": ("commands", "командует", "командачылык кылат"),
    "joint-post": ("keeps the joint post", "несёт дежурство", "нөөмөт өтөйт"),
    "own-forces": ("own forces", "собственные силы", "өз күчтөрү"),
    "joint-actions": ("joint actions", "совместные действия", "биргелешкен аракеттер"),
    "all-forces": ("all forces of the system", "все силы системы", "системанын бардык күчтөрү"),
    "unit": (
        "the unit's national command",
        "национальное командование подразделения",
        "бөлүктүн улуттук командачылыгы",
    ),
    # orders
    "identify": ("identify", "опознать", "таануу"),
    "hand-over-track": ("hand over a track", "передать сопровождение", "коштоону берүү"),
    "raise-readiness": ("raise readiness", "повысить готовность", "даярдыкты жогорулатуу"),
    "scramble-for-identification": (
        "scramble for identification",
        "поднять на опознавание",
        "таануу үчүн көтөрүү",
    ),
    "close-airspace": (
        "close airspace",
        "закрыть воздушное пространство",
        "аба мейкиндигин жабуу",
    ),
    "open-airspace": (
        "open airspace",
        "открыть воздушное пространство",
        "аба мейкиндигин ачуу",
    ),
    "report": ("report", "доложить", "баяндоо"),
    "stand-down": ("stand down", "отбой", "токтотуу"),
    "propose": ("proposed by: {0}", "предлагает: {0}", "сунуштайт: {0}"),
    "authorise": ("authorised by: {0}", "утверждает: {0}", "бекитет: {0}"),
    "people": ("by {0} different persons", "разных лиц: {0}", "ар башка адам: {0}"),
    "territorial-consent": (
        "with the consent of the territorial state",
        "с согласия государства территории",
        "аймак мамлекетинин макулдугу менен",
    ),
    "civil-acknowledgement": (
        "acknowledged by air traffic control",
        "с подтверждением органа УВД",
        "аба каттамын башкаруунун ырастоосу менен",
    ),
    "acceptance": (
        "accepted by the receiving unit",
        "с принятием получающим подразделением",
        "алуучу бөлүктүн кабыл алуусу менен",
    ),
    # release
    "whole": ("whole", "полностью", "толук"),
    "blurred": ("blurred", "огрублённо", "болжолдуу"),
    "nothing": ("not shown", "не передаётся", "берилбейт"),
    "all-items": ("everything", "всё", "баары"),
    "plot": ("plots", "отметки", "белгилер"),
    "track": ("tracks", "трассы", "трассалар"),
    "identity": ("identities", "опознавание", "таануу маалыматы"),
    "alert": ("alerts", "оповещения", "эскертүүлөр"),
    "threat-report": ("threat reports", "сообщения об угрозах", "коркунуч билдирүүлөрү"),
    "order": ("orders", "приказы", "буйруктар"),
    "recording": ("recordings", "записи", "жазуулар"),
    "among": ("among {0}", "между: {0}", "арасында: {0}"),
    "inside": ("inside: {0}", "в районах: {0}", "ичинде: {0}"),
    "outside": ("outside: {0}", "вне районов: {0}", "сыртында: {0}"),
    "aircraft": ("aircraft: {0}", "воздушные суда: {0}", "учактар: {0}"),
    "civil": ("civil", "гражданские", "жарандык"),
    "state": ("state", "государственные", "мамлекеттик"),
    "unknown": ("unknown", "неизвестные", "белгисиз"),
    "pending": ("pending", "ожидающие опознавания", "таанууну күткөн"),
    "assumed-friend": ("assumed friend", "предположительно свои", "болжолдуу өз"),
    "friend": ("friend", "свои", "өз"),
    "neutral": ("neutral", "нейтральные", "бейтарап"),
    "suspect": ("suspect", "подозрительные", "шектүү"),
    "hostile": ("hostile", "чужие", "душман"),
    "identities": ("identities: {0}", "принадлежность: {0}", "таандыктыгы: {0}"),
    "of-categories": ("of categories: {0}", "категории: {0}", "категориялар: {0}"),
    "up-to": ("marked up to {0}", "с грифом до: {0}", "{0} грифине чейин"),
    "sensors": ("from sensors: {0}", "от датчиков: {0}", "сенсорлордон: {0}"),
    "emergency": ("only emergencies", "только бедствия", "кырсыктар гана"),
    "no-emergency": ("no emergencies", "кроме бедствий", "кырсыктардан башка"),
    "exercise": ("exercise data only", "только учебные данные", "машыгуу маалыматтары гана"),
    "above": ("from {0} m up", "от {0} м", "{0} м жогору"),
    "below": ("up to {0} m", "до {0} м", "{0} м чейин"),
    "grid": ("positions to a grid of {0} m", "положение по сетке {0} м", "{0} м торчого чейин"),
    "delay": ("{0} s late", "с задержкой {0} с", "{0} с кечигүү менен"),
    "hide-source": ("without its source", "без указания источника", "булагы көрсөтүлбөй"),
    "remove": ("without: {0}", "без: {0}", "алынып салынат: {0}"),
    "deny": (
        "What no rule names does not leave.",
        "Что не названо ни одним правилом, не передаётся.",
        "Эч бир эрежеде аталбаган нерсе берилбейт.",
    ),
    "consent": (
        "{0} consents that {1} passes on to {2} under {3}: {4}",
        "с согласия: {0}; передаёт: {1}; кому: {2}; по соглашению: {3}; что: {4}",
        "макулдук берет: {0}; берет: {1}; кимге: {2}; макулдашуу: {3}; эмне: {4}",
    ),
    # end
    "freeze": (
        "received data is frozen",
        "полученные данные замораживаются",
        "алынган маалыматтар тоңдурулат",
    ),
    "return": (
        "received data is returned",
        "полученные данные возвращаются",
        "алынган маалыматтар кайтарылат",
    ),
    "delete": (
        "received data is deleted",
        "полученные данные удаляются",
        "алынган маалыматтар өчүрүлөт",
    ),
    "secrecy": (
        "the duty of secrecy survives",
        "обязанность хранить тайну сохраняется",
        "сырды сактоо милдети сакталат",
    ),
    "no-secrecy": (
        "the duty of secrecy ends",
        "обязанность хранить тайну прекращается",
        "сырды сактоо милдети токтойт",
    ),
    "to-party": ("to {0}", "для: {0}", "{0} үчүн"),
}


def word(name: str, language: Language, *values: object) -> str:
    """The words of this name in a language, their blanks filled in order."""
    return _TABLE[name][LANGUAGES.index(language)].format(*values)


def known(name: str, language: Language) -> str:
    """The word for a value of the format; a value without a word is shown as it is."""
    return word(name, language) if name in _TABLE else name


def told(words: Words, language: Language) -> str:
    """A text of the document in a language, in English where it has none."""
    return words.get(language) or words.get("en", "")
