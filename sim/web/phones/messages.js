// The message list of one chat: keeps elements by key, so a change redraws only
// what changed and screen readers hear only what came.

import { board, bubble } from './bubble.js';
import { h, icon, iconButton } from './dom.js';
import { dayOf, t } from './text.js';

const TOGETHER = 5 * 60 * 1000; // messages of one sender this close stand together
const NEAR = 60; // px from the end that still count as reading the end

export class MessageList {
  // ctx: {botName, botUsername, reader, now(), press, start, command, copy, menu(message, at)}
  constructor(ctx, label) {
    this.ctx = { ...ctx, jump: (id) => this.jump(id) };
    this.parts = new Map(); // key → {el, bubble, board, signatures}
    this.byId = new Map(); // message id → message
    this.stuck = true;
    this.top = 0; // where the list was scrolled to last
    this.fresh = 0;
    this.newest = 0;
    this.inner = h('div', { class: 'log-inner' });
    this.log = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': label, tabindex: '0', 'data-log': '' }, this.inner);
    this.newer = h('button', { type: 'button', class: 'newer', 'data-newer': '', hidden: true, onclick: () => this.toEnd(true) });
    this.root = h('div', { class: 'log-wrap' }, this.log, this.newer);
    this.log.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.log.addEventListener('keydown', (e) => this.keys(e));
    const sizes = new ResizeObserver(() => this.stuck && this.toEnd(false));
    sizes.observe(this.inner);
    sizes.observe(this.log);
  }

  // clear forgets everything, before another chat is shown.
  clear() {
    this.inner.replaceChildren();
    this.parts.clear();
    this.byId.clear();
    this.log.setAttribute('aria-live', 'off');
    this.stuck = true;
    this.newest = 0;
    this.fresh = 0;
  }

  // render shows these messages, oldest first.
  render(messages, group) {
    const known = this.byId.size > 0;
    this.byId = new Map(messages.map((m) => [m.id, m]));
    const blocks = this.blocks(messages, group);
    const keys = new Set(blocks.map((b) => b.key));
    for (const [key, part] of this.parts) {
      if (keys.has(key)) continue;
      part.el.remove();
      this.parts.delete(key);
    }
    let cursor = this.inner.firstChild;
    for (const b of blocks) {
      const el = this.element(b);
      if (el === cursor) cursor = cursor.nextSibling;
      else this.inner.insertBefore(el, cursor);
    }
    this.arrived(messages, known);
    // Turned on only after the first fill, or a whole history would be read out.
    setTimeout(() => this.log.setAttribute('aria-live', 'polite'), 500);
  }

  arrived(messages, known) {
    const last = messages[messages.length - 1];
    const added = messages.filter((m) => m.id > this.newest);
    this.newest = last ? last.id : 0;
    if (this.stuck || added.some((m) => m.from === 'me')) this.toEnd(false);
    else if (known) this.fresh += added.length;
    this.showNewer();
  }

  blocks(messages, group) {
    const out = [];
    let day = '';
    let before = null;
    for (const m of messages) {
      const date = new Date(m.date);
      const name = dayOf(date, this.ctx.now());
      if (name !== day) {
        out.push({ key: `day:${date.toDateString()}`, day: name });
        day = name;
        before = null;
      }
      const open = out[out.length - 1];
      if (m.album && open.messages && open.messages[0].album === m.album && open.messages[0].from === m.from) {
        open.messages.push(m);
      } else {
        const joined = Boolean(before && before.from === m.from && before.sender === m.sender && date - new Date(before.date) < TOGETHER);
        out.push({
          key: `m:${m.id}`, messages: [m], joined,
          showSender: Boolean(group) && m.from !== 'me' && !joined,
          quote: m.reply_to ? this.byId.get(m.reply_to) || null : undefined,
        });
      }
      before = m;
    }
    return out;
  }

  element(b) {
    let part = this.parts.get(b.key);
    if (b.day) {
      if (!part) {
        part = { el: h('div', { class: 'day' }, h('span', {}, b.day)) };
        this.parts.set(b.key, part);
      } else if (part.el.textContent !== b.day) part.el.firstChild.textContent = b.day;
      return part.el;
    }
    const last = b.messages[b.messages.length - 1];
    const drawn = JSON.stringify([b.messages.map((m) => ({ ...m, buttons: 0 })), b.quote, b.showSender]);
    const keyed = JSON.stringify(last.buttons || []);
    if (!part) {
      part = { el: this.frame(b) };
      this.parts.set(b.key, part);
    }
    part.el.classList.toggle('joined', b.joined);
    part.el.dataset.messageIds = b.messages.map((m) => m.id).join(' ');
    if (part.drawn !== drawn) {
      const fresh = bubble(b, this.ctx);
      fresh.append(iconButton('more', t('actions'), (e) => this.ctx.menu(this.current(b.key), e.currentTarget), { class: 'icon-button message-menu', tabindex: '-1', 'aria-haspopup': 'menu', 'data-message-menu': '' }));
      this.swap(part, 'bubble', fresh);
      part.drawn = drawn;
    }
    if (part.keyed !== keyed) {
      this.swap(part, 'board', last.buttons && last.buttons.length ? board(last, this.ctx) : null);
      part.keyed = keyed;
    }
    return part.el;
  }

  frame(b) {
    const m = b.messages[0];
    const el = h('article', { class: `message from-${m.from}`, 'data-message-id': m.id, 'data-from': m.from, 'data-album': m.album, tabindex: '-1' });
    const menu = (at) => this.ctx.menu(this.current(b.key), at);
    el.addEventListener('contextmenu', (e) => {
      if (e.target.closest('a, img, audio, video') || String(getSelection())) return;
      e.preventDefault();
      menu(e.clientX || e.clientY ? { x: e.clientX, y: e.clientY } : el);
    });
    el.addEventListener('keydown', (e) => {
      if (e.target === el && e.key === 'Enter') {
        e.preventDefault();
        menu(el.querySelector('.bubble'));
      }
    });
    let held = 0; // a long press, for browsers that send no contextmenu event on touch
    el.addEventListener('pointerdown', (e) => {
      if (e.pointerType === 'touch' && !e.target.closest('button, a, audio, video')) held = setTimeout(() => menu({ x: e.clientX, y: e.clientY }), 550);
    });
    for (const end of ['pointerup', 'pointercancel', 'pointermove']) el.addEventListener(end, () => clearTimeout(held));
    return el;
  }

  // current finds the message a menu is about: of an album, its first part.
  current(key) {
    return this.byId.get(Number(key.slice(2)));
  }

  // swap replaces a part of a message; focus inside it moves to the message itself.
  swap(part, name, fresh) {
    const old = part[name];
    const held = old && old.contains(document.activeElement);
    if (old && fresh) old.replaceWith(fresh);
    else if (old) old.remove();
    else if (fresh) part.el.append(fresh);
    part[name] = fresh;
    if (held) part.el.focus({ preventScroll: true });
  }

  keys(e) {
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[e.key];
    if (!step || e.altKey || e.ctrlKey || e.metaKey) return;
    if (e.target.closest('audio, video')) return;
    const all = [...this.inner.querySelectorAll('.message')];
    if (!all.length) return;
    const at = all.indexOf(document.activeElement.closest('.message'));
    const to = at < 0 ? all.length - 1 : Math.max(0, Math.min(all.length - 1, at + step));
    e.preventDefault();
    all[to].focus({ preventScroll: true });
    all[to].scrollIntoView({ block: 'nearest' });
  }

  jump(id) {
    const el = this.inner.querySelector(`[data-message-ids~="${Number(id)}"]`);
    if (!el) return;
    el.scrollIntoView({ block: 'center' });
    el.focus({ preventScroll: true });
    el.classList.add('flash');
    setTimeout(() => el.classList.remove('flash'), 1200);
  }

  scrolled() {
    // Growing content also leaves the end behind; only moving up is the reader's will.
    const top = this.log.scrollTop;
    if (this.log.scrollHeight - top - this.log.clientHeight < NEAR) this.stuck = true;
    else if (top < this.top) this.stuck = false;
    this.top = top;
    if (this.stuck) this.fresh = 0;
    this.showNewer();
  }

  toEnd(focus) {
    this.stuck = true;
    this.fresh = 0;
    this.log.scrollTop = this.log.scrollHeight;
    this.showNewer();
    if (focus) this.log.focus({ preventScroll: true });
  }

  showNewer() {
    this.newer.hidden = this.stuck || this.fresh === 0;
    this.newer.replaceChildren(h('span', {}, this.fresh ? t('newer_n', { n: this.fresh }) : t('newer')), icon('down'));
  }
}
