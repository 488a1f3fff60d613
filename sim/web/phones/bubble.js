// One message, or one album, as it looks on a phone.

import { fileURL } from './api.js';
import { h, icon, languageOf } from './dom.js';
import { openDialog } from './popup.js';
import { fragment, plain, safeURL, startPayload } from './sanitize.js';
import { fullTimeOf, kindName, sizeOf, t, timeOf } from './text.js';

// summary is the one line that stands for a message in quotes and lists.
export function summary(m) {
  const kind = m.media ? kindName(m.media.kind) : '';
  const line = [kind, words(m)].filter(Boolean).join(' · ').replace(/\s+/g, ' ');
  return line.length > 120 ? `${[...line].slice(0, 119).join('')}…` : line || t('kind_other');
}

// bubble builds the body of a block. block: {messages, quote, showSender}; ctx: see MessageList.
export function bubble(block, ctx) {
  const first = block.messages[0];
  const last = block.messages[block.messages.length - 1];
  const who = first.from === 'me' ? t('you') : first.sender || ctx.botName;
  const parts = [h('span', { class: block.showSender ? 'sender' : 'sender unseen' }, who)];
  if (first.forwarded) parts.push(h('span', { class: 'forwarded', dir: 'auto' }, t('forwarded', { name: first.forwarded })));
  if (block.quote !== undefined) parts.push(quote(block.quote, first.reply_to, ctx));
  parts.push(...media(block.messages));
  for (const m of block.messages) {
    const text = words(m);
    if (!text) continue;
    parts.push(h('div', { class: 'text', dir: 'auto', lang: languageOf(text, ctx.reader) }, body(m, ctx)));
  }
  parts.push(meta(last, block.messages));
  return h('div', { class: 'bubble' }, parts);
}

// words is what a message says. Telegram shows its sender no start payload.
function words(m) {
  const text = m.text || m.caption || '';
  return m.from === 'me' ? text.replace(/^(\/start) \S+$/, '$1') : text;
}

function body(m, ctx) {
  const hooks = {
    username: ctx.botUsername,
    start: ctx.start,
    command: m.from === 'me' ? null : ctx.command,
  };
  // html covers the text or, when there is none, the caption.
  const cut = words(m) !== (m.text || m.caption);
  return m.html && !cut ? fragment(m.html, hooks) : plain(words(m), hooks);
}

function quote(target, id, ctx) {
  const who = target ? (target.from === 'me' ? t('you') : target.sender || ctx.botName) : '';
  return h('button', { type: 'button', class: 'quote', onclick: () => ctx.jump(id) },
    h('span', { class: 'unseen' }, `${t('in_reply')} `),
    who ? h('b', {}, who) : null,
    h('span', { dir: 'auto' }, target ? summary(target) : t('gone')));
}

function meta(m, all) {
  const date = new Date(m.date);
  return h('div', { class: 'meta' },
    all.some((x) => x.protected) ? h('span', { class: 'protected' }, icon('lock'), t('protected')) : null,
    all.some((x) => x.edited) ? h('span', { class: 'edited' }, t('edited')) : null,
    h('time', { datetime: m.date, title: fullTimeOf(date) }, timeOf(date)));
}

const SEEN = new Set(['photo', 'video', 'animation', 'video_note']);

function media(messages) {
  const seen = messages.filter((m) => m.media && m.media.file_id && SEEN.has(m.media.kind));
  const rest = messages.filter((m) => m.media && !seen.includes(m));
  const parts = [];
  if (seen.length) parts.push(h('div', { class: seen.length > 1 ? 'shots grid' : 'shots', 'data-count': seen.length }, seen.map((m) => shot(m))));
  for (const m of rest) parts.push(attachment(m));
  return parts;
}

function shot(m) {
  const f = m.media;
  const src = fileURL(f.file_id);
  const name = m.caption || f.name || kindName(f.kind);
  if (f.kind !== 'photo') {
    return h('video', { src, controls: true, preload: 'metadata', 'aria-label': name, 'data-media': f.kind, 'data-file': f.file_id });
  }
  const size = f.width && f.height ? { width: f.width, height: f.height } : {};
  const img = h('img', { src, alt: name, loading: 'lazy', ...size });
  return h('button', { type: 'button', class: 'shot', 'aria-label': `${t('view_photo')}: ${name}`, 'data-media': 'photo', 'data-file': f.file_id, onclick: () => lightbox(src, name) }, img);
}

function lightbox(src, name) {
  openDialog(name, (close) => [
    h('img', { src, alt: name }),
    h('div', { class: 'dialog-buttons' },
      h('a', { class: 'quiet', href: src, download: '' }, t('download')),
      h('button', { type: 'button', class: 'primary', autofocus: true, onclick: close }, t('close'))),
  ], { class: 'lightbox', lightDismiss: true });
}

const SIGNS = { voice: 'mic', audio: 'mic', location: 'pin', contact: 'user', sticker: 'star', photo: 'image', video: 'image' };

function attachment(m) {
  const f = m.media;
  if (f.file_id && (f.kind === 'voice' || f.kind === 'audio')) {
    return h('div', { class: 'voice', 'data-media': f.kind, 'data-file': f.file_id },
      h('span', { class: 'voice-name' }, icon('mic'), f.kind === 'audio' && f.name ? f.name : kindName(f.kind)),
      h('audio', { src: fileURL(f.file_id), controls: true, preload: 'metadata', 'aria-label': kindName(f.kind) }));
  }
  const lines = [h('span', { class: 'file-name', dir: 'auto' }, f.name || kindName(f.kind)),
    h('span', { class: 'file-size' }, [f.name ? kindName(f.kind) : '', sizeOf(f.size)].filter(Boolean).join(' · '))];
  const sign = h('span', { class: 'file-sign' }, icon(SIGNS[f.kind] || 'file'));
  if (f.kind === 'document' && f.file_id) {
    return h('a', { class: 'file', href: fileURL(f.file_id), download: f.name || '', 'data-media': f.kind, 'data-file': f.file_id }, sign, h('span', { class: 'file-lines' }, lines, h('span', { class: 'unseen' }, t('download'))));
  }
  return h('div', { class: 'file', 'data-media': f.kind, 'data-file': f.file_id }, sign, h('span', { class: 'file-lines' }, lines));
}

// board builds the inline keyboard of a message.
export function board(m, ctx) {
  return h('div', { class: 'board' }, m.buttons.map((row, r) => h('div', { class: 'board-row' }, row.map((b, c) => button(m, b, r, c, ctx)))));
}

function button(m, b, row, col, ctx) {
  const hook = { class: 'board-button', 'data-row': row, 'data-col': col, lang: languageOf(b.text, ctx.reader) };
  const label = h('span', { dir: 'auto' }, b.text);
  if (b.copy) {
    return h('button', { ...hook, type: 'button', 'data-button': 'copy', onclick: () => ctx.copy(b.copy) }, label, icon('copy'), h('span', { class: 'unseen' }, ` (${t('copies')})`));
  }
  if (b.url) {
    const payload = startPayload(b.url, ctx.botUsername);
    if (payload !== null) return h('button', { ...hook, type: 'button', 'data-button': 'start', onclick: () => ctx.start(payload) }, label);
    const href = safeURL(b.url);
    if (!href) return h('button', { ...hook, type: 'button', 'data-button': 'url', disabled: true }, label);
    return h('a', { ...hook, 'data-button': 'url', href, target: '_blank', rel: 'noopener noreferrer nofollow' }, label, icon('link'), h('span', { class: 'unseen' }, ` (${t('opens_link')})`));
  }
  return h('button', { ...hook, type: 'button', 'data-button': 'data', 'data-callback': b.data, onclick: (e) => ctx.press(m, b.data || '', e.currentTarget) }, label);
}
