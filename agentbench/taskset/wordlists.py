"""Words that values are made of: plain, lower case, five to nine letters, none of them a term of computing."""

from __future__ import annotations

WORDS: tuple[str, ...] = tuple(
    """
acorn alder almond amber anchor antler apricot arbor ashen aspen aster autumn azure badger balsam bamboo banyan barley
basalt basil beacon beaver beetle birch bishop bison blossom bobcat bonfire borage bramble brass breeze briar bronze
brook buckeye burdock butter cactus calico camel canary canyon caramel caraway cardinal caribou carmine carob cascade
cashew castle catkin cavern cedar celery chamois cherry chestnut chive cinder cinnamon citron clam clarinet clover
cobalt coconut comet condor copper coral coriander cormorant cotton cougar coyote cranberry crane crater cricket crimson
crocus crystal currant cypress daffodil dahlia daisy damson dapple delta denim desert dolphin donkey dover dragonfly
drizzle dune eagle ebony eider elder ember emerald ermine estuary falcon feather fennel fern ferret fiddle finch fjord
flamingo flannel flax flint forest fossil foxglove freckle fresco gadwall galaxy garlic garnet gazelle gecko gentian
geyser ginger glacier goblet goldfinch gondola gooseberry gorse granite grape gravel grouse guava gypsum hamlet harbor
harrier hawthorn hazel heather hedgehog hemlock heron hibiscus hickory hollow honey hornbeam hyacinth iceberg indigo
inkwell island ivory jackal jasmine jasper juniper kestrel kettle kingfisher kiwi lagoon lantern larch lark lattice
lavender lemon lichen lilac linden linnet lobelia lobster locust lotus lupin lynx magnolia magpie mahogany mallard
mallow mango mangrove maple marble marigold marlin marmot marsh marten martin meadow medlar melon merlin mimosa mistral
molasses monsoon moraine mosaic moss mulberry mustard myrtle narwhal nectar nettle nightjar nutmeg oakum oasis obsidian
ocelot ochre octave olive onyx opal orchard orchid oriole osprey otter oxbow oyster palmetto pampas panther papaya
parsley parsnip partridge pasture pebble pecan pelican pepper peridot petrel petunia pewter pheasant pigeon pimento
pine pistachio plover plum pomelo poplar poppy porcupine possum prairie primrose puffin pumice pumpkin quarry quartz
quill quince rabbit radish raven redwood reindeer rhubarb ripple robin rosemary rowan russet saffron salmon sandpiper
sapling sapphire savanna scarlet seagull sequoia sesame shallot shamrock sienna silver skylark slate snowdrop sorrel
sparrow spruce squirrel starling stork summit sunflower swallow sycamore tabby tamarind tanager tangerine teal tempest
terrace thicket thimble thistle thrush thunder thyme timber toffee topaz tortoise toucan trellis trillium trout tulip
tundra turnip turquoise umber valley vanilla velvet verbena vermilion vetch violet viper walnut walrus warbler willow
winter wisteria wombat woodpecker wren yarrow yucca zephyr zinnia
""".split()  # noqa: SIM905  (a page of quotes is harder to read)
)
