// What an agreement's standing is called; keys are those of the node's calendar.

import type { Language } from '.';

export const STANDINGS: Record<Language, Record<string, string>> = {
  en: {
    drafted: 'drafted',
    signed: 'signed',
    'partly-ratified': 'partly ratified',
    ratified: 'ratified',
    'in-force': 'in force',
    'notice-given': 'in force, notice given',
    'wind-down': 'winding down',
    lapsed: 'lapsed',
  },
  ru: {
    drafted: 'проект',
    signed: 'подписано',
    'partly-ratified': 'ратифицировано частично',
    ratified: 'ратифицировано',
    'in-force': 'в силе',
    'notice-given': 'в силе, есть уведомление',
    'wind-down': 'сворачивается',
    lapsed: 'прекращено',
  },
  ky: {
    drafted: 'долбоор',
    signed: 'кол коюлган',
    'partly-ratified': 'жарым-жартылай ратификацияланган',
    ratified: 'ратификацияланган',
    'in-force': 'күчүндө',
    'notice-given': 'күчүндө, билдирүү берилген',
    'wind-down': 'аякталып жатат',
    lapsed: 'күчүн жоготкон',
  },
};

/** Whether items may leave under an agreement of this standing. */
export function binds(standing: string): boolean {
  return standing === 'in-force' || standing === 'notice-given';
}
