// One phone: its chats, what it shows, and what its owner does.

import * as api from './api.js';
import { parcels } from './attach.js';
import { Composer } from './composer.js';
import { h, icon, iconButton, initial, mark } from './dom.js';
import { chatMenu, messageMenu } from './menus.js';
import { MessageList } from './messages.js';
import { showAlert, Toaster } from './popup.js';
import { known, roleName, t } from './text.js';

export class Phone {
  // who: a phone of the API; page: {bot, links, now(), unread(phone), touched(phone)}
  constructor(who, page) {
    this.who = who;
    this.id = who.id;
    this.page = page;
    this.chat = 'bot';
    this.chats = [];
    this.messages = new Map();
    this.waiting = new Map(); // query id → pressed button
    this.answered = new Set(); // answers that came before their press returned
    this.unread = 0;
    this.loaded = false;
    this.queue = Promise.resolve();
    this.blocked = localStorage.getItem(this.blockKey()) === '1';
    this.toaster = new Toaster();
    this.composer = new Composer({ id: who.id, language: who.language, botName: page.bot.first_name }, {
      send: (text, files, replyTo) => this.inTurn(() => this.send(text, files, replyTo)),
      edit: (m, text) => this.try(async () => this.put(await api.edit(this.id, this.chat, m.id, text))),
      odd: (kind) => this.inTurn(() => this.try(async () => this.put(await api.sendKind(this.id, this.chat, { kind })))),
      editLast: () => this.editLast(),
    });
    this.list = new MessageList({
      botName: page.bot.first_name,
      botUsername: page.bot.username,
      reader: who.language,
      now: page.now,
      press: (m, data, button) => this.press(m, data, button),
      start: (payload) => this.start(payload),
      command: (word) => this.composer.submit(word),
      copy: (text) => this.copy(text),
      menu: (m, at) => messageMenu(this, m, at),
    }, t('messages', { name: page.bot.first_name }));
    this.build();
  }

  blockKey() {
    return `huiyin.blocked.${this.id}`;
  }

  build() {
    const { who, page } = this;
    this.title = h('span', { class: 'chat-title', dir: 'auto' }, page.bot.first_name);
    this.state = h('span', { class: 'chat-state', 'data-state': '', 'aria-live': 'off' }, t('bot'));
    this.chatsButton = iconButton('back', t('chats'), () => this.showChats(), { 'data-chats': '', hidden: true });
    this.menuButton = iconButton('more', t('chat_menu'), () => chatMenu(this), { 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'data-chat-menu': '' });
    this.links = h('div', { class: 'links' });
    this.empty = h('div', { class: 'empty', hidden: true }, h('div', { class: 'empty-card' }, mark(), h('h3', {}, t('empty_title')), this.emptyText = h('p', {}, t('empty_text'))));
    this.chatList = h('ul', { class: 'chat-list', 'aria-label': t('chats'), hidden: true });
    this.big = h('div', { class: 'big-bar', hidden: true });
    this.list.root.append(this.empty);
    this.frame = h('div', { class: 'frame' },
      h('header', { class: 'chat-head' }, this.chatsButton, mark(), h('div', { class: 'chat-names' }, this.title, this.state), this.menuButton),
      this.links, this.list.root, this.chatList, this.toaster.root, this.composer.root, this.big,
      h('div', { class: 'drop-hint', 'aria-hidden': 'true' }, t('drop')));
    this.root = h('section', { class: 'phone', 'data-phone': who.id, 'data-role': who.role, 'aria-label': t('phone_of', { name: who.name, role: roleName(who.role) }) },
      h('div', { class: 'owner' }, h('span', { class: 'disc', 'aria-hidden': 'true' }, initial(who.name)),
        h('span', { class: 'owner-name', dir: 'auto' }, who.name), h('span', { class: 'pill' }, roleName(who.role))),
      this.frame);
    this.root.addEventListener('focusin', () => this.page.touched(this));
    this.root.addEventListener('pointerdown', () => this.page.touched(this));
    this.dropping();
    this.composer.openDraft(this.draftKey());
    this.showLinks();
  }

  draftKey() {
    return `huiyin.draft.${this.id}.${this.chat}`;
  }

  dropping() {
    const has = (e) => e.dataTransfer && [...e.dataTransfer.types].includes('Files');
    this.frame.addEventListener('dragover', (e) => {
      if (!has(e)) return;
      e.preventDefault();
      this.frame.classList.add('dropping');
    });
    this.frame.addEventListener('dragleave', (e) => { if (!this.frame.contains(e.relatedTarget)) this.frame.classList.remove('dropping'); });
    this.frame.addEventListener('drop', (e) => {
      this.frame.classList.remove('dropping');
      if (!has(e)) return;
      e.preventDefault();
      this.composer.files.add([...e.dataTransfer.files]);
    });
  }

  // --- talking to the server ---

  // try runs an action; a failure is told as a toast. Resolves to whether it went well.
  async try(action) {
    try {
      await action();
      return true;
    } catch (err) {
      if (!(err instanceof api.ApiError)) throw err;
      this.toaster.show(err.status ? t('failed', { why: err.message }) : t('offline'));
      return false;
    }
  }

  // inTurn keeps what one person sends in the order it was sent.
  inTurn(action) {
    const run = this.queue.then(action);
    this.queue = run.catch(() => {});
    return run;
  }

  // load fetches everything this phone shows; used at the start and after a gap.
  // What an event or an own send put in place meanwhile wins over the older fetch.
  async load() {
    if (this.loading) {
      this.again = true;
      return;
    }
    this.loading = true;
    const chat = this.chat;
    this.touchedIds = new Set();
    const ok = await this.try(async () => {
      const gone = (err) => {
        if (err.status === 404 && chat !== 'bot') this.openChat('bot'); // a group that is no more
        throw err;
      };
      const [chats, messages, commands] = await Promise.all([api.chats(this.id), api.messages(this.id, chat).catch(gone), api.commands(this.id, chat)]);
      this.setChats(chats);
      this.composer.commands.set(commands);
      if (chat !== this.chat) return;
      const kept = [...this.touchedIds].map((id) => [id, this.messages.get(id)]);
      this.messages = new Map(messages.map((m) => [m.id, m]));
      for (const [id, m] of kept) m ? this.messages.set(id, m) : this.messages.delete(id);
      this.loaded = true;
      this.online(true);
      this.render();
    });
    if (!ok) this.online(false);
    this.touchedIds = null;
    this.loading = false;
    if (this.again) {
      this.again = false;
      this.load();
    }
  }

  put(m) {
    if (!m || m.id === undefined) return;
    if (this.touchedIds) this.touchedIds.add(m.id);
    this.messages.set(m.id, m);
    this.later();
  }

  drop(id) {
    if (this.touchedIds) this.touchedIds.add(id);
    this.messages.delete(id);
    this.later();
  }

  // later draws once for a burst of changes.
  later() {
    if (this.drawing) return;
    this.drawing = setTimeout(() => {
      this.drawing = 0;
      this.render();
    }, 0);
  }

  async send(text, files, replyTo) {
    return this.try(async () => {
      if (!files.length) {
        this.put(await api.sendText(this.id, this.chat, text, replyTo));
        return;
      }
      let caption = text;
      for (const group of parcels(files)) {
        const album = group.length > 1 ? crypto.getRandomValues(new Uint32Array(2)).join('') : '';
        for (const item of group) {
          this.put(await api.sendKind(this.id, this.chat, { kind: item.kind, file: item.file, caption, album, replyTo }));
          caption = '';
        }
      }
    });
  }

  start(payload) {
    return this.inTurn(() => this.try(async () => {
      if (this.blocked) await this.setBlocked(false);
      this.openChat('bot');
      this.put(await api.start(this.id, 'bot', payload));
      if (payload) localStorage.setItem(`huiyin.used.${payload}`, '1');
      this.showLinks();
    }));
  }

  async setBlocked(on) {
    await api.block(this.id, 'bot', on);
    this.blocked = on;
    localStorage.setItem(this.blockKey(), on ? '1' : '0');
    this.render();
  }

  async press(m, data, button) {
    button.setAttribute('aria-busy', 'true');
    const ok = await this.try(async () => {
      try {
        const { query } = await api.press(this.id, this.chat, m.id, data);
        if (this.answered.delete(query)) return button.removeAttribute('aria-busy');
        this.waiting.set(query, button);
        setTimeout(() => this.release(query), 15000);
      } catch (err) {
        if (err.status !== 409) throw err;
        button.removeAttribute('aria-busy');
        this.toaster.show(t('button_gone'));
      }
    });
    if (!ok) button.removeAttribute('aria-busy');
  }

  release(query) {
    const button = this.waiting.get(query);
    if (button) button.removeAttribute('aria-busy');
    this.waiting.delete(query);
    return Boolean(button);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.toaster.show(t('copied'));
    } catch {
      this.toaster.show(t('copy_failed'));
    }
  }

  // --- events ---

  event(kind, data) {
    const here = String(data.chat) === String(this.chat);
    if (kind === 'message' || kind === 'edited') {
      if (here) this.put(data.message);
      if (kind === 'message' && data.message && data.message.from !== 'me') {
        if (here) this.act(null);
        else this.refreshChats();
        this.unread += 1;
        this.page.unread(this);
      }
    } else if (kind === 'deleted' && here) (data.ids || []).forEach((id) => this.drop(id));
    else if (kind === 'answer') this.answer(data);
    else if (kind === 'action' && here) this.act(data.action);
    else if (kind === 'commands') this.try(async () => this.composer.commands.set(await api.commands(this.id, this.chat)));
    else if (kind === 'phone') this.refreshChats();
  }

  answer({ query, text, alert, url }) {
    if (!this.release(query)) this.answered.add(query);
    if (text && alert) showAlert(t('on_phone', { name: this.who.name }), text);
    else if (text) this.toaster.show(text);
    if (url && /^https?:/.test(url)) window.open(url, '_blank', 'noopener');
  }

  act(action) {
    clearTimeout(this.acting);
    this.action = action;
    if (action) this.acting = setTimeout(() => this.act(null), 6000);
    this.showState();
  }

  online(on) {
    this.offline = !on;
    this.showState();
  }

  // --- showing ---

  setChats(chats) {
    this.chats = chats;
    const bot = chats.find((c) => c.type === 'private');
    if (bot && typeof bot.blocked === 'boolean') this.blocked = bot.blocked;
    this.chatsButton.hidden = chats.length < 2;
    if (!this.chatList.hidden) this.showChats();
  }

  refreshChats() {
    return this.try(async () => this.setChats(await api.chats(this.id)));
  }

  here() {
    return this.chats.find((c) => this.chatId(c) === String(this.chat)) || { type: 'private', title: this.page.bot.first_name };
  }

  chatId(c) {
    return c.type === 'private' ? 'bot' : String(c.id);
  }

  sorted() {
    return [...this.messages.values()].sort((a, b) => a.id - b.id);
  }

  render() {
    const all = this.sorted();
    const chat = this.here();
    const group = chat.type !== 'private';
    this.title.textContent = chat.title || this.page.bot.first_name;
    this.list.render(all, group);
    const silent = this.loaded && !group && all.length === 0;
    this.empty.hidden = !silent;
    this.root.classList.toggle('silent', silent);
    const bar = this.blocked && !group ? 'unblock' : silent ? 'start' : '';
    this.composer.root.hidden = Boolean(bar);
    this.big.hidden = !bar;
    if (bar !== this.bigBar) {
      this.bigBar = bar;
      const act = { start: () => this.start(''), unblock: () => this.try(() => this.setBlocked(false)) }[bar];
      this.big.replaceChildren(...(act ? [h('button', { type: 'button', class: 'primary', 'data-start': bar === 'start' ? '' : null, 'data-unblock': bar === 'unblock' ? '' : null, onclick: act }, t(bar))] : []));
      if (!bar) this.composer.refresh();
    }
    this.showKeyboard(all);
    this.showState();
  }

  showKeyboard(all) {
    let rows = [];
    let hint = '';
    for (let i = all.length - 1; i >= 0; i--) {
      const m = all[i];
      if (m.from === 'me') continue;
      if (m.remove_keyboard) break;
      if (m.keyboard && m.keyboard.length) {
        rows = m.keyboard.map((row) => row.map((label) => (typeof label === 'string' ? label : label.text)));
        hint = m.placeholder;
        break;
      }
    }
    const last = all[all.length - 1];
    if (last && last.force_reply && last.from !== 'me') {
      hint = last.placeholder || hint;
      if (this.forced !== last.id && !this.composer.editing) {
        this.forced = last.id;
        const elsewhere = !this.root.contains(document.activeElement);
        const focused = document.activeElement;
        this.composer.startReply(last);
        if (elsewhere && focused && focused.focus) focused.focus({ preventScroll: true });
      }
    }
    this.composer.setKeyboard(rows, hint);
  }

  showState() {
    const chat = this.here();
    let words = chat.type === 'private' ? t('bot') : t('group');
    if (this.blocked && chat.type === 'private') words = t('blocked');
    if (this.action) words = known(`action_${this.action}`) ? t(`action_${this.action}`) : t('action_other');
    if (this.offline) words = t('connecting');
    this.state.textContent = words;
    this.state.classList.toggle('busy', Boolean(this.action) && !this.offline);
  }

  showLinks() {
    const mine = this.page.links.filter((l) => (!l.phone || l.phone === this.id) && !localStorage.getItem(`huiyin.used.${l.start}`));
    this.links.replaceChildren(...mine.map((l) => h('button', { type: 'button', class: 'deep-link', 'data-deep-link': l.start, onclick: () => this.start(l.start) }, icon('link'), h('span', {}, l.label))));
    this.links.hidden = mine.length === 0;
    this.emptyText.textContent = mine.length ? t('empty_join', { label: mine[0].label }) : t('empty_text');
  }

  // showChats lists the chats of a phone that has more than the one with the bot.
  showChats() {
    this.chatList.hidden = false;
    this.chatList.replaceChildren(...this.chats.map((c) => h('li', {}, h('button', { type: 'button', class: 'chat-entry', 'data-chat': this.chatId(c), onclick: () => this.openChat(this.chatId(c)) },
      h('span', { class: 'disc', 'aria-hidden': 'true' }, c.type === 'private' ? mark() : icon('group')),
      h('span', { class: 'chat-lines' }, h('b', { dir: 'auto' }, c.title), h('span', { dir: 'auto' }, c.last || '')),
      c.unread ? h('span', { class: 'badge', 'aria-label': t('unread', { n: c.unread }) }, c.unread) : null))));
    const first = this.chatList.querySelector('button');
    if (first && this.root.contains(document.activeElement)) first.focus();
  }

  openChat(chat) {
    this.chatList.hidden = true;
    if (chat === String(this.chat)) return;
    this.chat = chat;
    this.messages = new Map();
    this.loaded = false;
    this.list.clear();
    this.act(null);
    this.composer.openDraft(this.draftKey());
    this.load();
  }

  editLast() {
    const mine = this.sorted().filter((m) => m.from === 'me' && m.text && !m.text.startsWith('/'));
    if (mine.length) this.composer.startEdit(mine[mine.length - 1]);
  }
}
