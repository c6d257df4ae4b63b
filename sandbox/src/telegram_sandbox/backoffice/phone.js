"use strict";

const WORDS = {
  fr: {
    title: "Téléphone", subtitle: "Un Telegram d’essai : choisissez une personne et tenez son téléphone.",
    language: "Langue ", pick: "Choisissez une personne dans la liste.", search: "Chercher une personne",
    scan: "Scanner un code QR", code: (c) => `Code de connexion : ${c}`,
    open: "Ouvrir", link: "Coller un lien t.me…", no_chats: "Aucune conversation pour l’instant.",
    rename: "Renommer", leave: "Quitter le groupe", join_call: "Entrer dans l’appel",
    leave_call: "Quitter l’appel", send: "Envoyer", message: "Message", members: n => `${n} membres`,
    call: "Appel vidéo en cours", alone: "personne pour l’instant", new_title: "Nouveau titre du groupe :",
    kilobytes: "Ko", nobody: "Personne n’a encore de compte Telegram ici.",
    asked: "Demande envoyée : un administrateur doit l’accepter.",
    actions: {
      MessageActionChannelCreate: "Groupe créé", MessageActionChatEditTitle: m => `Nouveau titre : ${m.detail}`,
      MessageActionChatAddUser: "a été ajouté ou a rejoint le groupe", MessageActionChatDeleteUser: "est sorti du groupe",
      MessageActionChatJoinedByLink: "a rejoint le groupe par un lien",
      MessageActionChatJoinedByRequest: "a été admis dans le groupe",
      MessageActionGroupCall: m => m.duration === null ? "Appel vidéo commencé" : `Appel vidéo terminé (${m.duration} s)`,
      MessageActionPinMessage: "Message épinglé", MessageActionInviteToGroupCall: "Invitation à l’appel vidéo",
      MessageActionGroupCallScheduled: "Appel vidéo prévu",
    },
    refusals: {
      INVITE_REQUEST_SENT: null, INVITE_HASH_EXPIRED: "Ce lien n’est plus valable.",
      INVITE_HASH_INVALID: "Ce lien n’existe pas.", USER_ALREADY_PARTICIPANT: "Vous êtes déjà dans ce groupe.",
      CHAT_ADMIN_REQUIRED: "Il faut être administrateur.", CHAT_WRITE_FORBIDDEN: "Vous ne pouvez pas écrire ici.",
      GROUPCALL_INVALID: "Il n’y a pas d’appel.", LINK_UNKNOWN: "Ce n’est pas un lien Telegram.",
      NO_QR_CODE_SHOWN: "Aucun code QR n’est affiché en ce moment.",
      BOT_RESPONSE_TIMEOUT: "Le bot ne répond pas.",
      CHANNEL_PRIVATE: "Vous n’êtes plus dans ce groupe.", CHAT_NOT_MODIFIED: "C’est déjà le titre.",
    },
    refused: "Telegram refuse : ",
  },
  en: {
    title: "Phone", subtitle: "A Telegram to try things with: pick a person and hold their phone.",
    language: "Language ", pick: "Pick a person from the list.", search: "Find a person",
    scan: "Scan a QR code", code: (c) => `Login code: ${c}`,
    open: "Open", link: "Paste a t.me link…", no_chats: "No conversations yet.",
    rename: "Rename", leave: "Leave the group", join_call: "Join the call",
    leave_call: "Leave the call", send: "Send", message: "Message", members: n => `${n} members`,
    call: "Video call running", alone: "nobody yet", new_title: "New title of the group:",
    kilobytes: "KB", nobody: "Nobody has a Telegram account here yet.",
    asked: "Request sent: an administrator must accept it.",
    actions: {
      MessageActionChannelCreate: "Group created", MessageActionChatEditTitle: m => `New title: ${m.detail}`,
      MessageActionChatAddUser: "was added or joined", MessageActionChatDeleteUser: "is out of the group",
      MessageActionChatJoinedByLink: "joined by a link", MessageActionChatJoinedByRequest: "was let in",
      MessageActionGroupCall: m => m.duration === null ? "Video call started" : `Video call ended (${m.duration} s)`,
      MessageActionPinMessage: "Message pinned", MessageActionInviteToGroupCall: "Invitation to the video call",
      MessageActionGroupCallScheduled: "Video call scheduled",
    },
    refusals: {
      INVITE_REQUEST_SENT: null, INVITE_HASH_EXPIRED: "This link is no longer valid.",
      INVITE_HASH_INVALID: "There is no such link.", USER_ALREADY_PARTICIPANT: "You are in this group already.",
      CHAT_ADMIN_REQUIRED: "Only administrators may do that.", CHAT_WRITE_FORBIDDEN: "You may not write here.",
      GROUPCALL_INVALID: "There is no call.", LINK_UNKNOWN: "That is not a Telegram link.",
      NO_QR_CODE_SHOWN: "No QR code is shown just now.",
      BOT_RESPONSE_TIMEOUT: "The bot does not answer.",
      CHANNEL_PRIVATE: "You are no longer in this group.", CHAT_NOT_MODIFIED: "That is the title already.",
    },
    refused: "Telegram refuses: ",
  },
};

const $ = (selector) => document.querySelector(selector);
let words = WORDS.fr;
let people = [];
let person = null; // id of the person whose phone is held
let seen = null; // what the phone showed last
let chatId = null;

function speak(language) {
  words = WORDS[language] || WORDS.en;
  document.documentElement.lang = language;
  document.title = words.title;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = words[node.dataset.text];
  $("#search").placeholder = words.search;
  $("#open input").placeholder = words.link;
  $("#write input").placeholder = words.message;
  localStorage.setItem("language", language);
  showPeople();
  if (seen) show();
}

function toast(text) {
  $("#toast").textContent = text;
  $("#toast").classList.add("on");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => $("#toast").classList.remove("on"), 4000);
}

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

async function fetchJson(path, body) {
  const answer = await fetch(path, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  return answer.json();
}

async function act(action, body = {}) {
  const { refused } = await fetchJson(`phones/${person}/${action}`, body);
  if (refused === "INVITE_REQUEST_SENT") toast(words.asked);
  else if (refused) toast(words.refusals[refused] || words.refused + refused);
  await look();
}

async function loadPeople() {
  people = (await fetchJson("users")).filter((one) => !one.is_bot && !one.deleted);
  showPeople();
}

function showPeople() {
  const wanted = $("#search").value.toLowerCase();
  const list = $("#people ul");
  list.replaceChildren();
  for (const one of people.filter((p) => `${p.name} ${p.phone}`.toLowerCase().includes(wanted))) {
    const item = element("li", one.name, one.id === person ? "on" : "");
    item.append(element("small", one.phone ? `+${one.phone}` : ""));
    item.onclick = () => { person = one.id; chatId = null; seen = null; showPeople(); look(); };
    list.append(item);
  }
  if (!people.length) list.append(element("li", words.nobody));
}

async function look() {
  if (person === null) return;
  const held = person;
  const now = await fetchJson(`phones/${held}`);
  if (held !== person) return; // another phone was picked up meanwhile
  const changed = JSON.stringify(now) !== JSON.stringify(seen);
  seen = now;
  if (changed) show();
}

function show() {
  $("#nobody").hidden = true;
  $("#screen").hidden = false;
  $("#owner").textContent = seen.name;
  $("#no-chats").hidden = seen.chats.length > 0;
  if (!seen.chats.some((chat) => chat.id === chatId)) chatId = seen.chats.length ? seen.chats[0].id : null;
  $("#code").hidden = !seen.code;
  $("#code").textContent = seen.code ? words.code(seen.code) : "";
  const list = $("#chats");
  list.replaceChildren();
  for (const chat of seen.chats) {
    const item = element("li", chat.title, chat.id === chatId ? "on" : "");
    const last = chat.messages[chat.messages.length - 1];
    item.append(element("small", last ? last.text ?? spoken(last) : ""));
    item.onclick = () => { chatId = chat.id; show(); };
    list.append(item);
  }
  const chat = seen.chats.find((one) => one.id === chatId);
  $("article").hidden = !chat;
  if (chat) showChat(chat);
}

function spoken(message) {
  const word = words.actions[message.action];
  return typeof word === "function" ? word(message) : word || message.action;
}

function showChat(chat) {
  $("#head h2").textContent = chat.title;
  $("#members").textContent = chat.is_group ? words.members(chat.members) : "";
  $("#leave").hidden = !chat.is_group;
  $("#rename").hidden = !chat.may_rename;
  $("#call").hidden = !chat.call;
  if (chat.call) {
    $("#call strong").textContent = chat.call.title || words.call;
    $("#call span").textContent = chat.call.people.join(", ") || words.alone;
    $("#join-call").hidden = chat.call.inside;
    $("#leave-call").hidden = !chat.call.inside;
  }
  const list = $("#messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60 || list.dataset.chat !== String(chat.id);
  list.dataset.chat = chat.id;
  list.replaceChildren(...chat.messages.map((message) => shownMessage(chat, message)));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function shownMessage(chat, message) {
  if (message.action) {
    const named = message.action !== "MessageActionGroupCall" && message.action !== "MessageActionChatEditTitle";
    return element("li", `${named ? message.sender + " : " : ""}${spoken(message)}`, "action");
  }
  const item = element("li", undefined, message.out ? "out" : "");
  const time = new Date(message.date).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  item.append(element("time", time));
  if (chat.is_group && !message.out) item.append(element("b", message.sender));
  if (message.file) {
    const file = element("a", `${message.file.name} (${Math.ceil(message.file.size / 1024)} ${words.kilobytes})`, "file");
    file.href = `phones/${person}/files/${chat.id}/${message.id}`;
    item.append(file);
  }
  item.append(...formatted(new DOMParser().parseFromString(message.html, "text/html").body));
  if (message.buttons.length) {
    const keys = element("div", undefined, "keys");
    message.buttons.forEach((row, number) => {
      const line = element("div");
      row.forEach((one, place) => {
        const button = element("button", one.text);
        button.onclick = () => one.url ? act("open", { link: one.url })
          : act("press", { chat: chatId, message: message.id, row: number, place });
        line.append(button);
      });
      keys.append(line);
    });
    item.append(keys);
  }
  return item;
}

// Copies text and Telegram's few tags, whatever else the HTML says; addresses become links.
function formatted(parsed) {
  const nodes = [];
  for (const child of parsed.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      for (const part of child.data.split(/(https?:\/\/\S+)/)) nodes.push(/^https?:\/\//.test(part) && parsed.tagName !== "A" ? link(part) : part);
    } else if (["STRONG", "EM", "U", "DEL", "CODE", "PRE", "BLOCKQUOTE", "A"].includes(child.tagName)) {
      const address = child.getAttribute("href") || "";
      const node = /^(https?|tg|mailto):/.test(address) ? link(address) : element(child.tagName);
      node.replaceChildren(...formatted(child));
      nodes.push(node);
    }
  }
  return nodes;
}

function link(url) {
  const node = element("a", url);
  node.href = url;
  if (url.startsWith("https://t.me/")) node.onclick = (event) => { event.preventDefault(); act("open", { link: url }); };
  else { node.target = "_blank"; node.rel = "noopener noreferrer"; }
  return node;
}

$("#language").onchange = (event) => speak(event.target.value);
$("#search").oninput = showPeople;
$("#open").onsubmit = async (event) => {
  event.preventDefault();
  const input = $("#open input");
  await act("open", { link: input.value });
  input.value = "";
};
$("#scan").onclick = () => act("scan");
$("#write").onsubmit = async (event) => {
  event.preventDefault();
  const input = $("#write input");
  const text = input.value;
  input.value = "";
  await act("write", { chat: chatId, text });
};
$("#leave").onclick = () => act("leave", { chat: chatId });
$("#rename").onclick = () => {
  const title = prompt(words.new_title, $("#head h2").textContent);
  if (title) act("rename", { chat: chatId, title });
};
$("#join-call").onclick = () => act("join_call", { chat: chatId });
$("#leave-call").onclick = () => act("leave_call", { chat: chatId });

const language = new URLSearchParams(location.search).get("lang") || localStorage.getItem("language")
  || (navigator.language.startsWith("fr") ? "fr" : "en");
$("#language").value = language;
speak(language);
loadPeople();
// One look after the other: a slow answer is not asked for twice.
(async function follow() {
  for (;;) {
    await new Promise((done) => setTimeout(done, 1000));
    try { await look(); if (!people.length) await loadPeople(); } catch (error) { console.warn(error); }
  }
})();
