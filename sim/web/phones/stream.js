// Live events. Browsers allow six connections to one HTTP/1.1 origin, shared by
// all tabs: so only the phones used last hold a stream, the others are asked
// every few seconds, and a hidden tab lets go of its streams.

const KINDS = ['message', 'edited', 'deleted', 'answer', 'action', 'commands', 'phone'];
const LIMIT = 4;
const ASK_EVERY = 2500;

export class Streams {
  // listener: {event(phone, kind, data), resync(phone), online(phone, bool)}
  constructor(listener) {
    this.listener = listener;
    this.order = []; // phone ids, the one used last first
    this.open = new Map(); // phone id → {source, retry}
    setInterval(() => this.ask(), ASK_EVERY);
    document.addEventListener('visibilitychange', () => this.settle());
    addEventListener('pagehide', () => this.order.forEach((p) => this.drop(p)));
    addEventListener('pageshow', (e) => e.persisted && this.settle());
  }

  add(phone) {
    this.order.push(phone);
    this.settle();
  }

  remove(phone) {
    this.order = this.order.filter((p) => p !== phone);
    this.drop(phone);
    this.settle();
  }

  // touch moves a phone to the front of those that hold a stream.
  touch(phone) {
    if (this.order.indexOf(phone) < LIMIT) return;
    this.order = [phone, ...this.order.filter((p) => p !== phone)];
    this.settle();
  }

  settle() {
    const live = document.hidden ? [] : this.order.slice(0, LIMIT);
    for (const phone of [...this.open.keys()]) if (!live.includes(phone)) this.drop(phone);
    for (const phone of live) if (!this.open.has(phone)) this.connect(phone);
  }

  ask() {
    if (document.hidden) return;
    for (const phone of this.order) if (!this.open.has(phone)) this.listener.resync(phone);
  }

  drop(phone) {
    const held = this.open.get(phone);
    if (!held) return;
    this.open.delete(phone);
    clearTimeout(held.retry);
    held.source.close();
  }

  connect(phone) {
    const source = new EventSource(`/sim/phones/${phone}/events`);
    const held = { source, retry: 0 };
    let missed = true; // a stream starts with the next event, so what came before is fetched
    this.open.set(phone, held);
    source.addEventListener('open', () => {
      this.listener.online(phone, true);
      if (missed) this.listener.resync(phone);
      missed = false;
    });
    source.addEventListener('error', () => {
      missed = true;
      this.listener.online(phone, false);
      // A refused answer closes the source for good; a broken line is retried by the browser.
      if (source.readyState === EventSource.CLOSED && this.open.get(phone) === held) {
        held.retry = setTimeout(() => {
          this.drop(phone);
          this.settle();
        }, 2000);
      }
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (e) => {
        let data;
        try {
          data = JSON.parse(e.data || '{}');
        } catch {
          return;
        }
        this.listener.event(phone, kind, data);
      });
    }
  }
}
