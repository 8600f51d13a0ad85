// The page is rendered by the server. This file keeps it live: messages arrive by
// server-sent events as finished list items, and anything else that changed is
// read again as a whole.
"use strict";

const live = document.getElementById("live");
const announce = document.getElementById("announce");
const notice = document.getElementById("notice");
const maxBubbles = 200;
let last = Number(document.body.dataset.last);
let noticeTimer;

const currentGroup = () => document.querySelector(".column")?.dataset.group
  ?? document.querySelector(".tabs a[aria-current]")?.dataset.group;

function say(text) {
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { notice.hidden = true; }, 6000);
}

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

function show(event) {
  last = Number(event.lastEventId);
  const { message, html } = JSON.parse(event.data);
  if (message.group !== currentGroup()) return markTab(message.group);
  const template = document.createElement("template");
  template.innerHTML = html;
  const item = template.content.firstElementChild;
  const receivers = new Set(message.recipients);
  for (const column of document.querySelectorAll(".column")) {
    if (receivers.has(column.dataset.member)) {
      arrive(column.querySelector(".messages"), item, column.dataset.member);
    }
  }
  const whom = message.reason === "targeted" ? `to ${message.recipients.join(", ") || "nobody"}` : "to everybody";
  announce.textContent = `${message.from} ${whom}: ${message.text}`;
}

// refresh reads the page again and keeps what is being written.
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = document.getElementById("main");
  const drafts = new Map();
  for (const column of main.querySelectorAll(".column")) {
    drafts.set(column.dataset.member, column.querySelector("[name=text]").value);
  }
  const writing = document.activeElement?.name === "text"
    ? document.activeElement.closest(".column").dataset.member : undefined;
  const left = main.querySelector(".columns")?.scrollLeft;
  main.replaceWith(document.adoptNode(fresh.getElementById("main")));
  for (const column of document.querySelectorAll(".column")) {
    const input = column.querySelector("[name=text]");
    input.value = drafts.get(column.dataset.member) ?? "";
    if (column.dataset.member === writing) input.focus();
    toEnd(column.querySelector(".messages"));
  }
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

// Forms are sent without leaving the page; what comes of them comes by the stream.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-quiet")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  form.closest("details")?.removeAttribute("open");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) return say((await answer.json()).error);
    if (form.matches(".write")) form.reset();
  } catch {
    say("The simulator does not answer.");
  }
});

// One menu is open at a time, and Escape or a click elsewhere closes it.
function closeMenus(except) {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (menu !== except) menu.removeAttribute("open");
  }
}
document.addEventListener("click", (event) => closeMenus(event.target.closest(".menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector(".menu[open]");
  closeMenus();
  open?.querySelector("summary").focus();
});

document.querySelectorAll(".messages").forEach(toEnd);
connect();
