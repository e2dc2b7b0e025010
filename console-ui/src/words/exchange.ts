// Words of the exchange: links, joint tracks, threat reports. They come with the panels that need
// them, so that a display without partners does not load them.

import type { Language } from '.';
import { exchangeEn, type ExchangeWords } from './exchange_en';
import { exchangeKy } from './exchange_ky';
import { exchangeRu } from './exchange_ru';

export const EXCHANGE: Record<Language, ExchangeWords> = {
  en: exchangeEn,
  ru: exchangeRu,
  ky: exchangeKy,
};
export type { ExchangeWords };
