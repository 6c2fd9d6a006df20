"""What a sentence asks for that no Noun can do: move, grow, have shoes, answer questions."""

from __future__ import annotations

import re

from core.studio.language.clauses import trim
from core.studio.language.normal import slot_of
from core.studio.language.words import ELSEWHERE, GEOMETRY, MOODS, MOTION, OFF_TOPIC

_WHO = (
    r"(?:(?:the |this |that |my |our )?(?:noun|guy|character|dude|person|figure|man|bloke|fella|chap|avatar|thing|little guy|"
    r"\S+~head|\S+~body|shark|cat|dog|robot)|he|she|it|they|him|her|them|this|that)"
)
_MOTION = "|".join(sorted(MOTION - {"rest", "say", "hop", "look"}))
_SCENES = (
    "space|moon|beach|sea|ocean|forest|jungle|city|desert|mountains?|island|house|water|snow|rain|sky|sun|park|street|room|"
    "kitchen|castle|factory|earth|mars|field|garden|world|woods|lake|school|office|pool"
)
_STARTS = "|".join(
    sorted(MOTION - set("turn look face throw shake rest pose say hop drive point read catch drink cook float glow play hold".split()))
)
_MOTIONS = (
    re.compile(
        rf"\b(?:make|have|let|get|teach|help|want|tell|ask|can|should|could|would|will|must) {_WHO} (?:to )?(?:start "
        rf")?({_MOTION})(?! like| as| into| to an?\b| \S+~)\b"
    ),
    re.compile(rf"^{_WHO} (?:should|could|must|can|needs to|has to|would|will|to)(?: be able to)? ({_MOTION})(?! like| as| into)\b"),
    re.compile(rf"^(?:{_WHO} )?({_STARTS})(?:$| (?!.*~))"),
    re.compile(
        r"\b(move|turn|face|look|facing|looking|point) \S*\s?(?:around|left|right|sideways|upside|backwards|away|the other way|"
        r"to the (?:left|right)|at (?:me|us|the))\b"
    ),
    re.compile(r"^(move|shift|nudge|slide|drag) "),
    re.compile(r"\b(holding|hold|carry|carrying|riding|ride|playing|eating|drinking|reading) (?:a|an|the|his|some|up)\b"),
    re.compile(
        rf"\b(?:put|place|set|send|take|drop) {_WHO} (?:in|at|on|to|into|inside|under|by|near) (?:an? |the |outer |deep "
        rf")*({_SCENES})(?:~\S+)?$"
    ),
    re.compile(rf"\b(?:put|place|sit|stand) {_WHO} on (?:an? |the )([a-z]+)$"),
    re.compile(r"\bto (ride|hold|carry|drive|play with|eat|sit on|stand on)$"),
    re.compile(r"\b(face)~head (?:the other way|left|right|backwards|me|us)\b"),
)
_COUNTS = (
    re.compile(
        r"\b(two|three|four|five|six|second|third|multiple|several|many|extra|double) (?:\S+ )?(?:heads~head|head~head|"
        r"faces~head|bodies|bod(?:y|ies)~body|eyes|nouns?|characters?|people|guys|persons?|figures?|pairs? of \S+|\S+~glasses)\b"
    ),
    re.compile(
        r"\b(?:add|put|draw|with|give|place|bring|want|and|include|insert|show)(?: \S+){0,2} (another|second|one more|extra|"
        r"other) (?:\S+ )?(?:noun|character|person|guy|figure|friend|one next|buddy|pal)\b"
    ),
    re.compile(r"\b(friend|girlfriend|boyfriend|twin|clone|duplicate|sidekick|beside|alongside|pet|crowd|audience|baby)\b"),
    re.compile(r"\bnext to\b(?: \S+)?"),
)
_SHAPE = "|".join(sorted(GEOMETRY - {"left", "right", "profile", "closer", "higher", "lower"}))
_SHAPES = (
    re.compile(rf"(?:^|(?<= ))({_SHAPE})(?= |$)"),
    re.compile(r"^(mirror|reflect|centre|turn) (?:it|him|her|the (?:noun|image|picture\S*))(?: over| around| horizontally)?$"),
    re.compile(r"^(mirror)[ _]image\b"),
    re.compile(
        r"\b(upside down|inside out|in the style of|oil painting of|3 d|three d|move \S+ to|line art|black and white photo|high "
        r"res\S*|higher res\S*)\b"
    ),
)
_MOOD = "|".join(sorted(MOODS))
_MOOD_END = re.compile(
    r"\b(?:make|have|turn|get|want|look|looks|looking|be|feel|is|becomes?|more|less|a|seem|appear|with a) "
    rf"(?:{_WHO} |the \S+ |his \S+ |everything )?(?:look |be |to be |to look |feel |more |less |very |so |really |too |super |"
    rf"extremely )*({_MOOD})(?: looking| expression| mood| face~head)?$"
)
_BODY = "|".join(sorted(ELSEWHERE))
_ELSEWHERE = re.compile(rf"(?:^|(?<= ))({_BODY})(?= |$)")
_ON_FEET = re.compile(
    r"\b(?:give|add|wear|put|with|want|get|need|has|have)\b.*_(boots?|shoes?|heels?|gloves?)(?= |$)|\b(?:give|add|"
    r"wear|put|get|need)\b.* (boots?)(?= |$)"
)
_TURNS_INTO = re.compile(
    rf"^(?:swap|replace|turn|change|trade|exchange|switch) .*(?:{_BODY}) (?:for|with|into|to|by) |\b(?:into|"
    rf"become|becomes|be|for|as|with|of|by) (?:a |an |some |the )?(?:\S+ )?(?:{_BODY})$|\b(?:{_BODY}) (?:\S+ )?(?:for|as) (?:a |"
    r"the |his |her |its )?\S+~head"
)
_QUESTION = re.compile(
    r"^(?:and |so |but |hey |hi |ok |okay |well |please |tell me |do you know |i wonder |)*"
    r"(what|who|whose|whom|why|when|where|which|how|is|are|am|does|did|was|were|has|do you|do we|do nouns|have you|are you)\b"
)
_LOOKS = re.compile(
    rf"^(?:how (?:would|does|will|might)|what (?:would|does|will)|what(?: if)?) ?{_WHO}? ?(?:look|looks|be)?(?: like)? "
    rf"?(?:with|as|in|if|wear|if {_WHO} (?:had|wore|was|were|has))\b"
)
_SOFT_ASKS = re.compile(
    r"^(?:what about|how about|what if|why not|why do not (?:you|we)|do you think you c|is it possible|is there (?:a|any) way|is "
    r"there any chance|how hard|how difficult|"
    r"are you able to|is it ok to|do you mind|would|what do you (?:say|think)(?: about| of| to)|could|can|how can (?:i|we|you)|how "
    r"do (?:i|we)|how could|what would it take)"
)
_SUBJECT_LOST = re.compile(
    r"^(?:are you able to|is it ok to|what do you (?:say|think) (?:about|of|to)|how (?:can|could|do|would) (?:i|"
    r"we|you)(?: go about)?|what would it take to)\s+"
)
_OFF = re.compile(rf"^({'|'.join(sorted(OFF_TOPIC))})(?! \S+~)(?: |$)")
_ASKS = re.compile(
    r"\b(weather|joke|poem|story|song|recipe|price|bitcoin|news|password|time is it|capital of|your name|meaning of "
    r"life|account|invoice|homework|football score|president|email|internet|website|pdf|spreadsheet|stock|flight|hotel|lunch|"
    r"dinner|breakfast|wifi|train|translate)\b"
)


def unwrap_question(text: str) -> str:
    """A wish in the form of a question, as a plain wish: "how would he look with a shark head" -> "a shark head"."""
    text = _LOOKS.sub("", text).strip() or text
    return _SUBJECT_LOST.sub("", text)


def problem_of(text: str) -> str:
    """Why a sentence cannot be done, as "kind:word", else "".

    Args:
        text: tokens of the whole sentence, joined by spaces (see core.studio.language.normal).
    """
    plain = " ".join(t for t in text.split() if t not in {",", ".", "!", "?", ";", ":"})
    wish = bool(_LOOKS.match(plain))
    core = trim(unwrap_question(plain))
    if _QUESTION.match(plain) and not _SOFT_ASKS.match(plain) and not wish:
        return "question:"
    if _ASKS.search(plain):
        return "topic:"
    found = _OFF.match(core)
    if found and not (found.group(1) == "write" and re.search(r"~(?:body|accessory)", core)) and not core.startswith(("start ", "play ")):
        return f"topic:{found.group(1)}"
    for kind, patterns in (("count", _COUNTS), ("motion", _MOTIONS), ("shape", _SHAPES)):
        for pattern in patterns:
            found = pattern.search(core)
            if found:
                return f"{kind}:{(found.groups() or (found.group(),))[0]}"
    if found := _MOOD_END.search(core):
        return f"mood:{found.group(1)}"
    return _elsewhere(core)


def _elsewhere(core: str) -> str:
    found = _ELSEWHERE.search(core) or _ON_FEET.search(core)
    slots = {slot_of(t) for t in core.split()}
    if not found or _TURNS_INTO.search(core) or slots & {"head", "accessory"}:
        on_body = re.search(rf"\b(?:on|in|over|to|under|from) (?:his |her |its |the |their |one |each )?(?:left |right )?({_BODY})\b", core)
        return f"elsewhere:{on_body.group(1)}" if on_body else ""
    return f"elsewhere:{next(g for g in found.groups() if g)}"


__all__ = ["problem_of", "unwrap_question"]
