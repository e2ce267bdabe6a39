/**
 * What the demo store sells: fifty things nobody needs and everybody wants. Invented here; prices in pence.
 * `units` per location: most have plenty, a few have so little that "sold out" can be seen in a minute.
 */
import type { PaletteName } from '../pictures/pen.ts';
import type { PictureKind } from '../pictures/index.ts';

export interface DemoGood {
  readonly sku: string;
  readonly title: string;
  readonly description: string;
  readonly priceMinor: number;
  readonly picture: readonly [kind: PictureKind, variant: number, palette: PaletteName];
  readonly units: Readonly<Record<string, number>>;
}

export const demoCurrency = 'GBP';

export const demoLocations = [
  { id: 'main', name: 'Harbour warehouse', rank: 0, latitude: 53.54, longitude: 9.98 },
  { id: 'attic', name: 'The attic', rank: 1, latitude: 48.14, longitude: 11.58 },
] as const;

const main = (units: number) => ({ main: units });
const both = (mainUnits: number, atticUnits: number) => ({ main: mainUnits, attic: atticUnits });

export const demoGoods: readonly DemoGood[] = [
  { sku: 'globe-compromise', title: 'Compromise Globe', description: 'Slightly flat, to keep the peace at dinner. There is only one world.', priceMinor: 6900, picture: ['globe', 0, 'sea'], units: main(1) },
  { sku: 'mug-fog', title: 'Fog Mug', description: 'Holds 300 ml of tea and a little weather.', priceMinor: 1400, picture: ['mug', 0, 'slate'], units: both(40, 12) },
  { sku: 'lamp-moon', title: 'Borrowed Moon', description: 'A lamp for the bedside. Please return it by morning.', priceMinor: 8900, picture: ['lamp', 0, 'dusk'], units: main(12) },
  { sku: 'cactus-huggable', title: 'Huggable Cactus', description: 'Loves attention. Gives some back.', priceMinor: 1900, picture: ['plant', 1, 'moss'], units: main(3) },
  { sku: 'clock-roughly', title: 'Roughly Clock', description: 'One hand. It is about two.', priceMinor: 4900, picture: ['clock', 0, 'mustard'], units: main(18) },
  { sku: 'boat-paper', title: 'Waterproof Paper Boat', description: 'Folded once, sails for ever. Crew not included.', priceMinor: 900, picture: ['boat', 1, 'mint'], units: both(80, 45) },
  { sku: 'boot-left', title: 'The Left Boot', description: 'Sold singly. The right one never came back.', priceMinor: 2100, picture: ['boots', 1, 'plum'], units: main(2) },
  { sku: 'candle-library', title: 'Candle: Old Library', description: 'Paper, dust, and somebody whispering two aisles away.', priceMinor: 2400, picture: ['candle', 0, 'clay'], units: both(30, 30) },
  { sku: 'kite-patient', title: 'Patient Kite', description: 'Happy to wait for wind.', priceMinor: 2900, picture: ['kite', 0, 'rose'], units: main(25) },
  { sku: 'radio-elsewhere', title: 'Radio Elsewhere', description: 'Receives the station you would rather be at.', priceMinor: 11900, picture: ['radio', 0, 'sea'], units: main(7) },
  { sku: 'teapot-storm', title: 'Storm Teapot', description: 'Pours in any wind below force nine. The tempest is included.', priceMinor: 5400, picture: ['teapot', 0, 'dusk'], units: both(9, 5) },
  { sku: 'jar-buttons', title: 'Jar of Spare Buttons', description: 'One of them matches. It is near the bottom.', priceMinor: 1200, picture: ['jar', 2, 'dune'], units: main(60) },
  { sku: 'birdhouse-modern', title: 'Modernist Birdhouse', description: 'Open plan, north light, one perch. Architects welcome.', priceMinor: 7400, picture: ['birdhouse', 0, 'slate'], units: main(6) },
  { sku: 'cushion-cloud', title: 'Cloud Cushion', description: 'Cumulus, medium firm, no chance of rain.', priceMinor: 3200, picture: ['cushion', 0, 'sea'], units: both(22, 14) },
  { sku: 'book-naps', title: 'A Field Guide to Naps', description: 'Forty species, with notes on their habitats.', priceMinor: 1800, picture: ['book', 1, 'dusk'], units: main(100) },
  { sku: 'umbrella-optimist', title: 'Umbrella for Optimists', description: 'Comes with its own sun. Works in rain, too.', priceMinor: 3900, picture: ['umbrella', 0, 'mint'], units: main(33) },
  { sku: 'hat-thinking', title: 'Thinking Hat', description: 'Tall enough for the second thought.', priceMinor: 4500, picture: ['hat', 0, 'plum'], units: main(11) },
  { sku: 'bottle-sea', title: 'Bottled Sea', description: 'One ship, one bottle, no label. Do not shake the captain.', priceMinor: 3600, picture: ['bottle', 0, 'sea'], units: main(16) },
  { sku: 'lantern-ghost', title: 'Haunted Lantern', description: 'The ghost is shy and runs on oil.', priceMinor: 4200, picture: ['lantern', 1, 'plum'], units: main(3) },
  { sku: 'socks-three', title: 'Socks, Set of Three', description: 'For when one goes missing. It will.', priceMinor: 1500, picture: ['socks', 0, 'rose'], units: both(70, 70) },
  { sku: 'compass-home', title: 'Compass for Homebodies', description: 'Always points to the kitchen.', priceMinor: 2700, picture: ['compass', 0, 'clay'], units: main(28) },
  { sku: 'plant-optimist', title: 'Optimistic Fern', description: 'Grows towards any light, including yours.', priceMinor: 2200, picture: ['plant', 0, 'mint'], units: main(19) },
  { sku: 'jar-pickles', title: 'Existential Pickles', description: 'Crisp, sour, and asking why.', priceMinor: 800, picture: ['jar', 1, 'moss'], units: both(48, 24) },
  { sku: 'bell-polite', title: 'Polite Bicycle Bell', description: 'Does not ring. Clears its throat.', priceMinor: 1700, picture: ['bell', 0, 'mustard'], units: main(36) },
  { sku: 'scarf-giraffe', title: "A Giraffe's Other Scarf", description: 'Four metres. The first one is being washed.', priceMinor: 5900, picture: ['scarf', 0, 'dune'], units: main(4) },
  { sku: 'mug-monday', title: 'Monday Mug', description: 'Larger than the mugs of other days.', priceMinor: 1600, picture: ['mug', 1, 'clay'], units: both(50, 20) },
  { sku: 'lamp-chapter', title: 'One More Chapter Lamp', description: 'Switches off at the end of the book. Not before.', priceMinor: 6400, picture: ['lamp', 1, 'rose'], units: main(14) },
  { sku: 'boat-bath', title: 'Bathtub Schooner', description: 'Two sails, teak deck, fears only the plug.', priceMinor: 5200, picture: ['boat', 0, 'mustard'], units: main(1) },
  { sku: 'candle-rain', title: 'Candle: First Rain', description: 'A hot street, at the very second it begins.', priceMinor: 2400, picture: ['candle', 1, 'sea'], units: both(30, 10) },
  { sku: 'clock-tide', title: 'Tide Clock', description: 'High water, low water, supper.', priceMinor: 5600, picture: ['clock', 1, 'sea'], units: main(13) },
  { sku: 'book-indexes', title: 'An Index of Indexes', description: 'See also: itself, page 7.', priceMinor: 2600, picture: ['book', 0, 'clay'], units: main(42) },
  { sku: 'kite-dragon', title: 'Small Dragon Kite', description: 'Breathes wind. House trained.', priceMinor: 3400, picture: ['kite', 1, 'dune'], units: main(9) },
  { sku: 'boots-puddle', title: 'Puddle Boots', description: 'Rated for puddles up to and including pond.', priceMinor: 4100, picture: ['boots', 0, 'mint'], units: both(15, 15) },
  { sku: 'radio-static', title: 'Static, the Radio', description: 'All the hiss of 1962, in mono.', priceMinor: 7900, picture: ['radio', 1, 'mustard'], units: main(8) },
  { sku: 'teapot-whisper', title: 'Whispering Teapot', description: 'For homes with a sleeping baby, cat or volcano.', priceMinor: 4800, picture: ['teapot', 1, 'rose'], units: main(17) },
  { sku: 'jar-honey', title: 'Lighthouse Honey', description: 'From bees that navigate by night.', priceMinor: 1100, picture: ['jar', 0, 'mustard'], units: both(90, 30) },
  { sku: 'umbrella-one', title: 'Umbrella for One Shoulder', description: 'For walking beside somebody taller.', priceMinor: 2800, picture: ['umbrella', 1, 'slate'], units: main(2) },
  { sku: 'hat-captain', title: 'Captain of the Sofa', description: 'A cap with full authority over three seats.', priceMinor: 3300, picture: ['hat', 1, 'dusk'], units: main(21) },
  { sku: 'bottle-ink', title: 'Disappearing Ink', description: 'Looks empty. That is how you know.', priceMinor: 1300, picture: ['bottle', 1, 'plum'], units: main(55) },
  { sku: 'lantern-tent', title: 'Tent Lantern', description: 'Warm light, long shadows, better stories.', priceMinor: 3800, picture: ['lantern', 0, 'moss'], units: both(12, 6) },
  { sku: 'cushion-meeting', title: 'Meeting Cushion', description: 'Firm on the outside. Nods for you.', priceMinor: 2900, picture: ['cushion', 1, 'slate'], units: main(30) },
  { sku: 'birdhouse-cottage', title: 'Cottage for Wrens', description: 'Two rooms, tin roof, walking distance to worms.', priceMinor: 4600, picture: ['birdhouse', 1, 'rose'], units: main(10) },
  { sku: 'plant-nap', title: 'Plant for the Forgetful', description: 'Thrives on one drink a season and no conversation.', priceMinor: 2500, picture: ['plant', 2, 'moss'], units: main(24) },
  { sku: 'bell-shop', title: 'Shopkeeper Bell', description: 'Rings when somebody wants something.', priceMinor: 2300, picture: ['bell', 1, 'dune'], units: main(15) },
  { sku: 'mug-left', title: 'Left-Handed Mug', description: 'Turn it round for right-handed guests.', priceMinor: 1500, picture: ['mug', 2, 'dune'], units: main(45) },
  { sku: 'candle-toast', title: 'Candle: Sunday Toast', description: 'Butter, and nowhere to be.', priceMinor: 2400, picture: ['candle', 2, 'mustard'], units: main(3) },
  { sku: 'clock-cuckoo', title: 'Retired Cuckoo Clock', description: 'The bird moved out. She writes now and then.', priceMinor: 6700, picture: ['clock', 2, 'plum'], units: main(5) },
  { sku: 'lamp-polar', title: 'Polar Night Lamp', description: 'Stars for people who live under street lights.', priceMinor: 7200, picture: ['lamp', 2, 'dusk'], units: both(6, 6) },
  { sku: 'book-unwritten', title: 'The Unwritten Novel', description: '320 blank pages. Reviewers call it promising.', priceMinor: 1700, picture: ['book', 2, 'rose'], units: main(66) },
  { sku: 'bottle-elderflower', title: 'Elderflower, Late', description: 'Picked a week after everybody else gave up.', priceMinor: 1000, picture: ['bottle', 2, 'mint'], units: both(64, 32) },
];
