// The page's data → its panels, and what its buttons do.

function begun() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const state = {
    ...data, panels: [], per: [], on: data.keys.map(() => true),
    range: new Bokeh.Range1d({ start: 0, end: 1 }),
  };
  data.panels.forEach((panel, at) => {
    state.panels.push(panelOf(panel, state, at === data.panels.length - 1));
  });
  measured(state, data.axis);
  seenWhole(state);
  const drawing = new Bokeh.Document(); // one for all panels, which share an x axis
  for (const shown of state.panels) {
    scaled(shown);
    redrawn(shown, state);
    shown.figure.on_event("mousemove", (event) => hovered(shown, event, state));
    shown.figure.on_event("tap", (event) => hovered(shown, event, state));
    shown.figure.on_event("mouseleave", () => left(state));
    shown.figure.on_event("reset", () => seenWhole(state));
    shown.figure.on_event("doubletap", () => seenWhole(state));
    drawing.add_root(shown.figure);
  }
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      for (const shown of state.panels) redrawn(shown, state);
    });
  };
  state.range.change.connect(later);
  window.addEventListener("resize", later);
  for (const box of document.querySelectorAll("#axis input")) {
    box.addEventListener("change", () => rescaled(state, box.value));
  }
  for (const box of document.querySelectorAll("#legend input")) {
    box.addEventListener("change", () => switched(state, Number(box.dataset.key), box.checked));
  }
  document.getElementById("all").addEventListener("click", () => seenWhole(state));
  const places = state.panels.map((shown) => shown.plot);
  Bokeh.embed.add_document_standalone(drawing, document.body, places).then(() => {
    document.documentElement.dataset.drawn = "yes";
  });
  return state;
}

// Choose what the x axis counts.
function measured(state, key) {
  const axis = state.axes.find((one) => one.key === key);
  state.axis = key;
  state.per = axis.per;
  state.end = Math.max(...state.curves.map((curve, at) => curve.steps * axis.per[at]));
  state.panels.forEach((shown, at) => {
    shown.below.axis_label = at === state.panels.length - 1 ? axis.label : null;
    shown.marks.forEach((mark, nth) => { mark.location = state.marks[nth].update * axis.per[0]; });
    shown.ticker.min_interval = key === "step" || key === "tokens" ? 1 : 0;
  });
}

// The same stretch of the run on the new axis, where all curves have the same clock; else all of it.
function rescaled(state, key) {
  const before = state.per, { start, end } = state.range;
  left(state);
  measured(state, key);
  const ratios = new Set(state.per.map((per, at) => per / before[at]));
  if (ratios.size === 1) {
    const [ratio] = ratios;
    state.range.setv({ start: start * ratio, end: end * ratio });
    for (const shown of state.panels) redrawn(shown, state);
  } else seenWhole(state);
}

function seenWhole(state) {
  state.range.setv({ start: -0.01 * state.end, end: 1.01 * state.end });
  for (const shown of state.panels) {
    fitted(shown);
    redrawn(shown, state);
  }
}

function switched(state, key, on) {
  state.on[key] = on;
  left(state);
  for (const shown of state.panels) {
    for (const line of shown.lines) line.glyph.visible = line.keys.some((one) => state.on[one]);
    fitted(shown);
    redrawn(shown, state);
  }
}

window.lrviz = begun();
