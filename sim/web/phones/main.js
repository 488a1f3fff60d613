// The page: top bar, switcher, welcome strip, and the row of phones.

import * as api from './api.js';
import { h, iconButton, icon, initial, mark } from './dom.js';
import { askGroup, askPhone, showHelp } from './forms.js';
import { Phone } from './phone.js';
import { Streams } from './stream.js';
import { lang, roleName, t, toggleLanguage } from './text.js';
import { isDark, onSystemTheme, toggleTheme } from './theme.js';

const narrow = matchMedia('(max-width: 699px)');

class Page {
  constructor(info) {
    this.bot = info.bot;
    this.links = info.links || [];
    this.notes = info.notes || [];
    this.skew = info.now ? Date.parse(info.now) - Date.now() : 0;
    this.phones = new Map();
    this.active = null;
    this.tabs = h('nav', { class: 'tabs', 'aria-label': t('phones') });
    this.row = h('main', { class: 'row' });
    this.banner = h('p', { class: 'notice', role: 'alert', hidden: true }, t('offline'));
    this.streams = new Streams({
      event: (id, kind, data) => this.event(id, kind, data),
      resync: (id) => this.resync(id),
      online: (id, on) => this.phones.has(id) && this.phones.get(id).online(on),
    });
    this.hooks = {
      bot: this.bot,
      links: this.links,
      now: () => new Date(Date.now() + this.skew),
      unread: (phone) => this.unread(phone),
      touched: (phone) => this.activate(phone, false),
    };
    this.build();
  }

  build() {
    const theme = iconButton('moon', '', () => { toggleTheme(); paint(); }, { 'data-theme-toggle': '' });
    const paint = () => {
      const label = isDark() ? t('theme_light') : t('theme_dark');
      theme.replaceChildren(icon(isDark() ? 'sun' : 'moon'));
      theme.setAttribute('aria-label', label);
      theme.title = label;
    };
    paint();
    onSystemTheme(paint);
    const bar = h('header', { class: 'top' },
      h('div', { class: 'brand' }, mark(), h('h1', {}, t('brand')), h('p', { class: 'tagline' }, t('tagline'))),
      h('div', { class: 'tools' },
        h('button', { type: 'button', class: 'quiet tool', 'data-add-phone': '', 'aria-label': t('add_phone'), title: t('add_phone'), onclick: () => this.askPhone() }, icon('plus'), h('span', { class: 'wide' }, t('add_phone'))),
        iconButton('group', t('new_group'), () => this.askGroup(), { 'data-add-group': '' }),
        iconButton('help', t('help'), () => showHelp(this.notes), { 'data-help': '' }),
        theme,
        h('button', { type: 'button', class: 'quiet tool', 'data-language-toggle': '', lang: lang === 'zh' ? 'en' : 'zh-Hans', onclick: toggleLanguage }, t('language_toggle'))));
    document.getElementById('app').replaceChildren(bar, this.banner, this.tabs, this.row);
    addEventListener('keydown', (e) => this.key(e));
    narrow.addEventListener('change', () => this.active && this.activate(this.active, true));
    new ResizeObserver(() => this.crowd()).observe(this.row);
  }

  // crowd shows the switcher when the phones do not all fit.
  crowd() {
    const app = document.getElementById('app');
    app.classList.toggle('crowded', narrow.matches || this.row.scrollWidth > this.row.clientWidth + 1);
  }

  // welcome says once what this is; it stays away after it was dismissed.
  welcome() {
    if (localStorage.getItem('huiyin.welcome') === 'seen') return;
    const first = [...this.phones.values()].find((p) => p.who.role === 'employee');
    const strip = h('aside', { class: 'welcome', 'aria-label': t('welcome'), 'data-welcome': '' },
      h('p', {}, t('welcome_what'), ' ', h('b', {}, first ? t('welcome_try', { name: first.who.name }) : t('welcome_try_plain'))),
      h('button', {
        type: 'button', class: 'quiet', 'data-dismiss': '',
        onclick: () => {
          localStorage.setItem('huiyin.welcome', 'seen');
          strip.remove();
        },
      }, t('dismiss')));
    this.tabs.before(strip);
  }

  add(who) {
    if (this.phones.has(who.id)) return this.phones.get(who.id);
    const phone = new Phone(who, this.hooks);
    phone.tab = h('button', { type: 'button', class: 'tab', 'data-tab': who.id, onclick: () => this.activate(phone, true) },
      h('span', { class: 'disc', 'aria-hidden': 'true' }, initial(who.name)),
      h('span', { class: 'tab-lines' }, h('b', { dir: 'auto' }, who.name), h('span', {}, roleName(who.role))),
      phone.badge = h('span', { class: 'badge', hidden: true }));
    this.phones.set(who.id, phone);
    this.tabs.append(phone.tab);
    this.row.append(phone.root);
    this.crowd();
    if (!this.active) this.activate(phone, false);
    this.streams.add(who.id);
    phone.load();
    return phone;
  }

  // activate makes a phone the one that is used; show also brings it into view.
  activate(phone, show) {
    const change = this.active !== phone;
    this.active = phone;
    this.streams.touch(phone.id);
    phone.unread = 0;
    this.unread(phone);
    if (change) {
      for (const p of this.phones.values()) {
        p.root.classList.toggle('active', p === phone);
        if (p === phone) p.tab.setAttribute('aria-current', 'true');
        else p.tab.removeAttribute('aria-current');
      }
    }
    if (!show) return;
    phone.root.scrollIntoView({ inline: 'center', block: 'nearest' });
    phone.tab.scrollIntoView({ inline: 'nearest', block: 'nearest' });
    if (change) {
      phone.list.toEnd(false);
      phone.composer.refresh();
    }
  }

  // unread shows on the switcher what came to a phone that is out of sight.
  unread(phone) {
    if (phone === this.active) phone.unread = 0;
    phone.badge.hidden = phone.unread === 0;
    phone.badge.textContent = phone.unread;
    phone.badge.setAttribute('aria-label', t('unread', { n: phone.unread }));
  }

  event(id, kind, data) {
    const phone = this.phones.get(id);
    if (!phone) return;
    phone.event(kind, data);
    if (kind === 'phone') this.refresh();
  }

  async resync(id) {
    const phone = this.phones.get(id);
    if (phone) await phone.load();
    this.banner.hidden = ![...this.phones.values()].every((p) => p.offline);
    if (this.banner.hidden) this.refresh();
  }

  remove(phone) {
    this.phones.delete(phone.id);
    this.streams.remove(phone.id);
    phone.root.remove();
    phone.tab.remove();
    if (this.active === phone && this.phones.size) this.activate([...this.phones.values()][0], true);
    this.crowd();
  }

  // refresh follows phones made by others, such as a script, or gone with a restart.
  async refresh() {
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      const there = await api.phones();
      for (const who of there) this.add(who);
      for (const phone of this.phones.values()) if (!there.some((who) => who.id === phone.id)) this.remove(phone);
    } catch (err) {
      if (!(err instanceof api.ApiError)) throw err;
    } finally {
      this.refreshing = false;
    }
  }

  askPhone() {
    askPhone(async (values) => {
      try {
        const phone = this.add(await api.addPhone(values));
        this.activate(phone, true);
        return null;
      } catch (err) {
        if (!(err instanceof api.ApiError)) throw err;
        return t('failed', { why: err.message });
      }
    });
  }

  askGroup() {
    askGroup([...this.phones.values()], async (title, ids) => {
      try {
        await api.addGroup(title, ids);
        for (const id of ids) this.phones.get(id).refreshChats();
        return null;
      } catch (err) {
        if (!(err instanceof api.ApiError)) throw err;
        return t('failed', { why: err.message });
      }
    });
  }

  key(e) {
    if (!e.altKey || e.ctrlKey || e.metaKey || !/^Digit[1-9]$/.test(e.code)) return;
    const phone = [...this.phones.values()][Number(e.code.slice(5)) - 1];
    if (!phone) return;
    e.preventDefault();
    this.activate(phone, true);
    (phone.big.hidden ? phone.composer.box : phone.big.querySelector('button')).focus();
  }
}

async function run() {
  document.documentElement.lang = lang === 'zh' ? 'zh-Hans' : 'en';
  document.title = t('title');
  const app = document.getElementById('app');
  try {
    const [info, phones] = await Promise.all([api.info(), api.phones()]);
    const page = new Page(info);
    for (const who of phones) page.add(who);
    page.welcome();
    document.documentElement.dataset.ready = '';
  } catch (err) {
    if (!(err instanceof api.ApiError)) throw err;
    app.replaceChildren(h('p', { class: 'notice', role: 'alert' }, t('offline')));
    setTimeout(run, 2000);
  }
}

run();
