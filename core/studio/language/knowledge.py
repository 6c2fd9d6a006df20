"""Everyday words around the lexicon: other names for what exists, names for groups, and names of what does not exist.

The last are the index's counterweight: "lion" lies near "tiger", but nearer to "lion", so it is refused.
Words that a lexicon really holds are never taken from these lists.
"""

from __future__ import annotations

ALIASES: dict[str, str] = {
    "feline": "cat", "moggy": "cat", "pussycat": "cat", "puss": "cat", "meow": "cat", "canine": "dog", "pooch": "dog", "mutt": "dog",
    "pup": "dog", "hound dog": "dog", "bovine": "cow", "moo cow": "cow", "bull": "cow", "amphibian": "frog", "froggy": "frog",
    "equine": "horse", "steed": "horse", "jaws": "shark", "sharkie": "shark", "great white shark": "shark", "bot": "robot", "cyborg": "robot",
    "mechanical man": "robot", "extraterrestrial craft": "ufo", "alien": "ufo", "alien ship": "ufo", "burrito": "taco", "margherita": "pizza",
    "pepperoni": "pizza", "pepperoni pizza": "pizza", "cheese pizza": "pizza", "patty": "burger", "whopper": "burger", "big mac": "burger", "wiener": "hot dog",
    "bunny rabbit": "rabbit", "hoppy": "rabbit", "simian": "ape", "chimp": "ape", "chimpanzee": "ape", "bruin": "bear",
    "polar bear": "bear", "grizzly bear": "bear", "spectre": "ghost", "apparition": "ghost", "poltergeist": "ghost", "casper": "ghost", "tv monitor": "computer monitor",
    "pc": "computer monitor", "computer": "computer monitor", "desktop": "computer monitor", "macbook": "laptop", "vehicle with wings": "plane", "jumbo jet": "plane", "airliner": "plane",
    "bucks": "money", "cash": "money", "joint": "weed", "marijuana": "weed", "ganja": "weed", "cannabis": "weed", "pot leaf": "weed",
    "loo paper": "toilet paper", "bog roll": "toilet paper", "tp": "toilet paper", "trash bin": "trash can", "wheelie bin": "trash can",
    "rubbish": "trash can", "garbage bin": "trash can", "lunar": "moon", "solar": "sun", "sunrise": "sunset", "bolt": "lightning bolt", "zap": "lightning bolt",
    "flames of lava": "volcano", "erupting mountain": "volcano", "xmas tree": "christmas tree", "tree": "fir tree", "pine": "fir tree", "spruce": "fir tree",
    "succulent": "cactus", "cuppa": "mug", "brew": "mug", "cup of coffee": "mug", "cup": "mug", "java": "coffee", "espresso": "coffee", "lolly": "ice pop", "ice lolly": "ice pop",
    "ice cream": "ice pop", "ramen bowl": "noodles", "pasta": "spaghetti", "hoops ball": "basketball", "bball": "basketball", "hog": "piggy bank", "swine": "piggy bank",
    "pig": "piggy bank", "oinker": "piggy bank", "telly": "crt monitor", "orb": "crystal ball", "diamond": "blue diamond", "gem": "blue diamond", "gemstone": "blue diamond", "jewel": "blue diamond",
    "kings crown": "crown", "tiara": "queens crown", "royal hat": "crown", "serpent": "snake", "cobra": "snake", "python": "snake", "adder": "snake",
    "airship": "ufo", "spacecraft": "ufo", "flying disc": "ufo", "killer whale": "orca", "boat": "sailboat", "ship": "pirate ship", "galleon": "pirate ship",
    "lorry driver": "car", "motor": "car", "motorcar": "car", "auto": "car", "sedan": "car", "cabbie": "taxi", "cab": "taxi", "new york cab": "taxi",
    "cushion": "pillow", "chesterfield": "couch", "loveseat": "couch", "wolf man": "werewolf", "lycanthrope": "werewolf", "wolf": "werewolf", "horned horse": "unicorn",
    "t rex": "dinosaur", "trex": "dinosaur", "prehistoric reptile": "dinosaur", "gator": "crocodile", "croc": "crocodile", "alligator": "crocodile", "kermit": "frog",
    "bumblebee": "bee", "wasp": "bee", "grey matter": "brain", "fries": "french fries", "french fry": "french fries", "chippies": "french fries", "bank note": "banknote", "dollar": "dollar necklace",
    "dollar sign": "dollar necklace", "cds": "cd", "compact disk": "cd", "vinyl lp": "vinyl record", "spectacle logo": "spectacles", "brolly": "umbrella",
    "tartan": "bagpipes", "baguette bag": "handbag", "ladies bag": "handbag", "pepper": "chilli pepper", "jalapeno": "chilli pepper", "spud": "potato",
    "tater": "potato", "fungus": "mushroom", "shroom": "mushroom", "toadstool": "mushroom", "frozen treat": "ice pop", "snack crisps": "crisps",
    "stop motion film": "film strip", "globe": "earth", "planet": "saturn", "our planet": "earth", "stiletto": "high heel", "pumps": "high heel",
    "thunder": "lightning bolt", "twister": "tornado", "cyclone": "tornado", "jack o lantern": "pumpkin", "halloween": "pumpkin", "jackolantern": "pumpkin",
    "hairy ape": "bigfoot", "abominable snowman": "yeti", "bricks": "brick wall", "love": "heart", "valentine": "heart", "rat": "mouse", "rodent": "mouse",
    "sea horse": "seahorse", "shades of grey": "grey", "fuzzy hat": "beanie", "bobble hat": "beanie", "toque": "beanie", "cook hat": "chefs hat", "wizard": "wizards hat", "sorcerer": "wizards hat", "witch": "wizards hat", "magician": "wizards hat",
    "chef": "chefs hat", "king": "crown", "queen": "queens crown", "builder": "hard hat", "construction worker": "hard hat", "cyclops eye": "eye", "rubber ducky": "rubber duck", "duckling": "duck",
    "quacker": "rubber duck", "mallard": "duck", "lobster": "crab", "crustacean": "crab", "octopus": "squid", "bird of prey": "owl", "hooter": "owl", "hi vis": "safety vest", "high vis": "safety vest", "high vis vest": "safety vest", "hi vis vest": "safety vest",
    "pride": "rainbow stripes", "lgbt": "rainbow stripes", "peace": "yin yang", "taijitu": "yin yang", "ether": "ethereum logo", "eth": "ethereum logo", "ethereum": "ethereum logo",
    "crypto": "ethereum logo", "t bone": "steak", "beefsteak": "steak", "sirloin": "steak", "cheddar": "cheese", "gouda": "cheese", "brie": "cheese", "maths": "a2+b2 formula", "math": "a2+b2 formula", "equation": "a2+b2 formula",
}
"""Other names of what exists; a name that is missing from a lexicon is passed over."""

CATEGORIES: dict[str, tuple[str, ...]] = {
    "fruit": ("banana", "cherries", "pineapple", "watermelon", "blueberry"), "berry": ("blueberry",),
    "vegetable": ("beetroot", "garlic", "onion", "potato", "pumpkin", "chilli pepper", "pickle", "carrot", "mushroom"),
    "veg": ("beetroot", "garlic", "onion", "potato", "pumpkin", "chilli pepper", "pickle", "carrot"),
    "bird": ("owl", "raven", "duck", "chicken", "flamingo", "crane bird", "flying bird", "red bird"),
    "fish": ("grouper fish", "shark", "goldfish bowl", "pufferfish"), "sea creature": ("shark", "jellyfish", "crab", "squid", "orca", "blue whale"),
    "whale": ("blue whale", "breaching whale", "orca", "beluga"), "ape": ("ape", "orangutan"), "monkey": ("ape", "orangutan"),
    "dessert": ("birthday cake", "doughnut", "ice pop", "cookie", "pie"), "sweet": ("doughnut", "birthday cake", "cotton candy", "chocolate bar", "cookie"),
    "candy": ("cotton candy", "chocolate bar"), "drink": ("beer", "milk carton", "soda can", "steaming mug", "glass of red wine"),
    "beverage": ("beer", "milk carton", "soda can", "steaming mug"), "alcohol": ("beer", "glass of red wine"), "booze": ("beer", "glass of red wine"),
    "fast food": ("burger", "pizza slice", "hot dog", "taco", "french fries"), "junk food": ("burger", "pizza slice", "hot dog"), "seafood": ("crab", "oyster", "nigiri sushi", "shrimp tempura"),
    "insect": ("mosquito", "bee"), "bug": ("mosquito", "bee"), "reptile": ("green snake", "chameleon", "crocodile in a hat", "dinosaur"),
    "monster": ("werewolf", "bigfoot", "yeti", "zombie hand", "ghost"), "hat": ("beanie", "wizards hat", "chefs hat", "hard hat"),
    "headgear": ("beanie", "wizards hat", "chefs hat", "hard hat"), "helmet": ("hard hat",), "cap": ("beanie", "skull in a cap"),
    "planet": ("ringed planet", "jupiter", "earth"), "gem": ("blue diamond", "red diamond"), "jewel": ("blue diamond", "red diamond"),
    "car": ("car", "taxi"), "flower": ("flower", "rosebud"), "bag": ("handbag", "clutch bag", "backpack"), "tree": ("fir tree", "bonsai tree"),
    "phone": ("cordless phone",), "computer": ("blue-screen monitor", "laptop"), "ball": ("basketball", "volleyball", "baseball"),
    "musical instrument": ("grand piano", "tuba", "bagpipes", "bell"), "instrument": ("grand piano", "tuba", "bagpipes", "bell"),
    "camera": ("photo camera", "camcorder"), "shell": ("oyster",), "something to eat": ("pizza slice", "burger", "taco", "hot dog"), "edible": ("pizza slice", "burger", "taco"),
    "meal": ("burger", "pizza slice", "spaghetti and meatballs", "bowl of noodles"), "spooky": ("ghost", "skull in a cap", "zombie hand", "pumpkin", "werewolf"), "scary": ("skull in a cap", "ghost", "zombie hand", "werewolf", "shark"),
    "gadget": ("laptop", "robot", "handheld game console"), "mythical creature": ("unicorn", "yeti", "bigfoot", "werewolf"), "mythical beast": ("unicorn", "yeti", "bigfoot", "werewolf"),
    "big cat": ("tiger",), "pet": ("cat", "dog", "rabbit", "goldfish bowl"), "marine animal": ("shark", "orca", "jellyfish", "blue whale"), "beast": ("bear", "tiger", "werewolf"), "critter": ("mouse", "frog", "rabbit"),
    "snake": ("green snake",), "coin": ("gold coin",), "tie": ("red tie", "black tie on white", "purple tie on white"), "necktie": ("red tie", "black tie on white", "purple tie on white"),
    "gradient": ("sunset gradient", "glacier gradient", "dusk gradient", "dawn gradient", "ice gradient", "berry gradient"),
    "stains": ("red stains", "green stains"), "chain": ("gold chain links", "small gold necklace", "gold chains"), "gold chain": ("gold chain links", "small gold necklace", "gold chains"),
    "necklace": ("small gold necklace", "gold chain links", "anchor necklace", "cheese necklace", "pizza necklace", "dollar necklace"),
    "dots": ("beige dots", "white dot matrix"), "squares": ("scattered rainbow squares", "black checkers", "scattered blue squares"),
    "weather": ("cloud", "tornado", "rainbow", "snowflake", "lightning bolt"), "crown": ("crown", "queens crown"), "logo": ("ethereum logo", "gnars logo"),
}
"""Names of groups, and members of them in order of preference."""

ABSENT: tuple[str, ...] = tuple(word.strip() for word in """
lion, elephant, giraffe, penguin, spider, turtle, tortoise, snail, sheep, lamb, donkey, camel, hippo, rhino, rhinoceros, leopard, cheetah, panther,
jaguar, eagle, hawk, parrot, pigeon, swan, turkey, ostrich, peacock, dolphin, seal, walrus, lobster, ant, butterfly, dragonfly, ladybird, beetle, worm, caterpillar,
squirrel, hedgehog, hamster, gerbil, ferret, badger, deer, reindeer, bison, buffalo, hyena, koala, sloth, raccoon, skunk, lemur, llama, alpaca, mole, starfish,
seahorse, salmon fish, trout, tuna, eel, vulture, woodpecker, hummingbird, mermaid, fairy, angel, devil, demon, vampire, mummy, witch on a broom, santa claus, superman, batman, spiderman,
pikachu, mario, sonic, pokemon, harry potter, darth vader, princess, knight, ninja, pirate, cowboy, clown, astronaut, doctor, police officer, soldier, baby,
apple, pear, grape, grapes, strawberry, orange fruit, mango, kiwi, avocado, lime fruit, lemon fruit, coconut, plum fruit, raspberry fruit, melon ball, tomato, broccoli, cabbage, lettuce, corn, peas, beans, eggplant,
aubergine, pumpkin spice, cucumber salad, bread, baguette, croissant, bagel, pretzel, toast and jam, waffle, pancake, muffin, cupcake, pudding, yoghurt, butter, cereal, rice, soup, salad, bacon, ham hock, sausage roll, kebab, falafel, curry,
tea bag, water bottle, juice, champagne, whisky, cocktail, vodka, lorry, truck, bus, train, tram, bicycle, bike, motorcycle, motorbike, scooter, tractor, tank, rocket, submarine, hot air balloon, balloon, ambulance, fire engine, police car, van,
church, castle tower, skyscraper, bridge, tower, lighthouse, windmill, tent, barn, school, hospital, stadium, eiffel tower, statue of liberty, big ben, door, window, chair, table, desk, bed, lamp post, candle, carpet, curtain, bathtub,
toilet, sink, fridge, refrigerator, freezer, dishwasher, iron for clothes, vacuum cleaner, broom, bucket, spoon, fork, knife, plate, bowl, bottle, kettle, teapot, frying pan, keyboard, computer mouse, headphones, microphone, television, smartphone, tablet computer,
guitar, violin, drum, drums, flute, saxophone, accordion, harp, football, soccer ball, tennis racket, tennis ball, golf ball, golf club, rugby ball, bowling ball, dartboard, baseball bat, cricket bat, surfboard, skis, snowboard, ice skates, boxing ring, trophy,
sword, shield, bow and arrow, gun, rifle, cannon, arrow quiver, screwdriver, spanner, wrench, nail, ladder, shovel, rake, hoe, anchor chain, scissors case, needle, rope, key, map, compass, flag, letter, envelope, newspaper, magazine, painting of a person, photograph, pen,
marker, crayon, glue, tape, scissors head, clock tower, hourglass, alarm clock, umbrella, glove, mitten, sock, belt, dress, skirt, coat, trousers, bikini, bow tie, top hat, cowboy hat, baseball cap, sombrero, turban, halo, mohawk, afro, beard, moustache, monocle, eye patch, earring, bandana, cape, wings, tail,
meteor, comet, asteroid, galaxy, mars, venus, pluto, alien face, astronaut helmet, fire, flame, smoke cloud, ice cube, river, lake, beach, forest, jungle, desert, city, street lamp, garden, field, hill, cave, waterfall, night sky, stars in the sky, ocean floor, space, kitchen, bedroom, office,
skull and crossbones, swastika, cross, star of david, question mark, exclamation mark, dollar note, bitcoin, dogecoin, peace sign, smiley, emoji, number seven, the letter a, my name, your name, hello world, happy birthday, a word of my choice, nike swoosh, adidas stripes, apple logo, google logo, twitter bird, superman logo, batman logo, zigzag, tartan pattern, leopard print, zebra print, camouflage, paisley, floral pattern, flames pattern,
weather forecast, politics, music, movie, joke, poem, money transfer, homework, happiness, love life, freedom, time, idea, thing, stuff, something, object, person, man, woman, human, boy, girl, face, eyes, nose, mouth, ears, hair style, arms, legs, hands, feet, movement, size, gender, age, name, sound, smell, speed,
hospital bed, wheelchair, crutches, bandage, syringe, microscope, telescope, magnet, battery, plug, wire, gear, engine, wheel, tyre, steering wheel, traffic light, stop sign, bench, fountain, statue, dice, playing card, chess piece, puzzle piece, kite, yo-yo, doll, teddy, lego brick, balloon animal, marble, spinning top
""".replace("\n", " ").split(",") if word.strip())
"""What the world does not hold."""
