// Starts the display: the link fills the store, the page shows it.

import './fonts.css';
import './style.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { PictureStore } from './picture/store';
import { openLink } from './protocol/link';

const store = new PictureStore(() => performance.now());
const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';

mount(App, { target: document.getElementById('console')!, props: { store } });
openLink(`${scheme}//${location.host}/api/picture`, store);
