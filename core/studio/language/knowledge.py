"""Everyday words around the lexicon: other names for what exists, names for groups, and names of what does not exist.

The last are the index's counterweight: "lion" lies near "tiger", but nearer to "lion", so it is refused.
Words that a lexicon really holds are never taken from these lists.
"""

from __future__ import annotations


def _rows(text: str) -> dict[str, tuple[str, ...]]:
    """Lines such as "cat: feline, moggy"; a line that starts with spaces goes on with the one before."""
    lines = text.strip().replace("\n    ", " ").splitlines()
    pairs = (line.split(": ", 1) for line in lines)
    return {name: tuple(word.strip() for word in words.split(",")) for name, words in pairs}


_OTHER_NAMES = """
cat: feline, moggy, pussycat, puss, meow
dog: canine, pooch, mutt, pup, hound dog
cow: bovine, moo cow, bull
frog: amphibian, froggy, kermit
horse: equine, steed
shark: jaws, sharkie, great white shark
robot: bot, cyborg, mechanical man
ufo: extraterrestrial craft, alien, alien ship, airship, spacecraft, flying disc
taco: burrito
pizza: margherita, pepperoni, pepperoni pizza, cheese pizza
burger: patty, whopper, big mac
hot dog: wiener
rabbit: bunny rabbit, hoppy
ape: simian, chimp, chimpanzee
bear: bruin, polar bear, grizzly bear
ghost: spectre, apparition, poltergeist, casper
computer monitor: tv monitor, pc, computer, desktop, telly, tv, tv set, monitor
laptop: macbook
plane: vehicle with wings, jumbo jet, airliner
money: bucks, cash
weed: joint, marijuana, ganja, cannabis, pot leaf
toilet paper: loo paper, bog roll, tp
trash can: trash bin, wheelie bin, rubbish, garbage bin
moon: lunar
sun: solar
sunset: sunrise
lightning bolt: bolt, zap, thunder
volcano: flames of lava, erupting mountain
christmas tree: xmas tree
fir tree: tree, pine, spruce
cactus: succulent
mug: cuppa, brew, cup of coffee, cup
coffee: java, espresso
ice pop: lolly, ice lolly, ice cream, frozen treat
noodles: ramen bowl
spaghetti: pasta
basketball: hoops ball, bball
piggy bank: hog, swine, pig, oinker
crystal ball: orb
blue diamond: diamond, gem, gemstone, jewel
crown: kings crown, royal hat, king
queens crown: tiara, queen
snake: serpent, cobra, python, adder
orca: killer whale
sailboat: boat
pirate ship: ship, galleon
car: lorry driver, motor, motorcar, auto, sedan
taxi: cabbie, cab, new york cab
pillow: cushion
couch: chesterfield, loveseat
werewolf: wolf man, lycanthrope, wolf
unicorn: horned horse
dinosaur: t rex, trex, prehistoric reptile
crocodile: gator, croc, alligator
bee: bumblebee, wasp
brain: grey matter
french fries: fries, french fry, chippies
banknote: bank note
dollar necklace: dollar, dollar sign
cd: cds, compact disk
vinyl record: vinyl lp
spectacles: spectacle logo
umbrella: brolly
bagpipes: tartan
handbag: baguette bag, ladies bag
chilli pepper: pepper, jalapeno
potato: spud, tater
mushroom: fungus, shroom, toadstool
crisps: snack crisps
film strip: stop motion film
earth: globe, our planet
saturn: planet
high heel: stiletto, pumps
tornado: twister, cyclone
pumpkin: jack o lantern, halloween, jackolantern
bigfoot: hairy ape
yeti: abominable snowman
brick wall: bricks
heart: love, valentine
mouse: rat, rodent
seahorse: sea horse
grey: shades of grey
beanie: fuzzy hat, bobble hat, toque
chefs hat: cook hat, chef
wizards hat: wizard, sorcerer, witch, magician
hard hat: builder, construction worker
eye: cyclops eye
rubber duck: rubber ducky, quacker
duck: duckling, mallard
crab: lobster, crustacean
squid: octopus
owl: bird of prey, hooter
safety vest: hi vis, high vis, high vis vest, hi vis vest
rainbow stripes: pride, lgbt
yin yang: peace, taijitu
ethereum logo: ether, eth, ethereum, crypto
steak: t bone, beefsteak, sirloin
cheese: cheddar, gouda, brie
a2+b2 formula: maths, math, equation
"""

_GROUPS = """
fruit: banana, cherries, pineapple, watermelon, blueberry
berry: blueberry
vegetable: beetroot, garlic, onion, potato, pumpkin, chilli pepper, pickle, carrot, mushroom
veg: beetroot, garlic, onion, potato, pumpkin, chilli pepper, pickle, carrot
bird: owl, raven, duck, chicken, flamingo, crane bird, flying bird, red bird
fish: grouper fish, shark, goldfish bowl, pufferfish
sea creature: shark, jellyfish, crab, squid, orca, blue whale
whale: blue whale, breaching whale, orca, beluga
ape: ape, orangutan
monkey: ape, orangutan
dessert: birthday cake, doughnut, ice pop, cookie, pie
sweet: doughnut, birthday cake, cotton candy, chocolate bar, cookie
candy: cotton candy, chocolate bar
drink: beer, milk carton, soda can, steaming mug, glass of red wine
beverage: beer, milk carton, soda can, steaming mug
alcohol: beer, glass of red wine
booze: beer, glass of red wine
fast food: burger, pizza slice, hot dog, taco, french fries
junk food: burger, pizza slice, hot dog
seafood: crab, oyster, nigiri sushi, shrimp tempura
insect: mosquito, bee
bug: mosquito, bee
reptile: green snake, chameleon, crocodile in a hat, dinosaur
monster: werewolf, bigfoot, yeti, zombie hand, ghost
hat: beanie, wizards hat, chefs hat, hard hat
headgear: beanie, wizards hat, chefs hat, hard hat
helmet: hard hat
cap: beanie, skull in a cap
planet: ringed planet, jupiter, earth
gem: blue diamond, red diamond
jewel: blue diamond, red diamond
car: car, taxi
flower: flower, rosebud
bag: handbag, clutch bag, backpack
tree: fir tree, bonsai tree
phone: cordless phone
computer: blue-screen monitor, laptop
ball: basketball, volleyball, baseball
musical instrument: grand piano, tuba, bagpipes, bell
instrument: grand piano, tuba, bagpipes, bell
camera: photo camera, camcorder
shell: oyster
something to eat: pizza slice, burger, taco, hot dog
edible: pizza slice, burger, taco
meal: burger, pizza slice, spaghetti and meatballs, bowl of noodles
spooky: ghost, skull in a cap, zombie hand, pumpkin, werewolf
scary: skull in a cap, ghost, zombie hand, werewolf, shark
gadget: laptop, robot, handheld game console
mythical creature: unicorn, yeti, bigfoot, werewolf
mythical beast: unicorn, yeti, bigfoot, werewolf
big cat: tiger
pet: cat, dog, rabbit, goldfish bowl
marine animal: shark, orca, jellyfish, blue whale
beast: bear, tiger, werewolf
critter: mouse, frog, rabbit
snake: green snake
coin: gold coin
tie: red tie, black tie on white, purple tie on white
necktie: red tie, black tie on white, purple tie on white
gradient: sunset gradient, glacier gradient, dusk gradient, dawn gradient, ice gradient, berry gradient
stains: red stains, green stains
chain: gold chain links, small gold necklace, gold chains
gold chain: gold chain links, small gold necklace, gold chains
necklace: small gold necklace, gold chain links, anchor necklace, cheese necklace, pizza necklace, dollar necklace
striped: blue stripes, red stripes, rainbow stripes, brown stripes
stripy: blue stripes, red stripes, rainbow stripes
checkered: black checkers, blue checkers, big red checkers
chequered: black checkers, blue checkers, big red checkers
checked: black checkers, blue checkers, big red checkers
spotted: beige dots, white dot matrix
dotted: beige dots, white dot matrix
dots: beige dots, white dot matrix
squares: scattered rainbow squares, black checkers, scattered blue squares
weather: cloud, tornado, rainbow, snowflake, lightning bolt
crown: crown, queens crown
logo: ethereum logo, gnars logo
"""

_ABSENT = """
lion, elephant, giraffe, penguin, spider, turtle, tortoise, snail, sheep, lamb, donkey, camel, hippo, rhino,
rhinoceros, leopard, cheetah, panther, jaguar, eagle, hawk, parrot, pigeon, swan, turkey, ostrich, peacock, dolphin,
seal, walrus, lobster, ant, butterfly, dragonfly, ladybird, beetle, worm, caterpillar, squirrel, hedgehog, hamster,
gerbil, ferret, badger, deer, reindeer, bison, buffalo, hyena, koala, sloth, raccoon, skunk, lemur, llama, alpaca,
mole, starfish, seahorse, salmon fish, trout, tuna, eel, vulture, woodpecker, hummingbird, mermaid, fairy, angel,
devil, demon, vampire, mummy, witch on a broom, santa claus, superman, batman, spiderman, pikachu, mario, sonic,
pokemon, harry potter, darth vader, princess, knight, ninja, pirate, cowboy, clown, astronaut, doctor, police officer,
soldier, baby, apple, pear, grape, grapes, strawberry, orange fruit, mango, kiwi, avocado, lime fruit, lemon fruit,
coconut, plum fruit, raspberry fruit, melon ball, tomato, broccoli, cabbage, lettuce, corn, peas, beans, eggplant,
aubergine, pumpkin spice, cucumber salad, bread, baguette, croissant, bagel, pretzel, toast and jam, waffle, pancake,
muffin, cupcake, pudding, yoghurt, butter, cereal, rice, soup, salad, bacon, ham hock, sausage roll, kebab, falafel,
curry, tea bag, water bottle, juice, champagne, whisky, cocktail, vodka, lorry, truck, bus, train, tram, bicycle,
bike, motorcycle, motorbike, scooter, tractor, tank, rocket, submarine, hot air balloon, balloon, ambulance, fire
engine, police car, van, church, castle tower, skyscraper, bridge, tower, lighthouse, windmill, tent, barn, school,
hospital, stadium, eiffel tower, statue of liberty, big ben, door, window, chair, table, desk, bed, lamp post, candle,
carpet, curtain, bathtub, toilet, sink, fridge, refrigerator, freezer, dishwasher, iron for clothes, vacuum cleaner,
broom, bucket, spoon, fork, knife, plate, bowl, bottle, kettle, teapot, frying pan, keyboard, computer mouse,
headphones, microphone, television, smartphone, tablet computer, guitar, violin, drum, drums, flute, saxophone,
accordion, harp, football, soccer ball, tennis racket, tennis ball, golf ball, golf club, rugby ball, bowling ball,
dartboard, baseball bat, cricket bat, surfboard, skis, snowboard, ice skates, boxing ring, trophy, sword, shield, bow
and arrow, gun, rifle, cannon, arrow quiver, screwdriver, spanner, wrench, nail, ladder, shovel, rake, hoe, anchor
chain, scissors case, needle, rope, key, map, compass, flag, letter, envelope, newspaper, magazine, painting of a
person, photograph, pen, marker, crayon, glue, tape, scissors head, clock tower, hourglass, alarm clock, umbrella,
glove, mitten, sock, belt, dress, skirt, coat, trousers, bikini, bow tie, top hat, cowboy hat, baseball cap, sombrero,
turban, halo, mohawk, afro, beard, moustache, monocle, eye patch, earring, bandana, cape, wings, tail, meteor, comet,
asteroid, galaxy, mars, venus, pluto, alien face, astronaut helmet, fire, flame, smoke cloud, ice cube, river, lake,
beach, forest, jungle, desert, city, street lamp, garden, field, hill, cave, waterfall, night sky, stars in the sky,
ocean floor, space, kitchen, bedroom, office, skull and crossbones, swastika, cross, star of david, question mark,
exclamation mark, dollar note, bitcoin, dogecoin, peace sign, smiley, emoji, number seven, the letter a, my name, your
name, hello world, happy birthday, a word of my choice, nike swoosh, adidas stripes, apple logo, google logo, twitter
bird, superman logo, batman logo, zigzag, tartan pattern, leopard print, zebra print, camouflage, paisley, floral
pattern, flames pattern, weather forecast, politics, music, movie, joke, poem, money transfer, homework, happiness,
love life, freedom, time, idea, thing, stuff, something, object, person, man, woman, human, boy, girl, face, eyes,
nose, mouth, ears, hair style, arms, legs, hands, feet, movement, size, gender, age, name, sound, smell, speed,
hospital bed, wheelchair, crutches, bandage, syringe, microscope, telescope, magnet, battery, plug, wire, gear,
engine, wheel, tyre, steering wheel, traffic light, stop sign, bench, fountain, statue, dice, playing card, chess
piece, puzzle piece, kite, yo-yo, doll, teddy, lego brick, balloon animal, marble, spinning top
"""

ALIASES: dict[str, str] = {other: name for name, others in _rows(_OTHER_NAMES).items() for other in others}
"""Other names of what exists; a name that is missing from a lexicon is passed over."""

CATEGORIES: dict[str, tuple[str, ...]] = _rows(_GROUPS)
"""Names of groups, and members of them in order of preference."""

ABSENT: tuple[str, ...] = tuple(word.strip() for word in _ABSENT.replace("\n", " ").split(",") if word.strip())
"""What the world does not hold."""
