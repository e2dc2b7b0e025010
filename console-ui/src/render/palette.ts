// Colours of the picture. Black ground, dim map, and no meaning by colour alone: FAA JO 7210.3
// 3-9-1 and HF-STD-010. Every state also has its own shape, dash or word.

export const PALETTE = {
  unknown: '#ffe97f', // APP-6 unknown is yellow
  unknownFill: 'rgba(38, 33, 8, 0.72)',
  tentative: '#9b9266',
  label: '#f1ead0',
  labelDim: '#b5ae93',
  tie: 'rgba(255, 233, 127, 0.38)',
  leader: 'rgba(255, 233, 127, 0.8)',
  trail: 'rgba(255, 233, 127, 0.42)',
  selected: '#ffffff',
  // Told apart by the colour-blind too (after Okabe and Ito), and each has a shape of its own.
  joint: '#6fc3ff',
  partner: '#e79fd0',
  report: '#ff8a7a',
  reportFill: 'rgba(255, 107, 94, 0.1)',
  halo: 'rgba(0, 0, 0, 0.82)',
  live: '#7fd6a4',
  late: '#ffb454',
  silent: '#ff6b5e',
  sensorName: '#8fa0ac',
  grid: '#5d6a73',
} as const;

export const LABEL_FONT = '500 11.5px "IBM Plex Mono", "DejaVu Sans Mono", monospace';
export const SMALL_FONT = '400 10.5px "IBM Plex Sans", "DejaVu Sans", sans-serif';
