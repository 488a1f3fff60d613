// What can be done with a chat and with a message.

import * as api from './api.js';
import { summary } from './bubble.js';
import { confirmThen, openMenu } from './popup.js';
import { t } from './text.js';

// chatMenu is the menu in the header of a chat.
export function chatMenu(phone) {
  const items = [];
  const privately = phone.here().type === 'private';
  if (privately) {
    items.push({ id: 'start', label: t('send_start'), icon: 'send', run: () => phone.start('') });
    items.push(phone.blocked
      ? { id: 'unblock', label: t('unblock'), icon: 'check', run: () => phone.try(() => phone.setBlocked(false)) }
      : { id: 'block', label: t('block'), icon: 'block', danger: true, run: () => confirmThen(t('block_sure', { name: phone.who.name }), t('block'), () => phone.try(() => phone.setBlocked(true))) });
  }
  items.push({ id: 'chats', label: t('chats'), icon: 'group', run: () => phone.showChats() });
  openMenu(phone.menuButton, items, t('chat_menu'));
}

// messageMenu is what can be done with one message.
export function messageMenu(phone, m, at) {
  if (!m) return;
  const items = [{ id: 'reply', label: t('reply'), icon: 'reply', run: () => phone.composer.startReply(m) }];
  const words = m.text || m.caption;
  if (words && !m.protected) items.push({ id: 'copy', label: t('copy'), icon: 'copy', run: () => phone.copy(words) });
  if (m.from === 'me' && m.text) items.push({ id: 'edit', label: t('edit'), icon: 'edit', run: () => phone.composer.startEdit(m) });
  if (m.from === 'me' || phone.here().type === 'private') {
    items.push({ id: 'delete', label: t('delete'), icon: 'trash', danger: true, run: () => confirmThen(t('delete_sure'), t('delete'), () => phone.try(async () => {
      await api.remove(phone.id, phone.chat, m.id);
      phone.drop(m.id);
    })) });
  }
  openMenu(at, items, `${t('actions')}: ${summary(m)}`);
}
