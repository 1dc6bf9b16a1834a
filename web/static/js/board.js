/* The board: fills the lanes, keeps the selection, and hands moves on. Without it the page still lists every visit. */

import { Selection } from "./board-address.js";
import { loadBoard } from "./board-data.js";
import { Drag } from "./board-drag.js";
import { openMoveForm } from "./board-form.js";
import { walkByKeys } from "./board-keys.js";
import { Lanes } from "./board-lanes.js";
import { Moves } from "./board-moves.js";
import { Talk } from "./board-talk.js";

const NOBODY = "0".repeat(32);

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

function openMoves(table, lanes, words, talk) {
  if (!table.dataset.moves) return null;
  const { moves, days, token, count } = table.dataset;
  const made = new Moves(lanes, { words, moves, days, token, count, talk });
  new Drag(lanes, made, talk, words);
  return made;
}

async function openLanes(table, words, selection, talk) {
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
  const moves = openMoves(table, lanes, words, talk);
  walkByKeys(table, (event, chip) => {
    const visit = lanes.visits.get(chip.dataset.uid);
    if (event.key === " ") {
      event.preventDefault();
      selection.toggle(visit.uid);
    } else if (event.key.toLowerCase() === "m" && moves && !visit.fixed) {
      event.preventDefault();
      openMoveForm(visit.uid, moves, talk);
    }
  });
  table.dataset.ready = "yes";
}

async function start() {
  const table = document.querySelector("table[data-board]");
  const holder = table ?? document.querySelector("[data-words]");
  if (!holder) return;
  const words = JSON.parse(holder.dataset.words);
  const selection = new Selection(words);
  pickInList(selection);
  clearByLink(selection);
  if (!table) return;
  const talk = new Talk(words);
  try {
    await openLanes(table, words, selection, talk);
  } catch {
    talk.tell("bad", [words.load_failed], []);
  }
}

start();
