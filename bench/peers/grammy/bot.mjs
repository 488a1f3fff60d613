// The intake as grammY's documentation teaches it: a conversation of the conversations plugin, whose state is kept in Redis by
// the storage adapter, and webhookCallback.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { conversations, createConversation } from "@grammyjs/conversations";
import { RedisAdapter } from "@grammyjs/storage-redis";
import { Bot, webhookCallback } from "grammy";
import { Redis } from "ioredis";
import pg from "pg";

const { TOKEN, API_URL, REDIS_URL, DATABASE_URL, LISTEN, SECRET, INTAKE } = process.env;
const { steps } = JSON.parse(readFileSync(INTAKE, "utf8"));
const pool = new pg.Pool({ connectionString: DATABASE_URL });
const escape = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const cut = (s) => (s.length > 160 ? s.slice(0, 159) + "…" : s);

const extra = steps.map((step) => ({
  parse_mode: "HTML",
  link_preview_options: { is_disabled: true },
  reply_markup: {
    inline_keyboard: step.rows.map((row) => row.map((text) => ({ text, callback_data: `${step.id}.${text}`.slice(0, 30) }))),
  },
}));

const question = (n, answers) =>
  n < steps.length - 1
    ? steps[n].text
    : steps[n].text + "\n\n" + steps.slice(0, n).map((s) => `<b>${s.id}</b>: ${escape(cut(answers[s.id]))}`).join("\n");

async function intake(conversation, ctx) {
  const answers = {};
  let edit = false;
  for (let n = 0; n < steps.length; n++) {
    if (edit) await ctx.editMessageText(question(n, answers), extra[n]);
    else await ctx.reply(question(n, answers), extra[n]);
    if (steps[n].press) {
      ctx = await conversation.waitForCallbackQuery(new RegExp(`^${steps[n].id}\\.`));
      answers[steps[n].id] = ctx.callbackQuery.data.split(".")[1];
      await ctx.answerCallbackQuery();
      edit = true;
    } else {
      ctx = await conversation.waitFor("message:text");
      answers[steps[n].id] = ctx.message.text;
      edit = false;
    }
  }
  const id = await conversation.external(async () => {
    const { rows } = await pool.query("INSERT INTO filings (chat, answers) VALUES ($1, $2) RETURNING id", [ctx.chat.id, answers]);
    return rows[0].id;
  });
  await ctx.editMessageText("Sent. Thank you for speaking up.");
  await ctx.reply(`<b>Your case is ${id}</b>`, { parse_mode: "HTML" });
}

const bot = new Bot(TOKEN, { client: { apiRoot: API_URL } });
const storage = new RedisAdapter({ instance: new Redis(REDIS_URL) });
bot.use(conversations({ storage: { type: "key", version: 0, adapter: storage } }));
bot.use(createConversation(intake));
bot.command("start", (ctx) => ctx.reply("Tell us what is wrong."));
bot.command("new", (ctx) => ctx.conversation.enter("intake"));
bot.catch((err) => console.error(err.message));

const [host, port] = LISTEN.split(":");
await bot.api.setWebhook(`http://${LISTEN}/telegram`, { secret_token: SECRET });
createServer(webhookCallback(bot, "http", { secretToken: SECRET })).listen(Number(port), host);
