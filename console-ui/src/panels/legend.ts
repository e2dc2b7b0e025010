// The same symbols in the help as on the map, from the same drawing.

import type { Share } from '../picture/shares';
import { makeSprites, type SymbolKind } from '../render/symbols';

/** Svelte action: put a symbol on a canvas of the legend. */
export function drawLegend(
  canvas: HTMLCanvasElement,
  { kind, share = 'own' }: { kind: SymbolKind; share?: Share },
): void {
  const ratio = window.devicePixelRatio;
  const { sizePx, of } = makeSprites(ratio);
  canvas.width = canvas.height = Math.ceil(sizePx * ratio);
  canvas.style.width = canvas.style.height = `${sizePx}px`;
  canvas.getContext('2d')?.drawImage(of(kind, share), 0, 0);
}
