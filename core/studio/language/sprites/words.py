"""The words of requests about a sprite: its shapes, places, sizes and turns, and what it cannot do."""

from __future__ import annotations

from core.studio.language.words import word_set


def either(words: str) -> str:
    """Alternatives of a pattern, the longest first, from words set apart by "|"."""
    return "|".join(sorted(words.split("|"), key=lambda word: -len(word)))


COUNTS = {name: number for number, name in enumerate("one two three four five six seven eight nine ten".split(), 1)}


def count(said: str | None) -> int:
    """A number in digits or as a word; one where nothing is said."""
    return int(said) if said and said.isdigit() else COUNTS.get(said or "", 1)


SHAPE_NAMES: dict[str, tuple[str, ...]] = {
    "square": (
        "square",
        "box",
        "square shape",
        "four corners",
        "four sided shape",
        "crate",
        "squarish shape",
        "tile",
        "quadrilateral",
        "cube",
    ),
    "ellipse": ("ellipse", "oval", "egg", "elliptical shape", "round shape", "roundish shape", "circle", "disc", "ball"),
    "heart": ("heart", "love heart", "love symbol", "valentine", "sweetheart", "symbol of love"),
}
"""What each shape may be called; all of it goes into the index."""

BY_RULE: dict[str, str] = {
    **dict.fromkeys(("square", "squares", "quadrilateral", "quadrilaterals", "cube", "rectangle", "four corners"), "square"),
    **dict.fromkeys(("ellipse", "ellipses", "oval", "ovals", "elliptical", "circle", "circles", "circular", "disc", "disk"), "ellipse"),
    **dict.fromkeys(("roundish", "ellipsis"), "ellipse"),
    **dict.fromkeys(("heart", "hearts", "loveheart", "heartshaped"), "heart"),
}
"""Words that name a shape beyond doubt."""

NEAREST: dict[str, str] = {
    **dict.fromkeys(("circle", "circles", "circular", "disc", "disk", "ball", "dot"), "circle"),
    **dict.fromkeys(("rectangle", "cube"), "rectangle"),
}
"""Words for what is not here, though something close is."""

ABSENT = tuple(
    "triangle star pentagon hexagon octagon trapezium parallelogram rhombus cross arrow line ring spiral crescent moon cloud lightning "
    "tree flower house car boat cat dog bird fish dinosaur person face smile hand eye hat crown sun cone pyramid cylinder sphere banana "
    "apple pear lemon letter number word text question mark robot shark teapot ghost key sword leaf raindrop snowflake "
    "shamrock club spade skull puzzle photograph painting landscape music note".split()
)
"""Things that do not exist here: the index's counterweight."""

LEFT = either("left|leftward|leftwards|west|westward|westwards|left hand|lefthand")
RIGHT = either("right|rightward|rightwards|east|eastward|eastwards|right hand|righthand")
UP = either("up|upward|upwards|north|northward|northwards|higher|above|raise|lift|elevate|up higher|hoist|rise|climb|ascend")
DOWN = either("down|downward|downwards|south|southward|southwards|lower|below|beneath|drop|sink|lower down|descend|fall|falls|falling|dip")
TOP = either("top|ceiling|uppermost|topmost|upper|roof|very top")
BOTTOM = either("bottom|floor|bottommost|lowermost|base|ground|very bottom")
CENTRE = either("centre|centred|middle|central|centrally|midpoint|dead centre|center|centrepoint")

BIGGER = either(
    "bigger|larger|enlarge|enlarged|grow|grows|growing|increase|increased|increasing|expand|expanded|scale up|scaled up|size up|blow up|"
    "magnify|inflate|zoom in|upsize|upscale|make more of|pump up|puff up|beef up|bulk up|plump up|swell|supersize|embiggen|enlargen|"
    "fatten up"
)
SMALLER = either(
    "smaller|littler|tinier|shrink|shrunk|shrinks|shrinking|reduce|reduced|reducing|decrease|decreased|diminish|scale down|scaled down|"
    "size down|deflate|zoom out|downsize|downscale|less big|less large|scale back|minify|trim down|cut down|shrivel|dwindle|contract"
)
LARGEST = either(
    "biggest|largest|huge|enormous|gigantic|giant|massive|maximum size|max size|maximum|maximal|max|full size|immense|colossal|"
    "humongous|vast|maximise|maximize|as large|as big|very big|very large|really big|really large|as huge|ginormous|whopping|mammoth|"
    "jumbo|supersized"
)
SMALLEST = either(
    "smallest|tiniest|tiny|minuscule|miniscule|minute|minimum size|min size|minimum|minimal|min|teeny|teensy|miniature|minimise|minimize|"
    "microscopic|as small|as tiny|very small|really small|mini|wee|pinprick|pinhead|speck|itty bitty|itsy bitsy|titchy|dinky|as little"
)
BIG, SMALL = "big|large", "small|little"
MEDIUM = either(
    "medium sized|mid sized|medium size|medium|average size|average|normal size|normal sized|middling|intermediate size|regular size"
)

A_BIT = either(
    "a bit|a little bit|a wee bit|a tiny bit|a little|slightly|a touch|a tad|a smidge|a smidgen|a hair|a nudge|a notch|somewhat|"
    "ever so slightly|just barely|a fraction|marginally|gently|subtly|a whisker|a shade|one notch|nudge|a small amount|a tiny amount|"
    "a small step|a few steps|a couple of steps|minimally|a teeny bit|half a step|inch|a few pixels|a few columns|a few rows|slight|"
    "mild|faint"
)
A_LOT = either(
    "a lot|lots|much|far|loads|plenty|considerably|significantly|substantially|a good deal|a great deal|a long way|greatly|heaps|"
    "massively|a fair bit|quite a bit|by a large amount|a good bit|drastically|hugely|well|strongly|a big step|a whole lot|"
    r"(?<!other )(?<!right )(?<!wrong )(?<!opposite )(?<!the )(?<!half )(?<!mid )(?<!part )way"
)

FAR = either(
    "all the way|as far as possible|as far as it goes|as far as it will go|as far as it can go|as far as you can|as far as it can|"
    "as much as possible|as much as you can|completely|fully|entirely|the very|hard against|right up against|to the limit|to the max|"
    "to the maximum|until it stops|till it stops|to the end|as can be|as possible|as it gets|as it goes|as it can get|as it can be|"
    "as it can|as it will go|as it will|as you can|as can|until the end|right to the end"
)
"""All the way, whatever it is."""

ASIDES = word_set(
    "a an the it its this that thing shape sprite picture image figure object one he him his she her them they me my our us we i you "
    "your is are be was were been am do does did have has had having get gets getting go goes going gone come comes make makes made making "
    "move moves moved moving shift shifts shifted shifting put puts place places placed placing position positioned set sets push pushes "
    "pushed pull pulls slide slides sliding drag drags bring brings send sends sit sits take takes change changes changed changing swap "
    "switch replace transform convert become becomes morph want wants would should could can may might will shall must like love prefer "
    "need needs please kindly just now then so also too again more less even still further farther bit lot very really quite rather over "
    "to into onto in on at of by for from with within as and or but if there here where towards toward along across around round about "
    "back out off side sides hand corner corners edge edges border end ends all way time times size sized scale spot half quarter step "
    "steps column columns row rows pixel pixels degree degrees try let give gives ask see show look looks looking instead than some any "
    "something what why how not no yes ok okay hey hi hello thanks thank cheers great good nice perfect lovely mate maybe perhaps possible "
    "possibly nearer near close closer next first finally lastly only exactly precisely roughly approximately direction directly nudge "
    "notch touch push shove jump hop float keep leave everything else rest same stay stays nothing other think guess feel today actually "
    "basically simply quickly slowly whole itself current currently screen frame canvas area region page space field board grid view "
    "window wall far sure wish wonder wondering mind chance able ready amount distance value level ahead pop stick park plonk stand lay "
    "lie hang tuck squeeze resize relocate reposition budge align line lined hug kiss throw kick toss fling chuck swing halfway midway "
    "yeah yep um uh er erm hmm oh ah wow cool fine alright better best new different version kind sort type form whatever"
)
"""Words that ask for nothing by themselves."""
