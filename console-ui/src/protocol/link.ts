// The WebSocket to the node, taken up again whenever it breaks.

import { decodePicture, FrameError, type Picture } from './frame';
import { readMessage, type NodeStatus, type Reports, type Texts } from './messages';

export interface LinkListener {
  picture(picture: Picture): void;
  status(status: NodeStatus): void;
  texts(texts: Texts): void;
  reports(reports: Reports): void;
  connected(connected: boolean): void;
  /** A message that could not be read: it is dropped, said, and the link goes on. */
  unreadable(why: string): void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;

/** Connect and stay connected; the function returned ends it. */
export function openLink(address: string, listener: LinkListener): () => void {
  let retryMs = FIRST_RETRY_MS;
  let ended = false;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      retryMs = FIRST_RETRY_MS;
      listener.connected(true);
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer | string>) => {
      try {
        take(event.data);
      } catch (error) {
        if (!(error instanceof FrameError || error instanceof SyntaxError)) throw error;
        listener.unreadable(error.message);
      }
    };
    socket.onclose = () => {
      listener.connected(false);
      if (!ended) timer = setTimeout(connect, retryMs);
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
    };
  }

  function take(data: ArrayBuffer | string): void {
    if (typeof data !== 'string') {
      listener.picture(decodePicture(data));
      return;
    }
    const message = readMessage(data);
    if (message?.type === 'status') listener.status(message);
    else if (message?.type === 'texts') listener.texts(message);
    else if (message?.type === 'reports') listener.reports(message);
  }

  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket?.close();
  };
}
