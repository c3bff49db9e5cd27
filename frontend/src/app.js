// The staff pages' own behaviour: everything works without it; it makes lists and forms quicker to use.
import htmx from "htmx.org/dist/htmx.esm.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[234]..", swap: true },
  { code: "...", swap: false, error: true },
];

const find = (selector) => document.querySelector(selector);
const typing = (element) => element?.matches("input, select, textarea, [contenteditable]");

function toggleMenu(button) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  find("#sidebar").classList.toggle("is-open", open);
}

document.addEventListener("click", (event) => {
  const menu = event.target.closest("[data-menu]");
  if (menu) return toggleMenu(menu);
  const opener = event.target.closest("[data-dialog]");
  if (opener) return document.getElementById(opener.dataset.dialog).showModal();
  const closer = event.target.closest("[data-close]");
  if (closer) return closer.closest("dialog").close();
  const printer = event.target.closest("[data-print]");
  if (printer) return window.print();
  for (const details of document.querySelectorAll("details.popup[open]")) if (!details.contains(event.target)) details.open = false;
});

// One tick box for all rows of a table; a menu that sends its form at once.
document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.form?.hasAttribute("data-bulk") && box.matches("[data-all]"))
    for (const row of box.form.elements) if (row.name === "ids") row.checked = box.checked;
  if (box.matches("[data-submit]")) box.form.requestSubmit();
});

// A form asks once before an act that cannot be undone, and is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.ask;
  if (question && !window.confirm(question)) return event.preventDefault();
  if (form.method === "post" && !form.hasAttribute("hx-post") && (event.submitter?.formTarget || form.target) !== "_blank") setTimeout(() => { if (event.submitter) event.submitter.disabled = true; });
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const button of document.querySelectorAll("button[disabled]")) button.disabled = false;
});

// Keys: "/" goes to the search, arrows walk the rows, Enter opens one.
function walk(step) {
  const rows = [...document.querySelectorAll("tr[data-href], a[data-row]")];
  if (!rows.length) return false;
  const index = rows.indexOf(document.activeElement);
  rows[index < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, index + step))].focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target)) {
    if (event.key === "ArrowDown" && event.target.matches("[data-search]") && walk(1)) event.preventDefault();
    return;
  }
  const row = event.target.closest?.("tr[data-href]");
  if (event.key === "/" && find("[data-search]")) { event.preventDefault(); find("[data-search]").focus(); }
  else if (event.key === "Enter" && row && event.target === row) window.location.href = row.dataset.href;
  else if (event.key === "ArrowDown" && (row || event.target.matches?.("a[data-row], body")) && walk(1)) event.preventDefault();
  else if (event.key === "ArrowUp" && (row || event.target.matches?.("a[data-row]")) && walk(-1)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input, label, summary") && !window.getSelection().toString()) window.location.href = row.dataset.href;
});

// Rows added or removed in a form, from a <template>.
document.addEventListener("click", (event) => {
  const adder = event.target.closest("[data-add-row]");
  const remover = event.target.closest("[data-remove-row]");
  if (adder) {
    const template = document.getElementById(adder.dataset.addRow);
    const row = template.content.cloneNode(true);
    document.getElementById(adder.dataset.into).append(row);
    htmx.process(document.getElementById(adder.dataset.into));
  }
  if (remover) {
    const form = remover.closest("form");
    remover.closest("[data-row-group]").remove();
    htmx.trigger(form, "change");
  }
});
