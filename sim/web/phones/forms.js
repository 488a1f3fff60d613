// The page's own dialogs: add a phone, make a group, help.

import { h } from './dom.js';
import { openDialog } from './popup.js';
import { lang, roleName, t } from './text.js';

const LANGUAGES = [['zh-hans', '中文（简体）'], ['en', 'English'], ['zh-hant', '中文（繁體）'], ['es', 'Español'], ['fr', 'Français'], ['ar', 'العربية'], ['vi', 'Tiếng Việt'], ['id', 'Bahasa Indonesia']];

function field(label, control) {
  return h('label', { class: 'field' }, h('span', {}, label), control);
}

function select(name, options) {
  return h('select', { name }, options.map(([value, label]) => h('option', { value }, label)));
}

// form shows fields in a dialog; submit(values) returns an error sentence or nothing.
function form(title, fields, action, submit) {
  openDialog(title, (close) => {
    const error = h('p', { class: 'error', role: 'alert' });
    const body = h('form', {
      method: 'dialog',
      onsubmit: async (e) => {
        e.preventDefault();
        const why = await submit(new FormData(body));
        if (why) error.textContent = why;
        else close();
      },
    }, h('h2', {}, title), fields, error, h('div', { class: 'dialog-buttons' },
      h('button', { type: 'button', class: 'quiet', onclick: close }, t('cancel')),
      h('button', { type: 'submit', class: 'primary', 'data-submit': '' }, action)));
    return [body];
  });
}

// askPhone asks for a new phone; add({name, username, language, role}) does it.
export function askPhone(add) {
  form(t('add_phone'), [
    field(t('name'), h('input', { name: 'name', required: true, maxlength: '64', autocomplete: 'off', autofocus: true })),
    field(t('username'), h('input', { name: 'username', pattern: '[A-Za-z][A-Za-z0-9_]{3,31}', maxlength: '32', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' })),
    field(t('language'), select('language', lang === 'zh' ? LANGUAGES : [LANGUAGES[1], LANGUAGES[0], ...LANGUAGES.slice(2)])),
    field(t('role'), select('role', ['employee', 'whistleblower', 'officer', 'lead', 'leader', 'other'].map((r) => [r, roleName(r)]))),
  ], t('add'), (data) => add(Object.fromEntries(data)));
}

// askGroup asks for a group's title and members; add(title, ids) does it.
export function askGroup(phones, add) {
  form(t('new_group'), [
    field(t('group_title'), h('input', { name: 'title', required: true, maxlength: '128', autocomplete: 'off', autofocus: true })),
    h('fieldset', {}, h('legend', {}, t('group_members')), phones.map((p) => h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'member', value: p.id, checked: p.who.role === 'officer' }), h('span', {}, p.who.name)))),
  ], t('create'), (data) => add(data.get('title'), data.getAll('member').map(Number)));
}

// showHelp lists the shortcuts and the stand-in's own notes.
export function showHelp(notes) {
  const rows = [['Enter', 'sc_enter'], ['Shift + Enter', 'sc_shift_enter'], ['/', 'sc_slash'], ['↑', 'sc_up'], ['Alt + 1…9', 'sc_alt'], ['↑ ↓', 'sc_arrows'], ['Enter / Shift + F10', 'sc_menu'], ['Esc', 'sc_esc']];
  openDialog(t('help'), (close) => [
    h('h2', {}, t('help')),
    h('p', { class: 'dialog-text' }, t('help_text')),
    ...notes.map((n) => h('p', { class: 'dialog-text' }, n)),
    h('h3', {}, t('shortcuts')),
    h('dl', { class: 'shortcuts' }, rows.map(([keys, what]) => [h('dt', {}, h('kbd', {}, keys)), h('dd', {}, t(what))])),
    h('div', { class: 'dialog-buttons' }, h('button', { type: 'button', class: 'primary', autofocus: true, onclick: close }, t('close'))),
  ], { lightDismiss: true });
}
