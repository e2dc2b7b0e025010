"""Explanations in words a lawyer reads, in English, Russian and Kyrgyz.

In: an :class:`~skypact.release.considering.Explanation`. Out: lines of text. Words that come from
an agreement (ids, classes, categories) stand as the agreement wrote them.
"""

from __future__ import annotations

from skypact.agreement.document import Language
from skypact.release.considering import Considered, Explanation, Obstacle, Unmet

Phrases = dict[str, tuple[str, str, str]]
"""Key to English, Russian, Kyrgyz."""

VERDICTS: Phrases = {
    "whole": ("leaves whole", "передаётся полностью", "толук берилет"),
    "blurred": ("leaves blurred", "передаётся огрублённо", "бүдөмүк берилет"),
    "nothing": ("does not leave", "не передаётся", "берилбейт"),
}

CONDITIONS: Phrases = {
    "to": ("the receiver", "получатель", "алуучу"),
    "originator": ("the originator", "кто создал", "ким түзгөн"),
    "exercise": ("exercise data", "учебные данные", "машыгуу маалыматы"),
    "emergency": ("an emergency", "аварийная ситуация", "кырсык абалы"),
    "items": ("the kind of item", "вид данных", "маалыматтын түрү"),
    "aircraft": ("the class of aircraft", "класс воздушного судна", "учактын классы"),
    "identities": ("the identity", "опознавание", "таануу"),
    "up_to": ("the classification", "гриф", "купуялык даражасы"),
    "categories": ("the category", "категория", "категория"),
    "sensors": ("the sensors", "датчики", "датчиктер"),
    "areas": ("the area", "район", "аймак"),
    "outside": ("outside of the area", "вне района", "аймактан тышкары"),
    "altitude": ("the height in metres", "высота в метрах", "бийиктик, метр"),
}

OBSTACLES: Phrases = {
    "own-party": (
        "{0} is this node's own party",
        "{0} — сторона самого этого узла",
        "{0} — бул түйүндүн өз тарабы",
    ),
    "not-in-force": (
        "under {0} nothing leaves at this time: it is not in force, or in its last days",
        "по {0} в это время ничего не передаётся: не в силе или последние дни",
        "{0} боюнча бул убакта эч нерсе берилбейт: күчүндө эмес же акыркы күндөрү",
    ),
    "no-agreement": (
        "no agreement binds both {0} and {1}",
        "нет соглашения, связывающего {0} и {1}",
        "{0} менен {1} экөөнү байланыштырган макулдашуу жок",
    ),
    "label": (
        "the item's own label does not name {0}",
        "в метке самих данных нет {0}",
        "маалыматтын өз белгисинде {0} жок",
    ),
    "no-consent": (
        "it is {0}'s, and no clause of {0}'s consents to passing it on",
        "это данные {0}, и нет статьи, где {0} согласна на дальнейшую передачу",
        "бул {0} маалыматы, аны андан ары берүүгө {0} макул болгон берене жок",
    ),
}

TEXTS: Phrases = {
    "verdict": (
        "{0} of {1} to {2}: {3}",
        "{0}, создал {1}, для {2}: {3}",
        "{0}, түзгөн {1}, {2} үчүн: {3}",
    ),
    "decided": (
        "decided by rule {0} of {1}",
        "решило правило {0} соглашения {1}",
        "{1} макулдашуусунун {0} эрежеси чечти",
    ),
    "undecided": (
        "no rule allows it, and what no rule allows does not leave",
        "ни одно правило не разрешает, а без разрешения ничего не передаётся",
        "бир да эреже уруксат бербейт, уруксатсыз эч нерсе берилбейт",
    ),
    "clause": ("clause {0}: {1}", "статья {0}: {1}", "{0}-берене: {1}"),
    "source": ("source: {0}", "источник: {0}", "булак: {0}"),
    "blur": ("blurred as {0} says", "огрубление: {0}", "бүдөмүктөө: {0}"),
    "consent": (
        "passed on by consent {0} of {1}",
        "дальнейшая передача по согласию {0} из {1}",
        "{1} ичиндеги {0} макулдугу боюнча андан ары берилет",
    ),
    "considered": ("also considered:", "также рассмотрено:", "ошондой эле каралды:"),
    "unmet": (
        "{0} must be {1}, the item has {2}",
        "{0}: нужно {1}, у данных {2}",
        "{0}: {1} керек, маалыматта {2}",
    ),
    "yes": ("yes", "да", "ооба"),
    "no": ("no", "нет", "жок"),
    "unknown": ("none that is known", "ничего такого", "андай эч нерсе жок"),
    "no-say": (
        "fits, but its agreement has no say here",
        "подходит, но её соглашение здесь не применяется",
        "туура келет, бирок макулдашуусу бул жерде колдонулбайт",
    ),
    "later": (
        "fits, but another rule comes before it",
        "подходит, но раньше действует другое правило",
        "туура келет, бирок башка эреже мурда турат",
    ),
    "item": ("an item", "данные", "маалымат"),
}

LANGUAGES: tuple[Language, ...] = ("en", "ru", "ky")


def _say(phrases: Phrases, key: str, language: Language, *parts: str) -> str:
    return phrases[key][LANGUAGES.index(language)].format(*parts)


def told(
    explanation: Explanation, kind: str, originator: str, to: str, language: Language = "en"
) -> list[str]:
    """The explanation as lines, the verdict first."""

    def text(key: str, *parts: str) -> str:
        return _say(TEXTS, key, language, *parts)

    verdict = _say(VERDICTS, explanation.verdict, language)
    lines = [text("verdict", kind or text("item"), originator or "?", to, verdict)]
    decided, clause = explanation.decided, explanation.clause
    if decided is None:
        lines.append("  " + text("undecided"))
    else:
        lines.append("  " + text("decided", decided.rule.id, decided.agreement))
        if decided.rule.verdict == "blurred":
            lines.append("  " + text("blur", decided.rule.blur))
    if clause is not None:
        words = clause.text.get(language) or clause.text.get("en", "")
        lines.append("  " + text("clause", clause.id, words))
        lines.append("  " + text("source", clause.source))
    lines += ["  " + text("consent", one.id, name) for name, one in explanation.consents]
    lines += ["  " + obstacle_told(one, language) for one in explanation.obstacles]
    others = [one for one in explanation.considered if one is not decided]
    if others:
        lines.append(text("considered"))
    for one in others:
        lines.append(f"  {one.agreement} / {one.rule.id} ({one.rule.verdict}): ")
        lines[-1] += "; ".join(reasons(one, language))
    return lines


def obstacle_told(obstacle: Obstacle, language: Language) -> str:
    """One obstacle in words."""
    return _say(OBSTACLES, obstacle.kind, language, *obstacle.about)


def reasons(one: Considered, language: Language) -> list[str]:
    """Why a rule did not decide."""
    if one.fits:
        return [_say(TEXTS, "later" if one.asked else "no-say", language)]
    return [unmet_told(unmet, language) for unmet in one.unmet]


def _word(word: str, language: Language) -> str:
    return _say(TEXTS, word, language) if word in ("yes", "no") else word


def unmet_told(unmet: Unmet, language: Language) -> str:
    """One condition that is not met, in words."""
    asked, has = (", ".join(_word(w, language) for w in part) for part in (unmet.asked, unmet.has))
    has = has or _say(TEXTS, "unknown", language)
    if unmet.condition == "altitude":
        low, high = unmet.asked
        asked = f"{low or '-∞'} .. {high or '∞'}"
    return _say(TEXTS, "unmet", language, _say(CONDITIONS, unmet.condition, language), asked, has)
