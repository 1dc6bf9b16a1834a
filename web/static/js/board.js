/* The board: fills the lanes, keeps the selection, and hands moves on. Without it the page still lists every visit. */

import { Selection } from "./board-address.js";
import { loadBoard } from "./board-data.js";
import { walkByKeys } from "./board-keys.js";
import { Lanes } from "./board-lanes.js";

const NOBODY = "0".repeat(32);

/** Read aloud, politely. */
export function say(text) {
  const line = document.querySelector("[data-board-said]");
  if (line) line.textContent = text;
}

function pickInList(selection) {
  for (const box of document.querySelectorAll("input[data-board-pick]")) {
    box.addEventListener("change", () => selection.toggle(box.value, box.checked));
    selection.listeners.push((uid) => {
      if (uid === box.value) box.checked = selection.has(uid);
    });
  }
}

function clearByLink(selection) {
  document.querySelector("[data-board-clear]")?.addEventListener("click", (event) => {
    event.preventDefault();
    selection.clear();
  });
}

async function openLanes(table, words, selection) {
  const board = await loadBoard(table.dataset.board);
  const link = (uid) => table.dataset.visit.replace(NOBODY, uid);
  const lanes = new Lanes(table, board, { words, link, movable: Boolean(table.dataset.moves) });
  for (const visit of lanes.visits.values()) visit.selected = selection.has(visit.uid);
  lanes.fill();
  selection.listeners.push((uid) => {
    const visit = lanes.visits.get(uid);
    if (!visit) return;
    visit.selected = selection.has(uid);
    lanes.refresh(uid);
  });
  walkByKeys(table, (event, chip) => {
    if (event.key !== " ") return;
    event.preventDefault();
    selection.toggle(chip.dataset.uid);
  });
  table.dataset.ready = "yes";
  return lanes;
}

async function start() {
  const table = document.querySelector("table[data-board]");
  const holder = table ?? document.querySelector("[data-words]");
  const words = holder ? JSON.parse(holder.dataset.words) : { selected: "{count}" };
  const selection = new Selection(words);
  pickInList(selection);
  clearByLink(selection);
  if (!table) return;
  try {
    await openLanes(table, words, selection);
  } catch {
    say(words.load_failed);
  }
}

start();
