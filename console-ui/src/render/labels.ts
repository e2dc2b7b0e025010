// Where labels go: near their symbol, over no other label, and where they were a second ago.
// A label changes its place only for one clearly better; where there is no room it shrinks to
// one line, then goes, and it returns only when there is room to spare.

export interface LabelWish {
  track: number;
  /** Its symbol, CSS pixels. */
  x: number;
  y: number;
  widthPx: number;
  fullHeightPx: number;
  shortWidthPx: number;
  shortHeightPx: number;
  /** Direction the leader points to on the screen, radians clockwise from up; NaN none. */
  leaderRad: number;
  /** Shown whole whatever is in its way. */
  must: boolean;
}

export interface LabelPlace {
  x: number;
  y: number;
  short: boolean;
}

interface Memory {
  slot: number;
  detail: 'full' | 'short' | 'none';
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** How much worse it is to cover this than to cover another label. */
  weight: number;
}

const GAP_PX = 15;
const FAR_PX = 32;
const CELL_PX = 64;
const CROWDED = 0.25;
const ROOMY = 0.1;
const PADDING_PX = 3;
const CLEARLY_BETTER = 0.08;
const SYMBOL_WEIGHT = 4;
// Eight directions, right upper first; then the same farther out.
const DIRECTIONS: readonly [number, number][] = [
  [1, -0.6], [1, 0.6], [-1, -0.6], [-1, 0.6], [1, 0], [-1, 0], [0, -1], [0, 1],
];
const SLOTS = 2 * DIRECTIONS.length;

export class LabelPlacer {
  private memory = new Map<number, Memory>();
  private cells = new Map<number, Box[]>();

  /** Places by track number, clear of the obstacles; a track without one has no label now. */
  place(
    wishes: readonly LabelWish[],
    obstacles: readonly Box[] = [],
  ): Map<number, LabelPlace> {
    const places = new Map<number, LabelPlace>();
    const next = new Map<number, Memory>();
    this.cells.clear();
    for (const obstacle of obstacles) this.occupy(obstacle);
    for (const wish of wishes) this.occupy(around(wish.x, wish.y, 8));
    // Chosen first, then by number: the order, and so the outcome, is the same every second.
    const order = [...wishes].sort((a, b) => Number(b.must) - Number(a.must) || a.track - b.track);
    for (const wish of order) {
      const before = this.memory.get(wish.track);
      const [memory, box] = this.choose(wish, before);
      next.set(wish.track, memory);
      if (box === null) continue;
      this.occupy(padded(box));
      places.set(wish.track, { x: box.left, y: box.top, short: memory.detail === 'short' });
    }
    this.memory = next;
    return places;
  }

  private choose(wish: LabelWish, before: Memory | undefined): [Memory, Box | null] {
    const wasFull = before === undefined || before.detail === 'full';
    const full = this.best(wish, before?.slot ?? -1, wish.widthPx, wish.fullHeightPx);
    if (wish.must || full.cost < (wasFull ? CROWDED : ROOMY))
      return [{ slot: full.slot, detail: 'full' }, full.box];
    const short = this.best(wish, before?.slot ?? -1, wish.shortWidthPx, wish.shortHeightPx);
    const wasShown = before?.detail !== 'none';
    if (short.cost < (wasShown ? CROWDED : ROOMY))
      return [{ slot: short.slot, detail: 'short' }, short.box];
    return [{ slot: short.slot, detail: 'none' }, null];
  }

  private best(
    wish: LabelWish,
    kept: number,
    width: number,
    height: number,
  ): { slot: number; cost: number; box: Box } {
    let slot = -1;
    let cost = Number.POSITIVE_INFINITY;
    let box: Box | null = null;
    let keptCost = Number.POSITIVE_INFINITY;
    let keptBox: Box | null = null;
    for (let candidate = 0; candidate < SLOTS; candidate++) {
      const place = slotBox(wish, candidate, width, height);
      const price = this.crowding(place) + leaderPrice(wish, candidate) + 0.004 * candidate;
      if (candidate === kept) {
        keptCost = price;
        keptBox = place;
      }
      if (price < cost) {
        slot = candidate;
        cost = price;
        box = place;
      }
    }
    if (keptBox !== null && keptCost - cost < CLEARLY_BETTER)
      return { slot: kept, cost: keptCost, box: keptBox };
    return { slot, cost, box: box! };
  }

  /** Part of the box that others cover already. */
  private crowding(box: Box): number {
    const area = (box.right - box.left) * (box.bottom - box.top);
    let covered = 0;
    for (const other of this.near(box)) {
      const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      if (wide > 0 && high > 0) covered += other.weight * wide * high;
    }
    return covered / area;
  }

  private occupy(box: Box): void {
    for (const cell of cellsOf(box)) {
      const boxes = this.cells.get(cell);
      if (boxes === undefined) this.cells.set(cell, [box]);
      else boxes.push(box);
    }
  }

  private near(box: Box): Set<Box> {
    const found = new Set<Box>();
    for (const cell of cellsOf(box)) for (const other of this.cells.get(cell) ?? []) found.add(other);
    return found;
  }
}

function around(x: number, y: number, reach: number): Box {
  return { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach, weight: SYMBOL_WEIGHT };
}

/** Names side by side without a gap would read as one. */
function padded(box: Box): Box {
  const { left, top, right, bottom, weight } = box;
  return { left: left - PADDING_PX, top, right: right + PADDING_PX, bottom, weight };
}

function* cellsOf(box: Box): Generator<number> {
  for (let row = Math.floor(box.top / CELL_PX); row <= Math.floor(box.bottom / CELL_PX); row++)
    for (let col = Math.floor(box.left / CELL_PX); col <= Math.floor(box.right / CELL_PX); col++)
      yield row * 65_536 + col;
}

function slotBox(wish: LabelWish, slot: number, width: number, height: number): Box {
  const [dx, dy] = DIRECTIONS[slot % DIRECTIONS.length];
  const reach = slot < DIRECTIONS.length ? GAP_PX : FAR_PX;
  const x = wish.x + dx * reach;
  const y = wish.y + dy * reach;
  const left = dx > 0 ? x : dx < 0 ? x - width : x - width / 2;
  const top = dy < -0.9 ? y - height : dy > 0.9 ? y : y - height / 2 + dy * (height / 2 - 4);
  return { left, top, right: left + width, bottom: top + height, weight: 1 };
}

/** A label on the leader's side would be struck through by it. */
function leaderPrice(wish: LabelWish, slot: number): number {
  if (Number.isNaN(wish.leaderRad)) return 0;
  const [dx, dy] = DIRECTIONS[slot % DIRECTIONS.length];
  const along = (dx * Math.sin(wish.leaderRad) - dy * Math.cos(wish.leaderRad)) / Math.hypot(dx, dy);
  return along > 0.6 ? 0.3 * along : 0;
}
