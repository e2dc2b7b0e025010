// The map with the live layer above it, and what the operator does to them.

import type { Map as MapLibre } from 'maplibre-gl';
import { makeBaseMap } from './map/basemap';
import { fitTo } from './map/fit';
import { mercatorX, mercatorY, type View } from './picture/mercator';
import type { PictureStore } from './picture/store';
import { CONFIRMED, UNKNOWN_U32 } from './protocol/frame';
import { CanvasLayer } from './render/canvas';
import type { DrawOptions, LiveLayer } from './render/layer';
import type { Area } from './render/reports';

const PAN_PX = 140;
/** A drawing slower than this is not repeated at every step of a drag: its bitmap is shifted. */
const FAST_MS = 9;
const DRAG_REDRAW_MS = 100;
/** Until the operator moves the map, it follows the growing picture at these frames. */
const FIT_AT_FRAMES = [1, 4, 12, 25];

export class Display {
  readonly options: DrawOptions = { leaderMinutes: 1, showTentative: true };
  selected = -1;
  /** Takes the next click on the map instead of what lies there: latitude and longitude. */
  pick: ((latitudeDeg: number, longitudeDeg: number) => void) | null = null;
  /** The node's own track behind the selected one: it finds that again under another number. */
  private selectedOwn = UNKNOWN_U32;
  private draft: Area | null = null;
  /** Width of the map's right part that panels cover, CSS pixels. */
  insetRightPx = 0;
  /** CPU time of the last drawing of the live layer, milliseconds. */
  drawMs = 0;
  private readonly map: MapLibre;
  private readonly layer: LiveLayer;
  private drawn: View;
  private movedByOperator = false;
  private frames = 0;
  private fittedAtFrame = 0;
  private drawAsked = false;
  private lastSequence = -1;
  private redrawTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    place: HTMLElement,
    private readonly canvas: HTMLCanvasElement,
    private readonly store: PictureStore,
    private readonly onSelect: (track: number) => void,
  ) {
    this.map = makeBaseMap(place);
    this.layer = new CanvasLayer(canvas);
    this.drawn = this.view();
    this.map.on('move', () => this.follow());
    this.map.on('moveend', () => this.draw());
    this.map.on('click', ({ point, lngLat }) => {
      const { pick } = this;
      this.pick = null;
      if (pick === null) this.select(this.layer.hit(point.x, point.y));
      else pick(lngLat.lat, lngLat.wrap().lng);
    });
    for (const gesture of ['dragstart', 'wheel'] as const)
      this.map.on(gesture, () => (this.movedByOperator = true));
    this.map.on('mousemove', (event) => {
      const over = this.layer.hit(event.point.x, event.point.y) >= 0;
      this.map.getCanvas().style.cursor = this.pick ? 'crosshair' : over ? 'pointer' : '';
    });
    new ResizeObserver(() => this.resize()).observe(place);
    store.subscribe(() => this.takeNews());
    // Labels drawn before the font came would keep another font's widths.
    void document.fonts.ready.then(() => this.draw());
    this.resize();
  }

  select(track: number): void {
    this.selected = track;
    this.selectedOwn = this.store.own(track);
    this.onSelect(track);
    this.draw();
  }

  /** Show where the report that is being written would lie. */
  sketch(draft: Area | null): void {
    this.draft = draft;
    this.draw();
  }

  middle(): [number, number] {
    const { lat, lng } = this.map.getCenter().wrap();
    return [lat, lng];
  }

  setOptions(options: Partial<DrawOptions>): void {
    Object.assign(this.options, options);
    this.draw();
  }

  pan(dx: number, dy: number): void {
    this.movedByOperator = true;
    this.map.panBy([dx * PAN_PX, dy * PAN_PX], { duration: 0 });
  }

  zoom(by: number): void {
    this.movedByOperator = true;
    this.map.zoomTo(this.map.getZoom() + by, { duration: 0 });
  }

  /** Show all sensors and the traffic, at least 300 km across. */
  fit(): void {
    const { current, nodeStatus } = this.store;
    const points: [number, number][] = [];
    for (const { longitude_deg, latitude_deg } of nodeStatus?.sensors ?? [])
      if (longitude_deg !== null && latitude_deg !== null)
        points.push([mercatorX(longitude_deg), mercatorY(latitude_deg)]);
    const sensors = points.length;
    for (let i = 0; i < (current?.count ?? 0); i++)
      if ((current!.flags[i] & CONFIRMED) !== 0) points.push([this.store.x[i], this.store.y[i]]);
    if (points.length === 0 && current !== null)
      for (let i = 0; i < current.count; i++) points.push([this.store.x[i], this.store.y[i]]);
    const { widthPx, heightPx } = this.view();
    const target = fitTo(points, sensors, widthPx - this.insetRightPx, heightPx);
    if (target === null) return;
    // The panels on the right cover part of the map: the points belong beside them.
    target.center[0] += (this.insetRightPx / 2 / (512 * 2 ** target.zoom)) * 360;
    this.map.jumpTo(target);
  }

  /** Where tracks lie on the screen now, CSS pixels from the map's corner. */
  symbols(): ReturnType<LiveLayer['symbols']> {
    return this.layer.symbols();
  }

  private takeNews(): void {
    const sequence = this.store.current?.sequence ?? -1;
    if (sequence !== this.lastSequence) {
      this.lastSequence = sequence;
      this.frames++;
      const now = this.store.follow(this.selected, this.selectedOwn);
      if (this.selected >= 0) {
        if (now !== this.selected) this.select(now);
        else if (this.store.row(now) >= 0) this.selectedOwn = this.store.own(now);
      }
    }
    // The first status follows the first frame, and only then the sensors' places are known.
    const ready = this.store.nodeStatus !== null && this.store.current !== null;
    const due = FIT_AT_FRAMES.includes(this.frames) && this.fittedAtFrame !== this.frames;
    if (ready && !this.movedByOperator && due) {
      this.fittedAtFrame = this.frames;
      this.fit();
    }
    // Frame and status come one after the other, and are drawn once.
    if (this.drawAsked) return;
    this.drawAsked = true;
    requestAnimationFrame(() => this.draw());
  }

  private view(): View {
    const middle = this.map.getCenter();
    return {
      x: mercatorX(middle.lng),
      y: mercatorY(middle.lat),
      worldPx: 512 * 2 ** this.map.getZoom(),
      widthPx: this.canvas.parentElement?.clientWidth ?? 0,
      heightPx: this.canvas.parentElement?.clientHeight ?? 0,
    };
  }

  private resize(): void {
    const { widthPx, heightPx } = this.view();
    this.layer.resize(widthPx, heightPx, window.devicePixelRatio);
    this.draw();
  }

  private draw(): void {
    this.drawAsked = false;
    clearTimeout(this.redrawTimer);
    this.redrawTimer = undefined;
    this.drawn = this.view();
    const begun = performance.now();
    const { store, options, selected, draft } = this;
    this.layer.draw({ store, view: this.drawn, options, selected, draft });
    this.drawMs = performance.now() - begun;
    this.canvas.style.transform = '';
  }

  /** Keep up with a moving map: draw again if that is quick, else shift what is drawn. */
  private follow(): void {
    if (this.drawMs < FAST_MS) {
      this.draw();
      return;
    }
    const now = this.view();
    const scale = now.worldPx / this.drawn.worldPx;
    const dx = (this.drawn.x - now.x) * now.worldPx;
    const dy = (this.drawn.y - now.y) * now.worldPx;
    this.canvas.style.transform = `translate(${dx}px, ${dy}px) scale(${scale})`;
    this.redrawTimer ??= setTimeout(() => this.draw(), DRAG_REDRAW_MS);
  }
}
