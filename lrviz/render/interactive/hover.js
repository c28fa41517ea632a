// Where the mouse is → what was recorded at the update there: a dot on every line, and a box that says it.

const ROWS = 14;

function hovered(shown, event, state) {
  const { start, end } = state.range;
  if (event.x < start || event.x > end) return left(state);
  const snapped = snappedTo(shown, event.x, state);
  const rows = [];
  for (const one of state.panels) {
    const data = { x: [], y: [], color: [] };
    for (const line of one.lines) {
      if (!line.glyph.visible || line.role === "mean") continue;
      const per = state.per[line.curve];
      const found = recordedAt(line, updateAt(snapped, per));
      if (found === null) continue;
      data.x.push((line.metric ? found.known + 1 : found.update + 0.5) * per);
      data.y.push(found.value > 0 || !one.log ? found.value : NaN);
      data.color.push(line.color);
      if (one === shown) rows.push({ line, ...found });
    }
    one.dots.data = data;
    one.cross.setv({ location: snapped, visible: true });
  }
  if (!rows.length) return left(state);
  told(shown, rows, marksAt(shown, snapped, state), event, state);
}

// The phases that begin within a few pixels.
function marksAt(shown, x, state) {
  const near = (7 * (state.range.end - state.range.start)) / shown.plot.clientWidth;
  return state.marks
    .filter((mark) => Math.abs(mark.update * state.per[0] - x) <= near)
    .map((mark) => mark.text + " (update " + countText(mark.update) + ")");
}

// Of lines that keep only some updates the nearest kept one is meant: what is told was recorded.
function snappedTo(shown, x, state) {
  const line = shown.lines.find((one) => one.glyph.visible && !one.exact && !one.metric && one.role !== "mean");
  if (line === undefined) return x;
  const per = state.per[line.curve];
  const found = recordedAt(line, updateAt(x, per));
  return found === null ? x : (found.update + 0.5) * per;
}

function updateAt(x, per) {
  return Math.floor(x / per + 1e-9);
}

function whenOf(update, curve) {
  const when = ["update " + countText(update)];
  if (curve.per_epoch !== null) when.push("epoch " + countText(Math.floor(update / curve.per_epoch)));
  if (curve.per_tokens !== null) when.push(shortText(update * curve.per_tokens) + " tokens before");
  return when.join(" · ");
}

function told(shown, rows, marks, event, state) {
  const box = document.getElementById("readout");
  const whens = rows.map((row) => whenOf(row.update, state.curves[row.line.curve]));
  const same = whens.every((when) => when === whens[0]);
  const order = rows.map((row, at) => ({ ...row, when: whens[at] })).sort((a, b) => b.value - a.value || 0);
  const table = document.createElement("table");
  for (const row of order.slice(0, ROWS)) {
    const line = table.insertRow();
    const colour = document.createElement("i");
    colour.style.background = row.line.color;
    line.insertCell().append(colour);
    line.insertCell().textContent = nameOf(row.line, shown, state);
    const value = line.insertCell();
    value.className = "value";
    value.textContent = exactText(row.value);
    if (!same) line.insertCell().textContent = row.when;
  }
  const head = document.createElement("b");
  head.textContent = same ? whens[0] : shown.panel.label;
  const below = order.length > ROWS ? ["and " + (order.length - ROWS) + " more", ...marks] : marks;
  const paragraphs = below.map((words) => {
    const paragraph = document.createElement("div");
    paragraph.textContent = words;
    return paragraph;
  });
  box.replaceChildren(head, table, ...paragraphs);
  box.hidden = false;
  placed(box, shown, event);
}

function nameOf(line, shown, state) {
  const keys = line.keys.filter((key) => state.on[key]);
  const label = state.keys[keys[0] ?? line.keys[0]].label;
  return keys.length > 1 ? label + " and " + (keys.length - 1) + " more" : label;
}

// Beside the mouse, on the side with more room, within the window.
function placed(box, shown, event) {
  const plot = shown.plot.getBoundingClientRect();
  const x = plot.left + event.sx, y = plot.top + event.sy;
  const room = document.documentElement.clientWidth;
  const toLeft = x > room / 2;
  const left = toLeft ? x - box.offsetWidth - 16 : x + 16;
  box.style.left = Math.max(4, Math.min(left, room - box.offsetWidth - 4)) + window.scrollX + "px";
  box.style.top = y + 16 + window.scrollY + "px";
}

function left(state) {
  document.getElementById("readout").hidden = true;
  for (const one of state.panels) {
    one.cross.visible = false;
    if (one.dots.data.x.length) one.dots.data = { x: [], y: [], color: [] };
  }
}
