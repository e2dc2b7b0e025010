// Words of the panels that are opened when they are asked for: help, a track's details, agreements,
// links, threat reports. They come with the first of these, not with the display.

import type { Language } from '.';
import { panelsEn, type PanelWords } from './panels_en';
import { panelsKy } from './panels_ky';
import { panelsRu } from './panels_ru';

export const PANEL_WORDS: Record<Language, PanelWords> = {
  en: panelsEn,
  ru: panelsRu,
  ky: panelsKy,
};
export type { PanelWords };
