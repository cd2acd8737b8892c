"""The words of the made-up world: people, things, places and syllables for names that nobody has seen.

Only lists and drawing from them; which words go together is decided by the modules that tell stories.
"""

from __future__ import annotations

from random import Random

PEOPLE = (
    "Ada Bilal Chiara Dmitri Esra Femi Greta Hiro Ines Jonas Kavya Lars Mara Nico Olga Pablo Quinn Rosa Samir Tilda "
    "Uma Viktor Wanda Xenia Yusuf Zoe Anton Berta Carlos Dina Emil Fatima Gideon Hanna Ivan Jana Karim Lena Milo Nadia "
    "Oskar Petra Rafael Selma Theo Ursula Vera Willem Yara Zeno Alma Bruno Clara David Elif Frida Goran Helga Igor "
    "Julia"
).split()
THINGS = (
    "shells marbles stamps apples pears plums lemons oranges eggs buttons beads pencils pens crayons stickers cards "
    "coins books postcards photos magnets badges balloons candles cups plates bowls spoons forks jars bottles tins "
    "boxes bricks tiles nails screws bolts planks ropes nets lamps bulbs flowers roses tulips seeds ferns cookies "
    "muffins rolls loaves cakes sweets nuts figs dates carrots onions potatoes melons cherries tickets posters kites "
    "dolls toys stones leaves feathers keys socks gloves scarves hats shirts towels chairs stools cushions mugs"
).split()
CONTAINERS = "boxes bags baskets crates trays packets sacks jars tins buckets drawers shelves racks cartons".split()
PRICED = (
    "notebook lamp cushion kettle teapot sponge puzzle ball ring mug ruler rug map kite plant stool clock frame vase "
    "basket blanket pillow helmet whistle saw hammer rake broom bucket ladder pan spade tray candle wallet belt"
).split()
GROUPS = "children friends pupils guests neighbours classes teams families players visitors".split()
CITIES = (
    "Bergen Lisbon Porto Gdansk Turin Lyon Ghent Graz Split Cork Leeds Malmo Tartu Brno Basel Bonn Nantes Seville "
    "Bilbao Izmir Oslo Vienna Prague Riga Tunis Cairo Lagos Accra Nairobi Quito Lima Bogota Osaka Kyoto Hanoi Delhi"
).split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
COLOURS = "red blue green yellow white black grey orange purple brown silver golden".split()
MATERIALS = (
    "oak pine ash beech steel copper brass iron glass clay slate granite wool linen cotton leather cork paper".split()
)

_ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pl qu r s sh sk st t tr v w y z".split()
_VOWELS = "a e i o u ai ea ie oa ou".split()
_CODAS = ["", "", "", "l", "m", "n", "r", "s", "t", "nd", "lt", "rk", "x"]


def invented(draw: Random, *, syllables: int = 2) -> str:
    """A capitalised word that is in no dictionary: what stands in it can be copied, not known."""
    word = "".join(draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_CODAS) for _ in range(syllables))
    return word.capitalize()


def code(draw: Random) -> str:
    """A code such as `KT-4071`."""
    letters = "".join(draw.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(draw.randint(1, 3)))
    return f"{letters}{draw.choice(('-', ''))}{draw.randint(10, 9999)}"
