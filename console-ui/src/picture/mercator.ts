// Web Mercator on the unit square: x grows east, y grows south, both 0..1 (EPSG:3857 scaled).

/** Where Web Mercator ends; beyond it everything is drawn at the map's edge. */
const LAST_LATITUDE_DEG = 85.051129;

export function mercatorX(longitudeDeg: number): number {
  return longitudeDeg / 360 + 0.5;
}

export function mercatorY(latitudeDeg: number): number {
  const held = Math.max(-LAST_LATITUDE_DEG, Math.min(LAST_LATITUDE_DEG, latitudeDeg));
  const sine = Math.sin((held * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

/** Length of a metre on the unit square at this latitude. */
export function mercatorPerMetre(latitudeDeg: number): number {
  const held = Math.max(-LAST_LATITUDE_DEG, Math.min(LAST_LATITUDE_DEG, latitudeDeg));
  return 1 / (2 * Math.PI * 6_378_137 * Math.cos((held * Math.PI) / 180));
}

/** How the map lies on the screen: north up, not tilted, so that all is one scale and shift. */
export interface View {
  /** Middle of the screen on the unit square. */
  x: number;
  y: number;
  /** Pixels (CSS) of the whole unit square. */
  worldPx: number;
  widthPx: number;
  heightPx: number;
}

/** Screen x of a point, in the copy of the world nearest to the middle of the screen. */
export function screenX(view: View, x: number): number {
  const dx = x - view.x;
  return view.widthPx / 2 + (dx - Math.round(dx)) * view.worldPx;
}

export function screenY(view: View, y: number): number {
  return view.heightPx / 2 + (y - view.y) * view.worldPx;
}
