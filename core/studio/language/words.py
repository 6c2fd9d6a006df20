"""The words that requests are made of. The slots' own words stand here, the parts' words come with the lexicon."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


SLOT_WORDS: dict[str, tuple[str, ...]] = {
    "head": (
        "head",
        "heads",
        "noggin",
        "face",
        "faces",
        "mask",
        "bonce",
        "cranium",
        "headpiece",
        "headwear",
        "headgear",
        "visage",
        "headed",
        "faced",
        "bean",
        "noddle",
        "kisser",
    ),
    "glasses": (
        "glasses",
        "specs",
        "spectacles",
        "spectacle",
        "shades",
        "sunglasses",
        "sunnies",
        "goggles",
        "goggle",
        "frames",
        "frame",
        "eyewear",
        "noggles",
        "noggle",
        "eyeglasses",
        "eyeglass",
        "lenses",
        "lens",
        "bifocals",
        "rims",
        "specks",
        "pair of glasses",
        "pair of specs",
        "pair of spectacles",
        "pair of shades",
        "eye wear",
        "glasses frame",
        "glasses frames",
        "pair of goggles",
        "pair of frames",
        "pair of sunglasses",
        "bins",
    ),
    "body": (
        "body",
        "torso",
        "shirt",
        "shirts",
        "tshirt",
        "t shirt",
        "tee",
        "tee shirt",
        "jumper",
        "skin",
        "clothes",
        "clothing",
        "outfit",
        "trunk",
        "jersey",
        "blouse",
        "bod",
        "uniform",
        "suit",
        "garment",
        "garb",
        "attire",
        "sweatshirt",
        "polo",
        "polo shirt",
        "skin colour",
        "skin tone",
        "skinned",
        "shirted",
        "bodied",
        "body colour",
        "shirt colour",
        "bodywork",
        "tummy",
        "belly",
        "threads",
        "physique",
    ),
    "accessory": (
        "accessory",
        "accessories",
        "print",
        "logo",
        "chain",
        "necklace",
        "badge",
        "chest",
        "tie",
        "emblem",
        "pendant",
        "motif",
        "design",
        "decoration",
        "ornament",
        "bling",
        "pattern",
        "graphic",
        "trinket",
        "jewellery",
        "decal",
        "sticker",
        "symbol",
        "shirt print",
        "shirt design",
        "shirt logo",
        "shirt pattern",
        "shirt graphic",
        "chest piece",
        "chest print",
        "chest logo",
        "chest thing",
        "picture on the chest",
        "picture on his chest",
        "picture on the shirt",
        "picture on his shirt",
        "thing on the chest",
        "thing on his chest",
        "thing on the shirt",
        "thing on his shirt",
        "image on the chest",
        "image on his chest",
        "print on the shirt",
        "print on his shirt",
        "logo on his shirt",
        "logo on the shirt",
        "design on the shirt",
        "design on his shirt",
        "picture on her chest",
        "picture on its chest",
        "thing on its chest",
        "thing on her chest",
        "front of the shirt",
        "front of his shirt",
        "t shirt print",
        "picture",
        "neckwear",
        "adornment",
        "crest",
        "insignia on the chest",
        "add on",
        "accesory",
    ),
    "background": (
        "background",
        "backgrounds",
        "backdrop",
        "bg",
        "wall",
        "scene",
        "scenery",
        "sky",
        "setting",
        "back ground",
        "canvas",
        "wallpaper",
        "surroundings",
        "environment",
        "bkg",
        "background colour",
        "backdrop colour",
        "ambience",
        "rear",
    ),
}
"""What each slot may be called."""

SOFT = word_set(
    "chain necklace tie badge logo pendant shades sunglasses sunnies mask wall sky sweater jumper bling pattern symbol "
    "picture goggles print frame bean sticker belly suit uniform jewellery design crest motif skin chest spectacles trunk"
)
"""Slot words that may also be the very thing that is wanted: "give him a chain"."""

"""Words for how warm a background feels."""

REMOVE = word_set(
    "remove delete lose drop ditch erase scrap eliminate nix discard dump toss yank kill strip clear hide bin axe unwear "
    "subtract undress rid cut zap chuck banish purge omit"
)
REMOVE_SPLIT = word_set("take get chop cut knock pull pluck wipe strip rip leave whip pop throw put chuck peel tear lop rub scrub")
"""Verbs that remove together with off, away or out."""

CHANGE = word_set(
    "swap replace change exchange switch trade substitute turn transform convert morph make set alter modify upgrade "
    "recolour paint colour tint dye render shift update adjust edit sub transmute redo mutate rework vary tweak"
)
SWAP = word_set("swap replace exchange trade substitute sub switch")
"""Verbs whose "with" names the new thing."""
PAINTING = word_set("recolour paint colour tint dye")

ADD = word_set(
    "add put give wear slap stick pop throw place attach include get have want need like love bring don apply use try "
    "equip insert write draw stamp hang bung whack show see print fit plonk install wears wearing sport rock pick choose select "
    "gets giving adding grant lend pin mount top dress go do assign buy chuck plop grow has having prefer fancy keeps sports"
)

SUBJECTS = word_set(
    "him her it them he she they this that noun guy character dude person figure fella bloke lad man chap avatar buddy "
    "himself herself itself lass girl boy woman image little fellow these those nouns pal sprite thing mate"
)
"""Words for the Noun as a whole."""

ONES = word_set(
    "one ones version kind sort type style coloured tinted tone toned hue shade colour shaped flavoured themed rimmed lensed variety bit"
)
"""Words that hold a noun's place, or say nothing more."""

FILLERS = word_set(
    "a an the his her its their my your our this that these those please pls plz kindly just maybe perhaps some also too now "
    "then so really very quite rather actually simply only instead there here is are be been being was were am been to "
    "into as of like look looks looking with and for in at on by from it them him he she they i we you me us would should "
    "could can will may might must has have had do does did not n up out over around onto upon back which who what same "
    "nice lovely cute pretty awesome proper real own again thanks cheers totally completely entirely fully both "
    "one ones pair set bit little touch tad slightly somewhat more less even still definitely gonna wanna gotta get if think "
    "kinda sorta lil big old but u ur em ya yeah yep next front let lets appear become becomes happy good great say "
    "want need give make put add new neck eyes nose colour coloured tinted noun guy character actual full wee giant huge massive "
    "tiny small large fresh funny silly fancy"
)
"""Words that carry nothing where they stand at the edge of a phrase."""

INNER = word_set("a an the his her its their my your our please pls plz please some also just really that which are is be were")
"""Words that carry nothing even inside a phrase."""

RANDOM_WORDS = word_set(
    "random different another other new any anything something else fresh whatever surprise some randomly one ones "
    "alternative surprising someone somebody new changed arbitrary whichever swapped ones"
)

REST = word_set("rest everything others all remaining")

KEEP = word_set("keep leave preserve retain maintain keeping leaving hold protect lock freeze")

MOTION = word_set(
    "wave jump dance run walk sit stand fly swim sing talk speak blink wink laugh cry frown nod sleep eat hold kiss hug fight "
    "move animate smile look clap kneel bow crawl drive drink read kick punch climb shout yell sneeze cough breathe turn spin "
    "point stare glow float bounce moonwalk backflip pose say face juggle skate shake throw catch play ride cook wiggle rest hop"
)
"""What a still picture cannot do."""

GEOMETRY = word_set(
    "bigger smaller larger taller shorter wider thinner fatter thicker longer slimmer narrower higher lower rotate flip tilt "
    "zoom scale resize stretch shrink enlarge upside sideways crop centre blur sharpen pixelate hd 4k resolution 3d "
    "realistic photorealistic transparent translucent animated animation gif shadow cartoon anime sharper clearer blurry "
    "blurrier rounder older younger happier sadder angrier louder faster slower stronger heavier hairier fluffier muscular "
    "fat thin slim bold curly left right upwards downwards backwards inverted invert mirrored reflect watercolour sketch "
    "opaque closer further diagonal vertical horizontally vertically horizontal clockwise anticlockwise degrees spinning "
    "dancing flying jumping running walking waving smiling sitting portrait landscape profile pixels px blinking faster singing"
)
"""What pixel art in fixed slots cannot do."""

MOODS = word_set(
    "happy sad angry sleepy tired scared surprised excited jealous bored rich famous taller funny pretty handsome sexy ugly "
    "better nicer scarier cuter weirder funnier smarter evil nice beautiful drunk hungry old young tall short fat "
    "skinny strong male female alive dead human big small huge tiny round square long wide thick loud mysterious elegant"
)
"""What has no part of its own."""

ELSEWHERE = word_set(
    "shoe shoes boots trousers pants jeans shorts skirt sock socks glove gloves hand hands finger fingers arm arms leg "
    "legs foot feet tail wing wings horn horns ear ears nose beard moustache mustache eyebrow eyebrows eyelash tattoo earring "
    "earrings bracelet cape belt umbrella sword gun wheels trainers sneakers heels slippers sandals shoulder shoulders lap "
    "elbow knee knees ankle wrist toes toe teeth mouth tongue chin cheek cheeks eye hip hips kneecap thumb piercing "
    "freckles goatee sideburns ponytail armpit waist bum bottom butt tights leggings coat poncho kimono"
)
"""Things of a body that a Noun has no slot for."""

OFF_TOPIC = word_set(
    "write tell order buy sell send call cook book calculate translate explain summarise summarize open close save download "
    "upload share post tweet email login log sign recommend solve compute search google count list describe define teach "
    "help pay invest mint predict guess play start stop restart install uninstall export charge remind schedule navigate drive sudo "
    "ignore pretend act code program compose rhyme sum feed eat watch listen hack reboot copy paste run execute import"
)
"""Verbs that ask for something other than a picture."""

SECOND = word_set("second third two three four five six several multiple many dozens twin twins double duplicate clone friend crowd")

EXTRA_WORDS = word_set(
    "swap undo revert rewind randomise randomize shuffle surprise headless bald behead decapitate nothing none without minus "
    "sans slightly somewhat much way lot totally unchanged alone untouched intact between except apart besides rid off away gone "
    "begone removed instead rather place where becomes become goes stays stay remains everything dont doesnt didnt its hes shes"
)
