// Attachments of one phone: the paper-clip menu, the tray of files waiting to be
// sent, dropping and pasting.

import { h, icon, iconButton } from './dom.js';
import { openMenu } from './popup.js';
import { kindName, sizeOf, t } from './text.js';

const ODD = [['sticker', 'star'], ['location', 'pin'], ['contact', 'user'], ['poll', 'check'], ['dice', 'plus']];
const PHOTO_MAX = 10 * 1024 * 1024; // larger pictures go as files, as in Telegram

// kindOf says how a file dropped or picked as a picture is sent.
export function kindOf(file) {
  if (/^image\/(jpeg|png|webp|bmp|heic)/.test(file.type)) return file.size > PHOTO_MAX ? 'document' : 'photo';
  if (/^video\//.test(file.type)) return 'video';
  return 'document';
}

export class Attachments {
  // hooks: {changed(), odd(kind)}
  constructor(hooks) {
    this.hooks = hooks;
    this.items = []; // {file, kind, url}
    this.inputs = {
      photo: this.input('photo', 'image/*,video/*', kindOf),
      document: this.input('document', '', () => 'document'),
      voice: this.input('voice', 'audio/*,.ogg,.oga,.opus', () => 'voice'),
    };
    this.button = iconButton('clip', t('attach'), () => this.menu(), { 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'data-attach-menu': '' });
    this.tray = h('ul', { class: 'tray', 'aria-label': t('attached'), hidden: true });
  }

  input(kind, accept, as) {
    return h('input', {
      type: 'file', multiple: true, accept: accept || null, hidden: true, tabindex: '-1', 'data-attach': kind, 'aria-label': t(`attach_${kind}`),
      onchange: (e) => {
        this.add([...e.target.files], as);
        e.target.value = '';
      },
    });
  }

  nodes() {
    return [this.button, ...Object.values(this.inputs)];
  }

  menu() {
    const pick = (kind, sign) => ({ id: `attach-${kind}`, label: t(`attach_${kind}`), icon: sign, run: () => this.inputs[kind].click() });
    openMenu(this.button, [
      pick('photo', 'image'), pick('document', 'file'), pick('voice', 'mic'),
      { heading: t('odd') },
      ...ODD.map(([kind, sign]) => ({ id: `odd-${kind}`, label: kindName(kind), icon: sign, run: () => this.hooks.odd(kind) })),
    ], t('attach'));
  }

  add(files, as) {
    for (const file of files) this.items.push({ file, kind: (as || kindOf)(file), url: file.type.startsWith('image/') ? URL.createObjectURL(file) : null });
    this.show();
  }

  drop(item) {
    this.items = this.items.filter((x) => x !== item);
    if (item.url) URL.revokeObjectURL(item.url);
    this.show();
  }

  // take empties the tray and gives what was in it.
  take() {
    const items = this.items;
    this.items = [];
    this.show();
    for (const item of items) if (item.url) URL.revokeObjectURL(item.url);
    return items;
  }

  // restore puts back what could not be sent.
  restore(items) {
    this.items = [];
    this.add(items.map((i) => i.file), (file) => items.find((i) => i.file === file).kind);
  }

  show() {
    this.tray.hidden = this.items.length === 0;
    this.tray.replaceChildren(...this.items.map((item) => h('li', { class: 'tray-item' },
      item.url ? h('img', { src: item.url, alt: '' }) : h('span', { class: 'file-sign' }, icon(item.kind === 'voice' ? 'mic' : 'file')),
      h('span', { class: 'tray-lines' },
        h('span', { class: 'file-name', dir: 'auto' }, item.file.name),
        h('span', { class: 'file-size' }, `${kindName(item.kind)} · ${sizeOf(item.file.size)}`)),
      iconButton('close', t('remove', { name: item.file.name }), () => this.drop(item)))));
    this.hooks.changed();
  }
}

// parcels groups what is sent together as albums: pictures with pictures, files
// with files, at most ten; a voice message always goes alone.
export function parcels(items) {
  const out = [];
  const shown = (i) => i.kind === 'photo' || i.kind === 'video';
  for (const item of items) {
    const last = out[out.length - 1];
    const fits = last && last.length < 10 && item.kind !== 'voice' && last[0].kind !== 'voice' && shown(last[0]) === shown(item);
    if (fits) last.push(item);
    else out.push([item]);
  }
  return out;
}
