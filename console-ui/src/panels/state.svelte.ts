// What the panels show, as Svelte state: copied from the store when it has news, and the age of
// the data four times a second.

import type { PictureStore, TrackText } from '../picture/store';
import { CONFIRMED, type Mode, type Picture } from '../protocol/frame';
import type { NodeStatus, PartnerStatus, ReportStatus } from '../protocol/messages';
import { firstLanguage, LANGUAGES, type Language, type Words } from '../words';

const KEPT_LANGUAGE = 'skypact.language';
const LATE_S = 3;
const LOOK_MS = 250;

/** The chosen track in the newest picture; row is -1 when it is gone. */
export interface Chosen {
  track: number;
  row: number;
  picture: Picture;
  text: TrackText;
}

export class ConsoleState {
  status = $state.raw<NodeStatus | null>(null);
  timeMs = $state<number | null>(null);
  mode = $state<Mode | null>(null);
  speed = $state(1);
  confirmed = $state(0);
  tentative = $state(0);
  connected = $state(false);
  ageS = $state<number | null>(null);
  chosen = $state.raw<Chosen | null>(null);
  helpOpen = $state(false);
  sensorsOpen = $state(true);
  agreementsOpen = $state(false);
  linksOpen = $state(false);
  reportsOpen = $state(false);
  reports = $state.raw<ReportStatus[]>([]);
  stations = $state.raw<string[]>([]);
  /** Whether the picture is a joint one. */
  joint = $state(false);
  partners: PartnerStatus[] = $derived(this.status?.partners ?? []);
  /** Whether the node takes part in an exchange: without one nothing of it is shown. */
  exchanges = $derived(this.status !== null && (this.status.station ?? '') !== '');
  leaderMinutes = $state(1);
  showTentative = $state(true);
  language = $state<Language>(firstLanguage(localStorage.getItem(KEPT_LANGUAGE), navigator.languages));
  words: Words = $derived(LANGUAGES[this.language]);
  /** No frame for three seconds, or the link broken: the picture is not to be trusted. */
  stale = $derived(!this.connected || (this.ageS !== null && this.ageS > LATE_S));
  finished = $derived(this.status?.finished === true && this.connected);

  private chosenTrack = -1;

  constructor(private readonly store: PictureStore) {
    store.subscribe(() => this.look());
    setInterval(() => (this.ageS = store.ageS()), LOOK_MS);
  }

  choose(track: number): void {
    this.chosenTrack = track;
    this.look();
  }

  speak(language: Language): void {
    this.language = language;
    localStorage.setItem(KEPT_LANGUAGE, language);
  }

  private look(): void {
    const { store } = this;
    const picture = store.current;
    this.connected = store.isConnected;
    this.status = store.nodeStatus;
    this.reports = store.threatReports;
    this.stations = store.stations;
    this.ageS = store.ageS();
    if (picture === null) return;
    let confirmed = 0;
    for (let i = 0; i < picture.count; i++) if ((picture.flags[i] & CONFIRMED) !== 0) confirmed++;
    this.confirmed = confirmed;
    this.tentative = picture.count - confirmed;
    this.timeMs = picture.timeMs;
    this.mode = picture.mode;
    this.joint = picture.joint !== null;
    this.speed = picture.speed;
    this.chosen =
      this.chosenTrack < 0
        ? null
        : {
            track: this.chosenTrack,
            row: store.row(this.chosenTrack),
            picture,
            text: store.text(this.chosenTrack),
          };
  }
}
