// The list of the bot's commands above the composer, filtered by what is typed.

import { h } from './dom.js';
import { languageOf } from './dom.js';
import { t } from './text.js';

export class CommandList {
  // hooks: {pick(command), closed()}; box is the text field that keeps the focus.
  constructor(box, id, reader, hooks) {
    this.box = box;
    this.reader = reader;
    this.hooks = hooks;
    this.all = [];
    this.shown = [];
    this.at = 0;
    this.root = h('div', { class: 'commands', role: 'listbox', id: `commands-${id}`, 'aria-label': t('commands'), 'data-commands': '', hidden: true });
  }

  get open() {
    return !this.root.hidden;
  }

  set(all) {
    this.all = all;
    if (this.open) this.filter(this.word);
  }

  // filter shows the commands that begin with a word such as "/he"; "" hides the list.
  filter(word) {
    this.word = word;
    if (!word) return this.close();
    const start = word.slice(1).toLowerCase();
    this.shown = this.all.filter((c) => c.command.startsWith(start));
    if (!this.shown.length && start) return this.close();
    this.at = 0;
    this.root.replaceChildren(...(this.shown.length ? this.shown.map((c, i) => this.entry(c, i)) : [h('p', { class: 'none' }, t('no_commands'))]));
    this.root.hidden = false;
    this.box.setAttribute('aria-expanded', 'true');
    this.mark();
  }

  entry(c, i) {
    // pointerdown is prevented so that the text field keeps the focus.
    return h('div', {
      class: 'command', role: 'option', id: `${this.root.id}-${i}`, 'data-command': c.command,
      onpointerdown: (e) => e.preventDefault(), onclick: () => this.pick(c),
    }, h('b', {}, `/${c.command}`), h('span', { dir: 'auto', lang: languageOf(c.description, this.reader) }, c.description));
  }

  mark() {
    [...this.root.children].forEach((el, i) => el.setAttribute('aria-selected', String(i === this.at)));
    const now = this.shown.length ? this.root.children[this.at] : null;
    if (now) {
      this.box.setAttribute('aria-activedescendant', now.id);
      now.scrollIntoView({ block: 'nearest' });
    }
  }

  pick(c) {
    this.close();
    this.hooks.pick(`/${c.command}`);
  }

  close() {
    if (!this.open) return;
    this.root.hidden = true;
    this.box.removeAttribute('aria-activedescendant');
    this.box.setAttribute('aria-expanded', 'false');
    this.hooks.closed();
  }

  // key handles a key pressed in the text field; true when it was used.
  key(e) {
    if (!this.open) return false;
    if (e.key === 'Escape') this.close();
    else if (!this.shown.length) return false;
    else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      this.at = (this.at + (e.key === 'ArrowDown' ? 1 : -1) + this.shown.length) % this.shown.length;
      this.mark();
    } else if (e.key === 'Tab' || (e.key === 'Enter' && !e.shiftKey)) this.pick(this.shown[this.at]);
    else return false;
    return true;
  }
}
