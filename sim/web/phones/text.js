// Every word of the page itself, in Chinese and English: key → [中文, English].

const STRINGS = {
  title: ['回音 · 手机演示', 'Huiyin · phones'],
  brand: ['回音', 'Huiyin'],
  tagline: ['件件有着落，事事有回音', 'Every matter lands, every voice gets an echo'],
  welcome_what: ['这些手机连着同一个机器人：员工提诉求，办案人员来处理，一切都在这台电脑里。', 'These phones talk to one bot: employees file grievances, officers work on them, all inside this computer.'],
  welcome_try: ['先在 {name} 的手机上点“开始”，答完提交，再到办案人员的手机上接办。', 'Tap START on {name}’s phone, answer and submit, then take the case on an officer’s phone.'],
  welcome_try_plain: ['先在任意一部手机上点“开始”。', 'Tap START on any phone to begin.'],
  dismiss: ['知道了', 'Got it'],
  welcome: ['欢迎', 'Welcome'],
  language_toggle: ['English', '中文'],
  theme_dark: ['切换到深色', 'Switch to dark'],
  theme_light: ['切换到浅色', 'Switch to light'],
  help: ['帮助与快捷键', 'Help and shortcuts'],
  add_phone: ['添加手机', 'Add a phone'],
  new_group: ['新建群组', 'New group'],
  group_title: ['群组名称', 'Group name'],
  group_members: ['成员', 'Members'],
  phones: ['手机', 'Phones'],
  name: ['姓名', 'Name'],
  username: ['用户名（可不填）', 'Username (optional)'],
  language: ['语言', 'Language'],
  role: ['身份', 'Role'],
  role_employee: ['员工', 'Employee'],
  role_whistleblower: ['举报人', 'Whistleblower'],
  role_officer: ['办案人员', 'Officer'],
  role_lead: ['负责人', 'Lead'],
  role_leader: ['领导', 'Leader'],
  role_other: ['其他', 'Other'],
  add: ['添加', 'Add'],
  create: ['创建', 'Create'],
  cancel: ['取消', 'Cancel'],
  ok: ['好', 'OK'],
  close: ['关闭', 'Close'],
  phone_of: ['{name} 的手机（{role}）', '{name}’s phone ({role})'],
  unread: ['{n} 条未读', '{n} unread'],
  bot: ['机器人', 'bot'],
  blocked: ['已停用机器人', 'bot blocked'],
  group: ['群组', 'group'],
  connecting: ['正在连接…', 'connecting…'],
  action_typing: ['正在输入…', 'typing…'],
  action_upload_photo: ['正在发送照片…', 'sending a photo…'],
  action_upload_document: ['正在发送文件…', 'sending a file…'],
  action_upload_voice: ['正在发送语音…', 'sending a voice message…'],
  action_other: ['正在处理…', 'working…'],
  chats: ['全部聊天', 'All chats'],
  chat_menu: ['聊天菜单', 'Chat menu'],
  block: ['停用机器人', 'Block the bot'],
  unblock: ['恢复机器人', 'Unblock the bot'],
  block_sure: ['停用后，机器人不能再给{name}发消息。', 'The bot can no longer write to {name} once blocked.'],
  send_start: ['重新开始（/start）', 'Start again (/start)'],
  messages: ['与{name}的消息', 'Messages with {name}'],
  empty_title: ['这里可以做什么？', 'What can this bot do?'],
  empty_text: ['点下方的“开始”，机器人会一步一步带你走。', 'Press START below and the bot will lead you step by step.'],
  empty_join: ['这部手机的主人收到了邀请：先点上方的“{label}”。', 'This phone has an invitation: press “{label}” above first.'],
  start: ['开始', 'START'],
  today: ['今天', 'Today'],
  yesterday: ['昨天', 'Yesterday'],
  you: ['我', 'You'],
  forwarded: ['转发自 {name}', 'Forwarded from {name}'],
  edited: ['已编辑', 'edited'],
  protected: ['禁止转发', 'protected'],
  newer: ['新消息', 'New messages'],
  newer_n: ['{n} 条新消息', '{n} new'],
  actions: ['消息操作', 'Message actions'],
  reply: ['回复', 'Reply'],
  reply_to: ['回复', 'Reply to'],
  in_reply: ['回复消息：', 'In reply to:'],
  gone: ['消息已不在', 'message is gone'],
  edit: ['编辑', 'Edit'],
  editing: ['正在编辑', 'Editing'],
  copy: ['复制文字', 'Copy text'],
  copied: ['已复制', 'Copied'],
  copy_failed: ['浏览器不允许复制', 'The browser did not allow copying'],
  delete: ['删除', 'Delete'],
  delete_sure: ['这条消息会在双方的聊天里删除。', 'The message will be deleted for both sides.'],
  button_gone: ['这个按钮已经不在了', 'That button is no longer there'],
  opens_link: ['打开链接', 'opens a link'],
  copies: ['复制', 'copies text'],
  write: ['输入消息', 'Message'],
  write_to: ['给{name}写消息', 'Message to {name}'],
  send: ['发送', 'Send'],
  save: ['保存修改', 'Save changes'],
  attach: ['附件', 'Attach'],
  attach_photo: ['照片或视频', 'Photo or video'],
  attach_document: ['文件', 'File'],
  attach_voice: ['语音（音频文件）', 'Voice (audio file)'],
  odd: ['试试别的', 'Try something odd'],
  attached: ['待发送的附件', 'Attachments to send'],
  remove: ['移除{name}', 'Remove {name}'],
  caption: ['添加说明', 'Add a caption'],
  drop: ['松开即可添加', 'Drop to attach'],
  commands: ['命令', 'Commands'],
  no_commands: ['还没有命令', 'No commands yet'],
  show_keyboard: ['回复键盘', 'Reply keyboard'],
  kind_photo: ['照片', 'Photo'],
  kind_document: ['文件', 'File'],
  kind_voice: ['语音', 'Voice message'],
  kind_audio: ['音频', 'Audio'],
  kind_video: ['视频', 'Video'],
  kind_video_note: ['视频留言', 'Video message'],
  kind_animation: ['动图', 'Animation'],
  kind_sticker: ['贴纸', 'Sticker'],
  kind_location: ['位置', 'Location'],
  kind_contact: ['联系人', 'Contact'],
  kind_poll: ['投票', 'Poll'],
  kind_dice: ['骰子', 'Dice'],
  kind_other: ['消息', 'Message'],
  view_photo: ['查看照片', 'View photo'],
  download: ['下载', 'Download'],
  spoiler: ['隐藏的内容，按下显示', 'Hidden text, press to show'],
  on_phone: ['{name} 的手机', '{name}’s phone'],
  failed: ['没有成功：{why}', 'That did not work: {why}'],
  offline: ['连不上模拟服务器，正在重试…', 'The stand-in server is away; trying again…'],
  retry: ['重试', 'Try again'],
  expand: ['展开全部', 'Show all'],
  shortcuts: ['快捷键', 'Shortcuts'],
  sc_enter: ['发送', 'Send'],
  sc_shift_enter: ['换行', 'New line'],
  sc_slash: ['输入框为空时：列出命令', 'In an empty message: list the commands'],
  sc_up: ['输入框为空时：编辑上一条自己的消息', 'In an empty message: edit your last one'],
  sc_alt: ['转到第几部手机', 'Go to that phone'],
  sc_arrows: ['在消息之间移动', 'Move between messages'],
  sc_menu: ['打开所在消息的操作菜单', 'Open the menu of the message'],
  sc_esc: ['关闭菜单、回复或编辑', 'Close a menu, a reply or an edit'],
  help_text: ['每部手机只看到它的主人会看到的内容。右键、长按或“⋮”可以回复、编辑或删除消息；文件可以拖进来或粘贴。', 'Each phone shows what its owner would see. Right-click, press and hold, or use “⋮” to reply, edit or delete; files can be dropped or pasted in.'],
};

const KEY = 'huiyin.lang';

function choose() {
  const kept = localStorage.getItem(KEY);
  if (kept === 'zh' || kept === 'en') return kept;
  return /^zh\b/i.test(navigator.language || '') ? 'zh' : 'en';
}

export const lang = choose();
export const locale = lang === 'zh' ? 'zh-CN' : 'en-GB';

// t gives the words for a key, with {name}-style places filled in.
export function t(key, values) {
  const pair = STRINGS[key];
  if (!pair) return key;
  const words = lang === 'zh' ? pair[0] : pair[1];
  return words.replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? values[name] : all));
}

// known tells whether a key has words, for labels that come from data.
export function known(key) {
  return key in STRINGS;
}

// roleName turns the server's free role label into words.
export function roleName(role) {
  return known('role_' + role) ? t('role_' + role) : role || t('role_other');
}

// kindName names a kind of attachment.
export function kindName(kind) {
  return known('kind_' + kind) ? t('kind_' + kind) : t('kind_other');
}

// toggleLanguage keeps the other language and reloads: drafts are kept per tab.
export function toggleLanguage() {
  localStorage.setItem(KEY, lang === 'zh' ? 'en' : 'zh');
  location.reload();
}

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(locale, { weekday: 'short', month: 'long', day: 'numeric' });
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' });

export const timeOf = (date) => clock.format(date);
export const fullTimeOf = (date) => full.format(date);

// dayOf names a day as seen from now (the server's clock, which tests may move).
export function dayOf(date, now) {
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((midnight(now) - midnight(date)) / 86400000);
  if (days === 0) return t('today');
  if (days === 1) return t('yesterday');
  return day.format(date);
}

// sizeOf writes a number of bytes for people.
export function sizeOf(bytes) {
  if (!bytes) return '';
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
