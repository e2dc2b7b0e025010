// The slow layers: land, coasts and borders in MapLibre GL JS, from files of this host alone.
// The whole world is there at once, coarse; fine cells of 20 degrees come as they are looked at.

import type { FeatureCollection } from 'geojson';
import { Map as MapLibre, setWorkerUrl, type GeoJSONSource, type StyleSpecification } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import worldUrl from './generated/world.json?url';
import { readShapes, type Shapes } from './shapes';

const CELL_DEG = 20;
const FINE_FROM_ZOOM = 4.5;
const CELL_URLS = import.meta.glob<string>('./generated/cell_*.json', {
  query: '?url',
  import: 'default',
  eager: true,
});

const SEA = '#040709';
const LAND = '#0e1417';
const COAST = '#33424c';
const BORDER = '#4c5a63';

setWorkerUrl(workerUrl);

/** Make the map: north up and flat, without any control or key of its own. */
export function makeBaseMap(container: HTMLElement): MapLibre {
  const map = new MapLibre({
    container,
    style: style(),
    center: [72, 41],
    zoom: 3.2,
    minZoom: 1.2,
    maxZoom: 14,
    attributionControl: false,
    keyboard: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.doubleClickZoom.disable();
  new FineCells(map);
  return map;
}

function style(): StyleSpecification {
  const empty: FeatureCollection = { type: 'FeatureCollection', features: [] };
  const sources: StyleSpecification['sources'] = {
    world: { type: 'geojson', data: empty, maxzoom: 6 },
    fine: { type: 'geojson', data: empty, tolerance: 0.2 },
  };
  const layers: StyleSpecification['layers'] = [
    { id: 'sea', type: 'background', paint: { 'background-color': SEA } },
  ];
  for (const source of ['world', 'fine']) {
    layers.push({
      id: `${source}-land`,
      type: 'fill',
      source,
      filter: ['==', ['get', 'shape'], 'land'],
      // Without antialiasing no seam shows where two cells meet.
      paint: { 'fill-color': LAND, 'fill-antialias': false },
    });
    layers.push({
      id: `${source}-coast`,
      type: 'line',
      source,
      filter: ['==', ['get', 'shape'], 'coast'],
      paint: { 'line-color': COAST, 'line-width': 1 },
    });
    layers.push({
      id: `${source}-borders`,
      type: 'line',
      source,
      filter: ['==', ['get', 'shape'], 'borders'],
      paint: { 'line-color': BORDER, 'line-width': 1.1, 'line-dasharray': [5, 2.5] },
    });
  }
  return { version: 8, sources, layers };
}

function features(shapes: Shapes): FeatureCollection['features'] {
  return (['land', 'coast', 'borders'] as const).map((shape) => ({
    type: 'Feature',
    properties: { shape },
    geometry: shapes[shape],
  }));
}

async function load(url: string): Promise<Shapes> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return readShapes(await response.json());
}

/** Brings fine cells in and shows them once all that the screen needs are there. */
class FineCells {
  private loaded = new Map<string, Shapes>();
  private asked = new Set<string>();
  private ready = false;

  constructor(private readonly map: MapLibre) {
    map.once('load', () => void this.begin());
    map.on('moveend', () => void this.look());
  }

  private async begin(): Promise<void> {
    this.ready = true;
    const world = this.map.getSource<GeoJSONSource>('world');
    world?.setData({ type: 'FeatureCollection', features: features(await load(worldUrl)) });
    await this.look();
  }

  private async look(): Promise<void> {
    if (!this.ready) return;
    const needed = this.map.getZoom() < FINE_FROM_ZOOM ? [] : this.needed();
    const missing = needed.filter((url) => !this.asked.has(url));
    for (const url of missing) this.asked.add(url);
    await Promise.all(
      missing.map(async (url) => {
        try {
          this.loaded.set(url, await load(url));
        } catch {
          this.asked.delete(url); // asked again when the map moves; the coarse map stays
        }
      }),
    );
    if (missing.length > 0) {
      const all = [...this.loaded.values()].flatMap(features);
      this.map.getSource<GeoJSONSource>('fine')?.setData({ type: 'FeatureCollection', features: all });
    }
    this.show(needed.length > 0 && needed.every((url) => this.loaded.has(url)));
  }

  private show(fine: boolean): void {
    for (const kind of ['land', 'coast', 'borders']) {
      this.map.setLayoutProperty(`world-${kind}`, 'visibility', fine ? 'none' : 'visible');
      this.map.setLayoutProperty(`fine-${kind}`, 'visibility', fine ? 'visible' : 'none');
    }
  }

  private needed(): string[] {
    const bounds = this.map.getBounds();
    const urls = new Set<string>();
    const south = Math.max(-90, bounds.getSouth());
    for (let row = Math.floor((south + 90) / CELL_DEG); row * CELL_DEG - 90 < bounds.getNorth(); row++) {
      const first = Math.floor((bounds.getWest() + 180) / CELL_DEG);
      for (let column = first; column * CELL_DEG - 180 < bounds.getEast(); column++) {
        const cells = 360 / CELL_DEG;
        const west = (((column % cells) + cells) % cells) * CELL_DEG - 180;
        const url = CELL_URLS[`./generated/cell_${west}_${row * CELL_DEG - 90}.json`];
        if (url !== undefined) urls.add(url);
      }
    }
    return [...urls];
  }
}
