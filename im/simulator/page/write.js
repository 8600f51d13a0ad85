// What members do: they write, and menus change the group around them. Forms are
// sent without leaving the page; what comes of them comes by the stream.

const notice = document.getElementById("notice");
let noticeTimer;

function say(text) {
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { notice.hidden = true; }, 6000);
}

const formOf = (member) =>
  [...document.querySelectorAll(".write")].find((form) => form.elements.user.value === member);

// tell shows a member what the service says to their app.
function tell(member, text, refused = false) {
  const told = formOf(member)?.querySelector(".told");
  if (!told) return;
  told.textContent = text;
  told.classList.toggle("refused", refused);
}

// address has a member write to one account alone, or to the group again.
function address(form, to) {
  form.elements.to.value = to;
  const whom = form.querySelector(".whom");
  whom.hidden = to === "";
  whom.querySelector("b").textContent = to;
  form.elements.text.setAttribute("aria-label", to === "" ? form.dataset.label : `${form.dataset.label} to ${to} alone`);
}

// post sends a form and returns why it was refused, or nothing.
async function post(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.ok) return "";
    const { error, code, text } = await answer.json();
    return code ? `${text || "refused"} (${code})` : error ?? answer.statusText;
  } catch {
    return "the simulator does not answer";
  }
}

// write sends what a member wrote. The service may take two seconds to decide, and
// the page may be read again meanwhile; what was refused comes back to be mended.
async function write(form) {
  const member = form.elements.user.value;
  const input = form.elements.text;
  const text = input.value;
  const body = new URLSearchParams(new FormData(form));
  if (form.elements.to.value !== "") body.delete("group"); // it goes to one account
  input.value = "";
  tell(member, "");
  const slow = setTimeout(() => tell(member, "sending…"), 250);
  const refusal = await post(form.action, body);
  clearTimeout(slow);
  tell(member, refusal && `not sent: ${refusal}`, refusal !== "");
  const now = formOf(member)?.elements.text;
  if (refusal && now && now.value === "") now.value = text;
}

async function act(form, submitter) {
  if (form.dataset.sure && submitter.textContent !== form.dataset.sure) {
    submitter.textContent = form.dataset.sure;
    return;
  }
  const body = new URLSearchParams(new FormData(form, submitter));
  const menu = form.closest(".menu");
  menu.removeAttribute("open");
  menu.querySelector("summary").focus(); // where the keyboard goes on
  const refusal = await post(form.action, body);
  if (refusal) say(refusal);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-write], [data-quiet]")) return;
  event.preventDefault();
  if (form.matches("[data-write]")) write(form);
  else act(form, event.submitter);
});

// One menu is open at a time, and Escape or a click elsewhere closes it.
function closeMenus(except) {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (menu !== except) menu.removeAttribute("open");
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-to]");
  closeMenus(choice ? undefined : event.target.closest(".menu"));
  if (!choice) return;
  const form = choice.closest(".column").querySelector(".write");
  address(form, choice.dataset.to);
  form.elements.text.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector(".menu[open]");
  closeMenus();
  open?.querySelector("summary").focus();
  const form = event.target.closest?.(".write");
  if (!open && form) address(form, "");
});

// place finds a control again after the page was read anew.
function place(element) {
  const member = element?.closest(".column")?.dataset.member;
  const menu = element?.closest("[data-menu]")?.dataset.menu;
  if (menu !== undefined) {
    return () => [...document.querySelectorAll("[data-menu]")].find((m) => m.dataset.menu === menu)?.querySelector("summary");
  }
  if (member === undefined) return () => undefined;
  const part = element.matches(".messages") ? ".messages" : "[name=text]";
  return () => formOf(member)?.closest(".column").querySelector(part);
}

// keepWriting remembers drafts, what was told, and where the focus is, and returns
// what puts them back.
export function keepWriting() {
  const kept = new Map();
  for (const form of document.querySelectorAll(".write")) {
    const { user, text, to } = form.elements;
    kept.set(user.value, { text: text.value, to: to.value, at: text.selectionStart, told: form.querySelector(".told") });
  }
  const inside = document.getElementById("main").contains(document.activeElement);
  const focused = inside ? place(document.activeElement) : () => undefined;
  return () => {
    for (const form of document.querySelectorAll(".write")) {
      const was = kept.get(form.elements.user.value);
      if (!was) continue;
      form.elements.text.value = was.text;
      form.elements.text.setSelectionRange(was.at, was.at);
      if (was.to) address(form, was.to);
      tell(form.elements.user.value, was.told.textContent, was.told.classList.contains("refused"));
    }
    focused()?.focus();
  };
}
