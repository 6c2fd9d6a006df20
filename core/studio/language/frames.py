"""How one clause is read: the first frame that fits says what is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.foundations.records import Verb
from core.studio.language.clauses import Clause, is_colour, own_verb, trim
from core.studio.language.normal import Vocabulary, key, slot_of, word_of
from core.studio.language.words import (
    ADD, BASIC, CHANGE, COLOURS, COMPARATIVES, FILLERS, INNER, ONES, PAINTING, RANDOM_WORDS, REMOVE, REMOVE_SPLIT, REST, SHADES, SOFT, SUBJECTS,
)


@dataclass(frozen=True)
class Draft:
    """A clause, half understood.

    Attributes:
        verb: what to do, or "" where the clause does not say, or "problem".
        slots: where.
        phrase: what.
        old: what gives way.
        pronoun: whether "it" or "there" points to an earlier clause.
        open: whether a place is named and not what to do there.
        own: whether the clause has a verb of its own.
        hard: whether it starts anew.
    """

    verb: Verb | str = ""
    slots: tuple[str, ...] = ()
    phrase: str = ""
    old: str = ""
    pronoun: bool = False
    open: bool = False
    own: bool = False
    hard: bool = False


@dataclass(frozen=True)
class NounPhrase:
    """A place, and words for a thing.

    Attributes:
        slot: the slot, or "".
        phrase: the thing, or "".
        word: the slot's word as it was said, or "".
    """

    slot: str
    phrase: str
    word: str


_PREPOSITIONS = frozenset("on from off of at around over onto in under to upon".split())
_AS = frozenset("as for where".split())
_ANIMATE = re.compile(r"\b(?:him|her|he|she|noun|guy|character|dude|person|figure|man|bloke|fella|chap|avatar|lad|himself)\b")
_NOTHING = re.compile(r"^(?:nothing|none|no \S+|nobody|no one|empty|blank|plain|bare|naked)$")


def clean(tokens: list[str], edge: frozenset[str] = FILLERS) -> str:
    """Tokens to a phrase: words that carry nothing dropped at the edges, articles inside too."""
    words = [t for t in tokens if t not in INNER]
    while words and (words[0] in edge or words[0] in CHANGE and len(words) > 1 and words[0] not in COLOURS):
        words.pop(0)
    while words and words[-1] in edge | ONES:
        words.pop()
    return " ".join(word_of(w) for w in words)


def noun_phrase(text: str) -> NounPhrase:
    """Find the place and the thing in words such as "a taco for a head", "red specs", "pizza on the chest"."""
    tokens = text.split()
    places = [i for i, t in enumerate(tokens) if slot_of(t)]
    if not places:
        return NounPhrase("", clean(tokens), "")
    main = _main_place(tokens, places)
    slot, word = slot_of(tokens[main]), word_of(tokens[main])
    last = next((i for i in places if i > main and any(t in _PREPOSITIONS for t in tokens[main:i])), len(tokens))
    before = tokens[:main]
    after = tokens[main + 1 : last]
    after = after[:-1] if last < len(tokens) and after and after[-1] in _PREPOSITIONS | INNER else after
    before = [t for t in before if slot_of(t) != slot]
    while before and (before[-1] in _PREPOSITIONS | _AS | INNER):
        before.pop()
    phrase = " ".join(p for p in (clean(before), clean([t for t in after if slot_of(t) != slot])) if p)
    return NounPhrase(slot, phrase, word)


def _main_place(tokens: list[str], places: list[int]) -> int:
    if len(places) == 1:
        return places[0]
    between = tokens[places[0] + 1 : places[1]]
    if any(t in _AS for t in between) or not between:
        return places[1]
    if any(t in _PREPOSITIONS for t in between):
        return places[0]
    return places[0]


def _wanted(text: str, old: NounPhrase | None = None) -> Draft:
    """What new thing a phrase asks for."""
    found = noun_phrase(text)
    slot, phrase = found.slot, found.phrase
    words = phrase.split()
    if re.fullmatch(r"(?:to )?(?:nothing|none|no(?: \S+)?|nothing at all)", text.strip()):
        return Draft("remove", (slot,) if slot else ())
    if words and all(w in RANDOM_WORDS or w in FILLERS for w in words) and any(w in RANDOM_WORDS for w in words) or _random(text):
        rest = clean([w for w in words if w not in RANDOM_WORDS])
        if not rest:
            return Draft("random", (slot,) if slot else ())
        phrase = rest
    if not phrase and found.word in SOFT and re.search(r"(?:^|\s)(?:an?|some)\s+\S*$", text.split("~")[0]) and not (old and old.slot == slot):
        phrase = found.word
    return _shaded(Draft("replace", (slot,) if slot else (), phrase, pronoun=bool(re.search(r"\b(?:it|them|ones?|there|that|those)\b", text)), open=not phrase))


def _random(text: str) -> bool:
    return bool(re.match(r"^(?:a |an |some |the )?(?:random|different|another|other|new|any(?: old)?|surprise|some other)\b", text)) and not noun_phrase(text).phrase


def _shaded(draft: Draft) -> Draft:
    """Turn "warmer" into more of "warm", and a bare colour into recolour."""
    words = draft.phrase.split()
    stronger = [COMPARATIVES[w] for w in words if w in COMPARATIVES]
    if stronger and all(w in COMPARATIVES or w in {"more", "shade", "tone"} for w in words):
        return replace(draft, verb="more", phrase=stronger[0])
    if words and is_colour("_".join(words)) and (draft.slots or draft.old):
        return replace(draft, verb="recolour")
    return draft


Frame = Callable[[str, Vocabulary], "Draft | None"]

_UNDO = re.compile(
    r"^(?:undo\b.*|revert\b.*|rewind\b.*|ctrl ?\+? ?z|control z|oops.*|never ?mind.*|nvm|scratch that|cancel(?: that| it| this)?|go(?:ing)? back\b.*|(?:one )?step back(?:wards)?|"
    r"(?:take|bring|change|turn|put|switch|set|get|swap|move|make)(?: (?:that|it|this|everything|things|him|all))+ back\b.*|take back (?:that|the last).*|back(?: up)?(?: one| a)?(?: step)?|(?:the )?previous(?: one| version)?|"
    r"(?:i )?(?:do not|did not|hate|dislike) (?:like |want |mean )?(?:that|it|this)(?: change| one| edit| last\b.*)?|reverse (?:that|it|this|the last).*|restore(?: (?:it|that|the previous|the last).*)?|"
    r"forget (?:it|that|about it)|roll(?: it| that)? ?back\b.*|not that|(?:i )?changed my mind|(?:it was|was|that was) better before|(?:get rid of|remove|discard|drop|lose) (?:that|the last|my last|the previous|this) (?:change|edit|step|one|thing)|"
    r"(?:make|put|set|have|get|i want)?(?: it| him| that| everything)?(?: back)?(?: to)?(?: be)? ?(?:like|as|how|the way|what) (?:it|he|she|that|they|things) (?:was|were|looked|had been)(?: before| earlier| originally)?|unchange that|un ?do that|that was (?:wrong|a mistake).*|last step back|the last one was better)$"
)
_ALONE = r"(?: alone| as (?:it|they|he|she|that) (?:is|are|was|were)| as (?:is|are)| unchanged| the same| intact| there| on(?: him| her)?| like (?:that|this|it is)| untouched| though| exactly| be| put| still| how it is| the way (?:it|they) (?:is|are))*"
_KEEPS = (
    re.compile(rf"^(?:except(?: for)?|apart from|besides|but not|but)(?: for)? (?P<np>.+)$"),
    re.compile(rf"^(?:keep|leave|preserve|retain|maintain|hold on to|keeping|leaving|protect|lock|freeze|save|stick with)(?: on)? (?P<np>(?!out|off|only).+?){_ALONE}$"),
    re.compile(r"^(?:do not|never|without|not|avoid|no) (?:you )?(?:dare )?(?:to )?(?:touch|change|changing|touching|mess(?:ing)?(?: up)?(?: with)?|alter|altering|modify|modifying|affect|affecting|move|moving|edit|editing|swap|replace|replacing|remove|lose|recolour|tamper with|delete|drop|break|ruin|take off|get rid of)(?: with)? (?P<np>.+)$"),
    re.compile(rf"^(?P<np>.+?) (?:should |must |can |to |has to |have to |needs? to |may |is to |are to |will )?(?:stays?|remains?|unchanged|is fine|are fine|is good|are good|is perfect|are perfect|as is|is ok|are ok|(?:is|are|be) (?:left|kept) alone|untouched|keeps|kept){_ALONE}$"),
    re.compile(r"^(?P<np>.+?) (?:should|must) not (?:be )?(?:change|changed|touched|altered)$"),
    re.compile(rf"^(?:the )?same (?P<np>\S+~\S+)(?: as before| as now)?$"),
)
_REMOVES = (
    re.compile(rf"^(?:{'|'.join(sorted(REMOVE))})(?: of| up| out| off| away)? (?P<np>.+?)(?: off| away| out| entirely| completely| altogether)?$"),
    re.compile(rf"^(?:{'|'.join(sorted(REMOVE_SPLIT))}) (?P<np>.+?) (?:off|away|out)(?: (?:of|from) .+|~.*| \S+~.*| him| her| it| the (?:noun|guy|character))?$"),
    re.compile(rf"^(?:{'|'.join(sorted(REMOVE_SPLIT))}) (?:off|away|out) (?P<np>.+)$"),
    re.compile(r"^(?:get rid of|be rid of|rid .*? of|do away with|dispose of|done with|dispense with|away with|free (?:him|her|it) (?:of|from)|be without|goodbye|bye(?: bye)?|good riddance to|say goodbye to|enough of|tired of|sick of|bored of|hate|dislike|rid of|be gone with|down with|ditch) (?P<np>.+)$"),
    re.compile(r"^(?:go |going |be |is |with |have |has )?(?:no more|no|without|minus|sans|not have|not wear|not any) (?:any |a |the |his |her )?(?P<np>.+?)(?: any ?more| at all)?$"),
    re.compile(r"^(?P<np>.+?) (?:off|away|gone|begone|out|go|be gone|goes|vanished|disappear|vanish)$"),
    re.compile(r"^(?:make |have |let |see )?(?P<np>.+?) (?:(?:should|must|can|could|needs? to|has to|have to|had to|has got to|have got to|got to|ought to|to) )?(?:be )?(?:go(?: away)?|gone|come off|be removed|disappear|vanish|be gone|gone|be deleted|leave|invisible|go off)$"),
    re.compile(r"^.*?(?:does|do|should|must|can|will) not (?:really )?(?:need|want|wear|have|like|be wearing|care for)(?: to wear| to have)?(?: any| the| those| that| a| his)? (?P<np>.+?)(?: any ?more| at all)?$"),
    re.compile(r"^(?:stop|quit|cease)(?: \S+)? wear(?:ing)? (?P<np>.+)$"),
    re.compile(r"^(?P<np>.+?) (?:is|are) (?:not (?:needed|wanted|necessary)|unnecessary|too much|ugly|horrible|awful)$"),
    re.compile(r"^empty (?P<np>.+)$"),
)
_SWAPS = (
    re.compile(r"^(?:sub|substitute) (?P<new>.+?) (?:in )?for (?P<old>.+)$"),
    re.compile(rf"^(?:{'|'.join(sorted(CHANGE | {'trade in', 'swap out', 'switch out', 'change up', 'swap over', 'switch up'}))})(?: out| over| up)? (?P<old>.+?) (?:out )?(?:for|with|by|into(?: being)?|to(?: be(?:come)?| being| have| look like)?|against|becomes?|in exchange for|from) (?P<new>.+)$"),
    re.compile(r"^(?:make|put|have|use|give|want|wear|add|see)?\s*(?:him |her |it |them )?(?:have |wear )?(?P<new>.+?),? (?:instead of|rather than|in place of|in lieu of|in exchange for|where|to replace|replacing|replaces|over) (?P<old>.+?)(?: is| was| are| used to be| goes| were)?$"),
    re.compile(r"^(?P<new>.+?) (?:not|no) (?:a |an |the )?(?P<old>\S+)$"),
    re.compile(r"^(?:not|no|no more) (?P<old>.+?) (?:but|rather) (?P<new>.+)$"),
    re.compile(r"^(?P<old>.+?) (?:becomes?|(?:should|must|could|can|will|would|to|needs? to|has to|have to|ought to|might|may|shall)(?: please)?(?: be(?:come)?| turn into| change (?:in)?to| turn| go| look like| look| get| have| wear)|is now|are now|turns? into|changes? (?:in)?to|goes|to) (?P<new>.+)$"),
    re.compile(r"^(?P<old>.+?) (?:out|away|off) (?P<new>.+?) (?:in|on)$"),
)


def _take_back(text: str, vocabulary: Vocabulary) -> Draft | None:
    return Draft("undo") if _UNDO.match(text) else None


def _keep(text: str, vocabulary: Vocabulary) -> Draft | None:
    for pattern in _KEEPS:
        found = pattern.match(text)
        if found:
            np = noun_phrase(found["np"])
            words = np.phrase.split()
            rest = any(w in REST for w in found["np"].split()) or not (np.slot or words)
            return Draft("keep", (np.slot,) if np.slot else (), "" if rest else np.phrase)
    return None


def _remove(text: str, vocabulary: Vocabulary) -> Draft | None:
    if re.search(r"\b(?:headless|behead|decapitated?)\b|\b(?:lose|off with) (?:his|the) head~head", text):
        return Draft("remove", ("head",))
    if re.search(r"^(?:make |leave |have )?(?:the |a |his )?(?:plain|blank|empty|bare|clean)? ?(?:\S+~body|chest~accessory|\S+~accessory)(?: be)? (?:plain|blank|empty|bare|clean)$|^(?:make |give him |have |leave )?(?:the |a |his |an )?(?:plain|blank|empty|bare|clean) (?:\S+~body|chest~accessory|\S+~accessory)$|^nothing (?:on|as|around) .*~accessory$", text):
        return Draft("remove", ("accessory",))
    for pattern in _REMOVES:
        found = pattern.match(text)
        if not found or re.search(r" (?:for|with|and put|to|into|becomes) (?!him|her|good)", found["np"] + " "):
            continue
        np = noun_phrase(re.sub(r"^(?:him|her|them) of ", "", found["np"]))
        if not np.slot and set(found["np"].split()) & REST:
            return Draft("problem", phrase="all:everything")
        return Draft("remove", (np.slot,) if np.slot else (), np.phrase, pronoun=not np.slot and not np.phrase)
    return None


def _swap(text: str, vocabulary: Vocabulary) -> Draft | None:
    for pattern in _SWAPS:
        found = pattern.match(text)
        if not found or not found["old"].strip() or (found["old"].split()[-1] in {"want", "need", "like"}):
            continue
        old, draft = noun_phrase(found["old"]), _wanted(found["new"], noun_phrase(found["old"]))
        gone = old.phrase if not (old.phrase and all(w in SUBJECTS | ADD | CHANGE | FILLERS | RANDOM_WORDS for w in old.phrase.split())) else ""
        if not old.slot and not gone and not draft.slots and draft.verb == "replace" and is_colour(draft.phrase.replace(" ", "_")) and not found["new"].startswith(("a ", "an ")):
            return _shaded(replace(draft, slots=("body",) if _ANIMATE.search(found["old"]) else (), verb="recolour", open=False))
        if not (old.slot or gone or draft.phrase or draft.slots):
            continue
        slots = draft.slots or ((old.slot,) if old.slot else ())
        draft = replace(draft, slots=slots, old=gone, pronoun=draft.pronoun or (not old.slot and not gone), open=draft.open and draft.verb == "replace")
        return _shaded(draft)
    return None


def _surprise(text: str, vocabulary: Vocabulary) -> Draft | None:
    np = noun_phrase(text)
    slots = (np.slot,) if np.slot else ()
    if re.search(r"\b(?:surprise|dealers? choice|you (?:choose|pick|decide)|up to you|roll the dice|lucky dip|your (?:choice|pick|call)|mix (?:it|things|him|everything) up|shuffle|randomi[sz]ed?|randomly|whatever you|anything you|pick (?:something|anything|one)|go (?:wild|crazy|nuts))\b", text):
        return Draft("random", slots)
    if re.fullmatch(r"(?:please )?(?:change|swap|switch|randomise|alter|replace|modify|redo|vary|make|give him|give me|something|show me|try|generate|do|a|an)*\s*(?:a |an |the |up )?(?:everything|all|random|whatever|anything|it all|the whole thing|something random|something different|something new|the lot|totally different|different|a? ?(?:random|new|different|another|fresh) (?:noun|one|guy|character|look|version|thing)|something else|change|something|anything else|it|it up|him|the noun|random everything)(?: up| random| randomly| different| at random| about)*", text) and not slots:
        return Draft("random")
    if re.search(r"\bany(?: old)? \S+~\w+ (?:will do|is fine|you like|goes)|\b\S+~\w+ (?:at random|random|randomly|differently|different|something else)$", text) and slots:
        return Draft("random", slots)
    return None


def _paint(text: str, vocabulary: Vocabulary) -> Draft | None:
    """ "make the cat white", "paint him green", "dress him in red": a thing without a slot, and a colour."""
    found = re.match(rf"^(?:{'|'.join(sorted(CHANGE | {'want', 'have', 'get', 'see', 'give', 'dress', 'put', 'keep'}))}) (?P<np>.+?) (?:in |all |to be |be |into |to )*(?P<colour>\S+(?: and \S+)?|(?:dark|light|pale|bright|deep|hot|neon) \S+)$", text)
    if not found or slot_of(text.split()[-1]) or not is_colour(found["colour"].replace(" ", "_")) or noun_phrase(found["np"]).slot:
        return None
    if found["np"].split()[-1] in {"a", "an", "into"}:
        return None
    np = noun_phrase(found["np"])
    if np.phrase and not all(w in SUBJECTS | FILLERS for w in np.phrase.split()):
        return Draft("recolour", (), clean(found["colour"].split()), old=np.phrase)
    slots = ("body",) if _ANIMATE.search(found["np"]) else ()
    return Draft("recolour", slots, clean(found["colour"].split()), pronoun=not slots)


_BECOMES = re.compile(
    r"^(?:(?:make|have|turn|transform|change|convert|let|want|see|morph|put)\s+)?(?:(?:the |this |that |my |our )?(?:noun|guy|character|dude|person|figure|man|bloke|fella|chap|avatar|thing|whole thing|entire thing)|he|she|it|they|him|her|them|this|that|yourself)"
    r"(?: (?:should|must|could|can|to|would|will|needs? to|has to|ought to|is|was|might))*(?: (?:be|become|look like|look|turn into|into|as|being|looks like|resemble|like|to be|in to))*\s+(?P<np>(?!wear|have|get|has|with|in |keep|not|off)\S.*)$"
)
_BE = re.compile(r"^(?:be|become|turn into|look like|transform into|morph into|into|as|being)\s+(?P<np>.+)$")
_GIVES = re.compile(
    rf"^(?:(?:he|she|it|they|(?:the |this |my )?(?:noun|guy|character|dude))\s+)?(?:(?:should|must|could|can|to|would|will|needs?|has|have|wants?|with|in|had|ought|is|been|be|deserves|might)\s+)*(?:(?:{'|'.join(sorted(ADD))})\s+)*"
    r"(?:(?:on|in|up|out|over|down|him|her|it|them|us|me|the noun|this noun|this guy|the guy|the character|that guy|the little guy|my noun|himself)\s+)*(?:wear |have |in |with |to wear |to have |into )*(?P<np>.+)$"
)


def _becomes(text: str, vocabulary: Vocabulary) -> Draft | None:
    found = _BECOMES.match(text) or _BE.match(text)
    if not found or (found.re is _BECOMES and re.match(r"^(?:put|let) ", text) and not noun_phrase(found["np"]).slot):
        return None
    draft = _wanted(found["np"])
    return None if draft.open else replace(draft, pronoun=False)


def _rest(text: str, vocabulary: Vocabulary) -> Draft | None:
    verb = text.split()[0]
    found = None if verb in CHANGE else _GIVES.match(text)
    given = verb in ADD or bool(found and found["np"] != text)
    draft = _wanted(found["np"] if found else re.sub(rf"^(?:{'|'.join(sorted(CHANGE))})(?: up| out)? ", "", text))
    words = [w for w in draft.phrase.split() if w not in {"more", "less"}]
    if re.search(r"\b(more|less)\b", text) and words and draft.verb in {"replace", "recolour"}:
        return replace(draft, verb="more" if re.search(r"\bmore\b", text) else "less", phrase=" ".join(words))
    if draft.verb == "replace" and verb not in CHANGE:
        draft = replace(draft, verb="add" if given else "")
    if given and not draft.slots and re.match(r"^(?:wear|print|stick|slap|pin|stamp|add|put|place|attach|pop|hang)\b", text) and "accessory" in vocabulary.slots.get(key(draft.phrase), ()):
        draft = replace(draft, slots=("accessory",))
    return draft


_FRAMES: tuple[Frame, ...] = (_keep, _take_back, _surprise, _remove, _swap, _paint, _becomes, _rest)


def read_clause(clause: Clause, vocabulary: Vocabulary) -> list[Draft]:
    """Read one clause.

    Args:
        clause: see core.studio.language.clauses.
        vocabulary: the parts' words.

    Returns:
        One draft, or none where nothing was said.
    """
    text = trim(clause.text)
    own = bool(own_verb(tuple(text.split())))
    for frame in _FRAMES:
        draft = frame(text, vocabulary)
        if draft is not None:
            empty = not (draft.slots or draft.phrase or draft.old) and draft.verb not in {"random", "undo", "remove", "problem", "keep"}
            return [] if empty else [replace(draft, own=own, hard=clause.hard)]
    return []


__all__ = ["BASIC", "SHADES", "PAINTING", "Draft", "NounPhrase", "clean", "noun_phrase", "read_clause"]
