// The page is rendered by the server. This file keeps it live: messages arrive by
// server-sent events as finished list items, and anything else that changed is
// read again as a whole.
import { keepWriting } from "./write.js";

const live = document.getElementById("live");
const announce = document.getElementById("announce");
const maxBubbles = 200;
let last = Number(document.body.dataset.last);

const currentGroup = () => document.querySelector(".column")?.dataset.group
  ?? document.querySelector(".tabs a[aria-current]")?.dataset.group;

function toEnd(list) {
  list.scrollTop = list.scrollHeight;
}

function arrive(list, html, member) {
  if (list.querySelector(`[data-id="${html.dataset.id}"]`)) return;
  const near = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const item = html.cloneNode(true);
  item.classList.toggle("mine", item.dataset.from === member);
  item.classList.add("arriving");
  list.append(item);
  while (list.children.length > maxBubbles) list.firstElementChild.remove();
  if (near) toEnd(list);
}

// markTab counts what arrived in a group that is not in view.
function markTab(group) {
  for (const tab of document.querySelectorAll(".tabs a")) {
    if (tab.dataset.group !== group) continue;
    const fresh = tab.querySelector(".fresh");
    const n = Number(fresh.textContent) + 1;
    fresh.textContent = n;
    fresh.setAttribute("aria-label", `${n} new`);
    fresh.hidden = false;
  }
}

// whom says in words who received a message.
function whom(message) {
  switch (message.reason) {
    case "targeted": return `to ${message.recipients.join(", ") || "nobody"}`;
    case "broadcast": return "to everybody";
    case "direct": return `to ${message.to} alone`;
    default: return "on the own screen alone";
  }
}

function show(event) {
  last = Number(event.lastEventId);
  const { message, html } = JSON.parse(event.data);
  if (message.group && message.group !== currentGroup()) return markTab(message.group);
  const template = document.createElement("template");
  template.innerHTML = html;
  const item = template.content.firstElementChild;
  const receivers = new Set(message.recipients);
  for (const column of document.querySelectorAll(".column")) {
    if (receivers.has(column.dataset.member)) {
      arrive(column.querySelector(".messages"), item, column.dataset.member);
    }
  }
  announce.textContent = `${message.from} ${whom(message)}: ${message.text}`;
}

// refresh reads the page again and keeps what is being written and where one is.
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = document.getElementById("main");
  const again = keepWriting();
  const left = main.querySelector(".columns")?.scrollLeft;
  const scrolled = new Map();
  for (const list of main.querySelectorAll(".messages")) {
    if (list.scrollHeight - list.scrollTop - list.clientHeight >= 80) {
      scrolled.set(list.closest(".column").dataset.member, list.scrollTop);
    }
  }
  main.replaceWith(document.adoptNode(fresh.getElementById("main")));
  for (const list of document.querySelectorAll(".messages")) {
    const top = scrolled.get(list.closest(".column").dataset.member);
    if (top === undefined) toEnd(list);
    else list.scrollTop = top;
  }
  again();
  const columns = document.querySelector(".columns");
  if (columns && left) columns.scrollLeft = left;
}

let refreshing;
function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(refresh, 60);
}

function connect() {
  const stream = new EventSource(`/sim/stream?after=${last}`);
  const state = (on, text) => {
    live.classList.toggle("on", on);
    live.querySelector("dd").textContent = text;
  };
  stream.addEventListener("open", () => state(true, "live"));
  stream.addEventListener("message", show);
  stream.addEventListener("world", refreshSoon);
  stream.addEventListener("error", () => {
    state(false, "connecting");
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 1500);
  });
}

document.querySelectorAll(".messages").forEach(toEnd);
connect();
