import { en, type Words } from './en';
import { ky } from './ky';
import { ru } from './ru';

export const LANGUAGES = { en, ru, ky } as const satisfies Record<string, Words>;
export type Language = keyof typeof LANGUAGES;
export type { Words };

/** The language asked for by the page's memory or the browser, else English. */
export function firstLanguage(kept: string | null, wished: readonly string[]): Language {
  for (const tag of [kept ?? '', ...wished]) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language in LANGUAGES) return language as Language;
  }
  return 'en';
}
