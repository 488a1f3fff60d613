// Where a person writes: text field, attachments, commands, reply and edit bars,
// the bot's reply keyboard.

import { Attachments } from './attach.js';
import { summary } from './bubble.js';
import { CommandList } from './commands.js';
import { h, icon, iconButton, languageOf } from './dom.js';
import { t } from './text.js';

const TALLEST = 160; // px, then the text field scrolls

export class Composer {
  // hooks: {send(text, files, replyTo), edit(message, text), odd(kind), editLast()}
  constructor(phone, hooks) {
    this.hooks = hooks;
    this.phone = phone;
    this.replying = null;
    this.editing = null;
    this.labels = [];
    this.hint = '';
    this.box = h('textarea', {
      rows: '1', 'data-composer': '', 'aria-label': t('write_to', { name: phone.botName }), placeholder: t('write'), dir: 'auto',
      role: 'combobox', 'aria-expanded': 'false', 'aria-autocomplete': 'list', 'aria-controls': `commands-${phone.id}`, enterkeyhint: 'send', maxlength: '20000',
    });
    this.files = new Attachments({ changed: () => this.refresh(), odd: hooks.odd });
    this.commands = new CommandList(this.box, phone.id, phone.language, {
      pick: (word) => this.submit(word),
      closed: () => this.slash.setAttribute('aria-expanded', 'false'),
    });
    this.slash = h('button', { type: 'button', class: 'icon-button slash', 'aria-label': t('commands'), title: t('commands'), 'aria-expanded': 'false', 'aria-controls': `commands-${phone.id}`, 'data-slash': '', onclick: () => this.toggleCommands() }, h('span', { 'aria-hidden': 'true' }, '/'));
    this.keysButton = iconButton('keyboard', t('show_keyboard'), () => this.toggleKeyboard(), { 'aria-expanded': 'true', hidden: true, 'data-keyboard-toggle': '' });
    this.sendButton = iconButton('send', t('send'), () => this.submit(), { class: 'icon-button send', 'data-send': '' });
    this.bar = h('div', { class: 'reply-bar', hidden: true });
    this.keyboard = h('div', { class: 'reply-keyboard', role: 'group', 'aria-label': t('show_keyboard'), 'data-keyboard': '', hidden: true });
    this.root = h('div', { class: 'composer' }, this.commands.root, this.bar, this.files.tray,
      h('div', { class: 'composer-line' }, ...this.files.nodes(), this.slash, this.box, this.keysButton, this.sendButton), this.keyboard);
    this.box.addEventListener('input', () => this.typed());
    this.box.addEventListener('keydown', (e) => this.key(e));
    this.box.addEventListener('paste', (e) => this.paste(e));
    this.refresh();
  }

  focus() {
    this.box.focus({ preventScroll: true });
  }

  // --- drafts: one per chat, kept for this tab ---
  openDraft(key) {
    this.draftKey = key;
    this.stop();
    this.box.value = sessionStorage.getItem(key) || '';
    this.refresh();
  }

  keepDraft() {
    if (this.editing || !this.draftKey) return;
    if (this.box.value) sessionStorage.setItem(this.draftKey, this.box.value);
    else sessionStorage.removeItem(this.draftKey);
  }

  typed() {
    this.keepDraft();
    this.refresh();
    const word = this.box.value;
    this.commands.filter(/^\/\w*$/.test(word) && !this.editing ? word : '');
  }

  refresh() {
    const style = this.box.style;
    style.height = 'auto';
    // A hidden field measures nothing: its height is left to the style sheet.
    style.height = this.box.scrollHeight ? `${Math.min(TALLEST, this.box.scrollHeight)}px` : '';
    const files = this.files.items.length > 0;
    this.sendButton.disabled = !this.box.value.trim() && !files;
    this.box.placeholder = files ? t('caption') : this.hint || t('write');
  }

  key(e) {
    if (e.isComposing || e.keyCode === 229) return; // choosing Chinese characters, not sending
    if (this.commands.key(e)) return e.preventDefault();
    if (e.key === 'Enter' && !e.shiftKey) {
      e.preventDefault();
      this.submit();
    } else if (e.key === 'Escape' && (this.editing || this.replying)) {
      e.preventDefault();
      this.stop();
    } else if (e.key === 'ArrowUp' && !this.box.value && !this.editing) {
      e.preventDefault();
      this.hooks.editLast();
    }
  }

  paste(e) {
    const files = [...(e.clipboardData ? e.clipboardData.files : [])];
    if (!files.length) return;
    e.preventDefault();
    this.files.add(files);
  }

  toggleCommands() {
    if (this.commands.open) return this.commands.close();
    this.slash.setAttribute('aria-expanded', 'true');
    this.focus();
    this.commands.filter('/');
  }

  // submit sends what is written, or the given word (a command or a keyboard label).
  async submit(word) {
    const text = (word === undefined ? this.box.value : word).trim();
    if (this.editing) {
      const m = this.editing;
      if (!text) return;
      this.stop();
      if (text !== (m.text || '') && !(await this.hooks.edit(m, text))) this.startEdit(m, text);
      return;
    }
    const files = word === undefined ? this.files.take() : [];
    if (!text && !files.length) return;
    const replyTo = this.replying ? this.replying.id : null;
    const kept = this.box.value;
    // A command picked from the list was typed as "/…"; other words keep the draft.
    if (word === undefined || kept.startsWith('/')) this.box.value = '';
    this.unbar();
    this.keepDraft();
    this.commands.close();
    this.refresh();
    if (matchMedia('(hover: hover)').matches || word === undefined) this.focus();
    if (await this.hooks.send(text, files, replyTo)) return;
    if (!this.box.value) this.box.value = word === undefined ? kept : '';
    if (files.length) this.files.restore(files);
    this.keepDraft();
    this.refresh();
  }

  startReply(m) {
    this.stop();
    this.replying = m;
    this.showBar(t('reply_to'), m, 'reply');
    this.focus();
  }

  startEdit(m, text) {
    this.stop();
    this.keepDraft();
    this.editing = m;
    this.box.value = text === undefined ? m.text || '' : text;
    this.showBar(t('editing'), m, 'edit');
    this.sendButton.setAttribute('aria-label', t('save'));
    this.sendButton.replaceChildren(icon('check'));
    this.refresh();
    this.focus();
  }

  // stop leaves replying or editing; the draft comes back.
  stop() {
    if (this.editing) {
      this.editing = null;
      this.box.value = sessionStorage.getItem(this.draftKey) || '';
      this.sendButton.setAttribute('aria-label', t('send'));
      this.sendButton.replaceChildren(icon('send'));
    }
    this.unbar();
    this.refresh();
  }

  unbar() {
    this.replying = null;
    this.bar.hidden = true;
  }

  showBar(label, m, sign) {
    this.bar.hidden = false;
    this.bar.replaceChildren(icon(sign),
      h('span', { class: 'reply-lines' }, h('b', {}, label), h('span', { dir: 'auto', lang: languageOf(summary(m), this.phone.language) }, summary(m))),
      iconButton('close', t('cancel'), () => { this.stop(); this.focus(); }));
  }

  // setKeyboard shows the bot's reply keyboard; rows may be empty.
  setKeyboard(rows, hint) {
    this.hint = hint || '';
    const sig = JSON.stringify(rows);
    if (sig !== this.keyboardSig) {
      this.keyboardSig = sig;
      this.keyboard.replaceChildren(...rows.map((row) => h('div', { class: 'board-row' }, row.map((label) => h('button', {
        type: 'button', class: 'key', 'data-key': label, lang: languageOf(label, this.phone.language), onclick: () => this.submit(label),
      }, label)))));
      this.keyboard.hidden = rows.length === 0;
      this.keysButton.hidden = rows.length === 0;
      this.keysButton.setAttribute('aria-expanded', String(rows.length > 0));
    }
    this.refresh();
  }

  toggleKeyboard() {
    this.keyboard.hidden = !this.keyboard.hidden;
    this.keysButton.setAttribute('aria-expanded', String(!this.keyboard.hidden));
  }
}
