"""The patterns of the frames: how people say undo, keep, take away, exchange, surprise, and be something.

They run on clauses of tokens (see core.studio.language.normal): slot words read "specs~glasses".
"""

from __future__ import annotations

import re

from core.studio.language.words import ADD, CHANGE, REMOVE, REMOVE_SPLIT

ANIMATE = re.compile(r"\b(?:him|her|he|she|noun|guy|character|dude|person|figure|man|bloke|fella|chap|avatar|lad|himself)\b")
UNDO = re.compile(
    r"^(?:undo\b.*|revert\b.*|rewind\b.*|ctrl ?\+? ?z|control z|oops.*|never ?mind.*|nvm|scratch that|cancel(?: that| it| this| "
    r"the| my| last)*(?: change| edit| one| step)?|take me back.*|go(?:ing)? back\b.*|(?:one )?step back(?:wards)?|"
    r"(?:take|bring|change|turn|put|switch|set|get|swap|move|make)(?: (?:that|it|this|everything|things|him|all))+ back\b.*|take "
    r"back (?:that|the last).*|back(?: up)?(?: one| a)?(?: step)?|(?:the )?previous(?: one| version)?|"
    r"(?:i )?(?:do not|did not) (?:like |want |mean )?(?:that|it|this)(?: change| one| edit| last\b.*)?|reverse (?:that|it|this|"
    r"the last).*|restore(?: (?:it|that|the previous|the last).*)?|"
    r"forget (?:it|that|about it)|roll(?: it| that)? ?back\b.*|not that|(?:i )?changed my mind|(?:it was|was|that was) better "
    r"before|(?:get rid of|remove|discard|drop|lose|take off|"
    r"take away) (?:that|the last|my last|the previous|this) (?:change|edit|step|one|thing)|"
    r"(?:make|put|set|have|get|i want)?(?: it| him| that| everything)?(?: back)?(?: to)?(?: be)? ?(?:like|as|how|the way|what) "
    r"(?:it|he|she|that|they|things) (?:was|were|looked|had been)(?: before| earlier| originally)?|unchange that|un ?do that|that "
    r"was (?:wrong|a mistake).*|.*\bbetter before|.*(?:liked|preferred) .*(?:before|previous|earlier|old one).*|last step back|the "
    r"last one was better)$"
)
_ALONE = (
    r"(?: alone| as (?:it|they|he|she|that) (?:is|are|was|were)| as (?:is|are)| unchanged| the same| intact| there| on(?: him| "
    r"her)?| like (?:that|this|it is)| untouched| though| exactly| be| put| still| how it is| the way (?:it|they) (?:is|are))*"
)
KEEPS = (
    re.compile(r"^(?:except(?: for)?|apart from|besides|but not|but)(?: for)? (?P<np>.+)$"),
    re.compile(
        r"^(?:keep|leave|preserve|retain|maintain|hold on to|keeping|leaving|protect|lock|freeze|save|stick with)(?: on)? "
        rf"(?P<np>(?!out|off|only).+?){_ALONE}$"
    ),
    re.compile(
        r"^(?:do not|never|without|not|avoid|no) (?:you )?(?:dare )?(?:to )?(?:touch|change|changing|touching|mess(?:ing)?(?: "
        r"up)?(?: with)?|alter|altering|modify|modifying|affect|affecting|move|moving|edit|editing|swap|replace|replacing|remove|"
        r"lose|recolour|tamper with|delete|drop|break|ruin|take off|get rid of)(?: with)? (?P<np>.+)$"
    ),
    re.compile(
        r"^(?P<np>.+?) (?:should |must |can |to |has to |have to |needs? to |may |is to |are to |will )?(?:stays?|remains?|"
        r"unchanged|is fine|are fine|is good|are good|is perfect|are perfect|as is|is ok|are ok|(?:is|are|be) (?:left|kept) alone|"
        rf"untouched|keeps|kept){_ALONE}$"
    ),
    re.compile(r"^(?P<np>.+?) (?:should|must) not (?:be )?(?:change|changed|touched|altered)$"),
    re.compile(r"^not (?:the|his|her|its) (?P<np>.+)$"),
    re.compile(r"^(?:the )?same (?P<np>\S+~\S+)(?: as before| as now)?$"),
)
REMOVES = (
    re.compile(
        rf"^(?:{'|'.join(sorted(REMOVE))})(?: of| up| out| off| away)? (?P<np>.+?)(?: off| away| out| entirely| completely| "
        r"altogether)?$"
    ),
    re.compile(
        rf"^(?:{'|'.join(sorted(REMOVE_SPLIT))}) (?P<np>.+?) (?:off|away|out)(?: (?:of |from )?(?:him|her|it|them|(?:his|her|"
        r"its|the|their|that|my) .+|\S+~\S+))?$"
    ),
    re.compile(rf"^(?:{'|'.join(sorted(REMOVE_SPLIT))}) (?:off|away|out) (?P<np>.+)$"),
    re.compile(
        r"^(?:get rid of|be rid of|rid .*? of|do away with|dispose of|done with|dispense with|away with|off with|out with|free "
        r"(?:him|her|it) (?:of|from)|be without|goodbye|bye(?: bye)?|good riddance to|say goodbye to|enough of|hate|dislike|rid of|"
        r"be gone with|down with|ditch) (?P<np>.+)$"
    ),
    re.compile(
        r"^(?:(?:he|she|it|they|him|her|the noun) )?(?:(?:should|could|would|to|must|can) )?(?:go |going |be |is |with |have |"
        r"has |had |wear )?(?:no more|no(?! an? )|without|minus|sans|not have|not wear|not any) (?:any |a |the |his |her "
        r")?(?P<np>.+?)(?: any ?more| at all)?$"
    ),
    re.compile(r"^(?P<np>.+?) (?:off|away|gone|begone|out|go|be gone|goes|vanished|disappear|vanish)$"),
    re.compile(
        r"^(?:make |have |let |see )?(?P<np>.+?) (?:(?:should|must|can|could|needs? to|has to|have to|had to|has got to|have "
        r"got to|got to|ought to|to) )?(?:be )?(?:go(?: away)?|gone|come off|be removed|disappear|vanish|be gone|gone|be deleted|"
        r"leave|invisible|go off)$"
    ),
    re.compile(
        r"^.*?(?:does|do|should|must|can|will) not (?:really )?(?:need|want|wear|have|like|be wearing|care for)(?: to wear| to "
        r"have)?(?: any| the| those| that| a| his)? (?P<np>.+?)(?: any ?more| at all)?$"
    ),
    re.compile(r"^(?:stop|quit|cease)(?: \S+)? wear(?:ing)? (?P<np>.+)$"),
    re.compile(r"^(?P<np>.+?) (?:is|are) (?:not (?:needed|wanted|necessary)|unnecessary)$"),
    re.compile(r"^empty (?P<np>.+)$"),
    re.compile(r"^(?:take|get|pull|wipe|rip|peel|tear|pluck) (?P<np>.+?) from (?:(?:the|his|her|its) )?\S+~\w+$"),
)
SWAPS = (
    re.compile(r"^(?:sub|substitute|swap in|switch in|sub in|bring in) (?P<new>.+?) (?:in )?for (?P<old>.+)$"),
    re.compile(
        rf"^(?:{'|'.join(sorted(CHANGE | {'trade in', 'swap out', 'switch out', 'change up', 'swap over', 'switch up'}))})(?: "
        r"out| over| up)? (?P<old>.+?) (?:out )?(?:for|with|by|into(?: being)?|to(?: be(?:come)?| being| have| look like)?|against|"
        r"becomes?|in exchange for|from) (?P<new>.+)$"
    ),
    re.compile(
        r"^(?:make|put|have|use|give|want|wear|add|see)?\s*(?:him |her |it |them )?(?:have |wear )?(?P<new>.+?),? (?:instead of|"
        r"rather than|in place of|in lieu of|in exchange for|where|to replace|replacing|replaces|over) (?P<old>.+?)(?: is| was| "
        r"are| used to be| goes| were)?$"
    ),
    re.compile(r"^(?P<new>.+?) (?:not|no) (?:a |an |the )?(?P<old>\S+)$"),
    re.compile(r"^(?:not|no|no more) (?P<old>.+?) (?:but|rather) (?P<new>.+)$"),
    re.compile(
        r"^(?P<old>.+?) (?:becomes?|(?:should|must|could|can|will|would|to|needs? to|has to|have to|ought to|might|may|"
        r"shall)(?: please)?(?: be(?:come)?| turn into| change (?:in)?to| turn| go| look like| look| get| have| wear)|is now|are "
        r"now|turns? into|changes? (?:in)?to|goes|to) (?P<new>.+)$"
    ),
    re.compile(r"^(?P<old>.+?) (?:out|away|off) (?P<new>.+?) (?:in|on)$"),
)
BECOMES = re.compile(
    r"^(?:(?:make|have|turn|transform|change|convert|let|want|see|morph|put)\s+)?(?:(?:the |this |that |my |our )?(?:noun|guy|"
    r"character|dude|person|figure|man|bloke|fella|chap|avatar|thing|whole thing|entire thing)|he|she|it|they|him|her|them|this|"
    r"that|yourself)"
    r"(?: (?:should|must|could|can|to|would|will|needs? to|has to|ought to|is|was|might))*(?: (?:be|become|look like|look|turn "
    r"into|into|as|being|looks like|resemble|like|to be|in to))*\s+(?P<np>(?!wear|have|get|has|with|in |keep|not|off|needs?|wants?|"
    r"deserves?|gets?|gave|puts?|likes?|had|lose|loses|without|sport|rocks?|a bit)\S.*)$"
)
BE = re.compile(r"^(?:be|become|turn into|look like|transform into|morph into|into|as|being)\s+(?P<np>.+)$")
GIVES = re.compile(
    r"^(?:(?:he|she|it|they|(?:the |this |my )?(?:noun|guy|character|dude))\s+)?(?:(?:should|must|could|can|to|would|will|needs?|"
    rf"has|have|wants?|with|in|had|ought|is|been|be|deserves|might)\s+)*(?:(?:{'|'.join(sorted(ADD))})\s+)*"
    r"(?:(?:on|in|up|out|over|down|him|her|it|them|us|me|the noun|this noun|this guy|the guy|the character|that guy|the little guy|"
    r"my noun|himself)\s+)*(?:wear |have |in |with |to wear |to have |into )*(?P<np>.+)$"
)
MENTION = re.compile(
    r"^(?P<np>(?:\S+ )?\S+~\w+) (?:is|are|was|looks?|feels?|seems?) (?:too |so |a bit |really |very |rather |way |"
    r"pretty |just |kind of |getting )*(?P<how>\w+)$"
)
TIRED = re.compile(
    r"^(?:i am |we are )?(?:so |really |a bit )*(?:bored|tired|sick|fed up|over) (?:of|with)? ?(?P<np>.+)$|"
    r"^(?P<dull>(?:the |this |his )?\S+~\w+ (?:boring|dull|silly|ugly|bad|wrong|horrible|awful|weird))$"
)
HEADLESS = re.compile(r"\b(?:headless|behead|decapitated?)\b|\b(?:lose|off with) (?:his|the) head~head")
PLAIN = re.compile(
    r"^(?:make |leave |have )?(?:the |a |his )?(?:plain|blank|empty|bare|clean)? ?(?:\S+~body|chest~accessory|"
    r"\S+~accessory)(?: (?:should|to|must))?(?: be)? (?:plain|blank|empty|bare|clean)$|^(?:make |give him |have |leave )?(?:the |a "
    r"|his |an )?(?:plain|blank|empty|bare|clean) (?:\S+~body|chest~accessory|\S+~accessory)$|^(?:clean|clear|blank|empty|wipe)(?: "
    r"off| up| out)? (?:the |his |her |its |my )?(?:\S+~body|\S+~accessory)$|^nothing (?:on|as|around) .*~accessory$"
)
SURPRISE = re.compile(
    r"\b(?:surprise|dealers? choice|you (?:choose|pick|decide)|up to you|roll the dice|lucky dip|your (?:choice|pick|"
    r"call)|mix (?:it|things|him|everything) up|shuffle|randomi[sz]ed?|randomly|whatever you|anything you|pick (?:something|"
    r"anything|one)|go (?:wild|crazy|nuts))\b|^(?:mix|shake|jumble|shuffle)(?: up)? \S* ?\S+~"
)
ANOTHER = re.compile(
    r"(?:please |pick |try |choose |use |give (?:him|me) |make it |show me )*(?:a |an )?(?:another|different|other|"
    r"new|something else|else)(?: one)?"
)
ANYTHING = re.compile(
    r"(?:please )?(?:change|swap|switch|randomise|alter|replace|modify|redo|vary|make|give him|give me|something|"
    r"show me|try|generate|do|a|an)*\s*(?:a |an |the |up )?(?:everything|all|random|whatever|anything|it all|the whole thing|"
    r"something random|something different|something new|the lot|totally different|different|a? ?(?:random|new|different|another|"
    r"fresh) (?:noun|one|guy|character|look|version|thing)|something else|anything else|random everything)(?: up| random| randomly|"
    r" different| at random| about)*"
)
AT_RANDOM = re.compile(
    r"\bany(?: old)? \S+~\w+ (?:will do|is fine|you like|goes)|\b\S+~\w+ (?:at random|random|randomly|differently|"
    r"different|something else)$"
)
PAINT = re.compile(
    rf"^(?:{'|'.join(sorted(CHANGE | {'want', 'have', 'get', 'see', 'give', 'dress', 'put', 'keep'}))}) (?P<np>.+?) "
    r"(?:in |all |to be |be |into |to )*(?P<colour>\S+(?: and \S+)?|(?:dark|light|pale|bright|deep|hot|neon) \S+)$"
)
