/* Moving among visits and days by keyboard: one visit at a time can be reached by Tab, arrows bring the focus on. */

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** Let the arrows move the focus in the table; `act` hears of the keys that do something to a visit. */
export function walkByKeys(table, act) {
  const first = table.querySelector("a[data-uid]");
  if (first) first.tabIndex = 0;
  table.addEventListener("keydown", (event) => {
    const chip = event.target.closest("a[data-uid]");
    const head = event.target.closest("thead a");
    if (event.ctrlKey || event.metaKey || event.altKey || (!chip && !head)) return;
    if (event.key in STEPS) {
      event.preventDefault();
      goTo(table, chip ? nextChip(chip, ...STEPS[event.key]) : nextHead(table, head, ...STEPS[event.key]));
    } else if (chip) {
      act(event, chip);
    }
  });
  table.addEventListener("focusin", (event) => {
    const chip = event.target.closest("a[data-uid]");
    if (chip) onlyReachable(table, chip);
  });
}

function onlyReachable(table, chip) {
  for (const other of table.querySelectorAll('a[data-uid][tabindex="0"]')) other.tabIndex = -1;
  chip.tabIndex = 0;
}

function goTo(table, element) {
  if (!element) return;
  if (element.dataset.uid) onlyReachable(table, element);
  element.focus();
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Up and down: within the cell, then to the next lane that has a visit there, at last to the day itself. */
function nextChip(chip, down, right) {
  const cell = chip.closest("td");
  const within = [...cell.querySelectorAll("a[data-uid]")];
  const place = within.indexOf(chip);
  if (down) {
    const neighbour = within[place + down];
    if (neighbour) return neighbour;
    let row = cell.parentElement;
    while ((row = down > 0 ? row.nextElementSibling : row.previousElementSibling)) {
      const there = [...row.cells[cell.cellIndex].querySelectorAll("a[data-uid]")];
      if (there.length) return down > 0 ? there[0] : there[there.length - 1];
    }
    return down < 0 ? cell.closest("table").tHead.rows[0].cells[cell.cellIndex].querySelector("a") : null;
  }
  let beside = cell;
  while ((beside = right > 0 ? beside.nextElementSibling : beside.previousElementSibling)) {
    const there = [...beside.querySelectorAll("a[data-uid]")];
    if (there.length) return there[Math.min(place, there.length - 1)];
  }
  return null;
}

/** From a day: beside it the next day, below it the first visit of that day. */
function nextHead(table, head, down, right) {
  const cell = head.closest("th");
  if (right) return (right > 0 ? cell.nextElementSibling : cell.previousElementSibling)?.querySelector("a") ?? null;
  if (down < 0) return null;
  for (const row of table.tBodies[0].rows) {
    const there = row.cells[cell.cellIndex].querySelector("a[data-uid]");
    if (there) return there;
  }
  return null;
}
