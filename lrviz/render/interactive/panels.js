// Panels of lines → Bokeh's figures, their x axes linked: drawn anew as they are moved, in as much detail as fits.

const STRIP = 205, TALL = 400;
const FONT = "system-ui, sans-serif";

function panelOf(panel, state, isLast) {
  const { Plotting, Models } = Bokeh;
  const element = document.createElement("div");
  element.className = "panel";
  element.dataset.panel = state.panels.length;
  document.getElementById("panels").append(element);

  const range = new Bokeh.Range1d({ start: 0, end: 1 });
  const figure = Plotting.figure({
    height: (panel.tall ? TALL : STRIP) + (isLast ? 30 : 0),
    sizing_mode: "stretch_width",
    tools: "pan,box_zoom,wheel_zoom,reset,save",
    toolbar_location: "right",
    x_range: state.range,
    y_range: range,
    x_axis_type: null,
    y_axis_type: null,
    background_fill_color: state.ground.paper,
    border_fill_color: state.ground.paper,
    outline_line_color: null,
    min_border_left: 74,
    min_border_right: 32,
    min_border_top: 8,
    min_border_bottom: 8,
    output_backend: "canvas",
  });
  const wheel = figure.toolbar.tools.find((tool) => tool.type === "WheelZoomTool");
  wheel.modifiers = { ctrl: true };
  figure.toolbar.active_scroll = wheel;
  figure.toolbar.logo = null;

  const shown = { panel, figure, range, element, log: panel.log && panel.positive, dots: null };
  const look = {
    axis_line_color: state.ground.soft, major_tick_line_color: state.ground.soft, minor_tick_line_color: null,
    major_label_text_color: state.ground.soft, major_label_text_font: FONT, major_label_text_font_size: "12px",
    axis_label_text_color: state.ground.soft, axis_label_text_font: FONT, axis_label_text_font_size: "13px",
    axis_label_text_font_style: "normal", major_tick_in: 0, major_tick_out: 4,
  };
  const plain = (ticker, text) => {
    const formatter = new Models.BasicTickFormatter();
    formatter.doFormat = text;
    return { ticker, formatter, ...look };
  };
  const rates = (ticks) => rateTexts(ticks, shown.log);
  const count = panel.tall ? 6 : 3;
  shown.linear = new Models.LinearAxis(
    plain(new Models.BasicTicker({ desired_num_ticks: count, num_minor_ticks: 0 }), rates));
  shown.logarithmic = new Models.LogAxis(plain(new Models.LogTicker({ desired_num_ticks: count }), rates));
  figure.add_layout(shown.linear, "left");
  figure.add_layout(shown.logarithmic, "left");

  shown.ticker = new Models.BasicTicker({ desired_num_ticks: 8, num_minor_ticks: 0, mantissas: [1, 2, 5] });
  shown.below = new Models.LinearAxis(plain(shown.ticker, (ticks) => ticks.map((tick) => (isLast ? amountText(tick) : ""))));
  figure.add_layout(shown.below, "below");
  shown.grid = new Models.Grid({ dimension: 1, axis: shown.linear, grid_line_color: state.ground.faint });
  figure.add_layout(shown.grid);
  figure.add_layout(new Models.Grid({ dimension: 0, axis: shown.below, grid_line_color: state.ground.faint }));

  shown.marks = state.marks.map(() => new Models.Span({
    dimension: "height", location: 0, line_color: state.ground.soft, line_dash: [2, 4], line_alpha: 0.7,
  }));
  for (const mark of shown.marks) figure.add_layout(mark);
  shown.lines = panel.lines.map((line) => drawnLine(unpacked(line, state.curves[line.curve]), figure, state));
  shown.cross = new Models.Span({
    dimension: "height", location: 0, line_color: state.ground.soft, line_width: 1, visible: false,
  });
  figure.add_layout(shown.cross);
  shown.dots = new Bokeh.ColumnDataSource({ data: { x: [], y: [], color: [] } });
  figure.scatter({ field: "x" }, { field: "y" }, {
    source: shown.dots, size: 8, fill_color: { field: "color" }, line_color: state.ground.paper, line_width: 1.5,
  });
  element.append(headerOf(shown, state));
  const plot = document.createElement("div");
  plot.className = "plot";
  element.append(plot);
  shown.plot = plot;
  return shown;
}

function drawnLine(line, figure, state) {
  const key = state.keys[line.keys[0]];
  const source = new Bokeh.ColumnDataSource({ data: { x: [], y: [] } });
  const noise = line.role === "noise";
  const glyph = figure.line({ field: "x" }, { field: "y" }, {
    source, line_color: key.color, line_dash: noise ? [] : key.dash, line_join: "round",
    line_width: noise ? 1 : line.role === "mean" ? 2 : 2.2, line_alpha: noise ? 0.35 : 1,
  });
  return { ...line, source, glyph, color: key.color };
}

function headerOf(shown, state) {
  const header = document.createElement("header");
  const title = document.createElement("h2");
  title.textContent = shown.panel.label;
  const choice = document.createElement("fieldset");
  for (const [word, log] of [["linear", false], ["log", true]]) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "radio";
    box.autocomplete = "off";
    box.name = "y-" + state.panels.length;
    box.value = word;
    box.checked = log === shown.log;
    box.disabled = log && !shown.panel.positive;
    box.setAttribute("aria-label", word + " " + shown.panel.label);
    box.addEventListener("change", () => {
      shown.log = log;
      scaled(shown);
      fitted(shown);
      redrawn(shown, state);
    });
    const text = document.createElement("span");
    text.textContent = word;
    label.append(box, text);
    choice.append(label);
  }
  header.append(title, choice);
  return header;
}

function scaled(shown) {
  const axis = shown.log ? shown.logarithmic : shown.linear;
  shown.linear.visible = !shown.log;
  shown.logarithmic.visible = shown.log;
  shown.grid.axis = axis;
  const [low, high] = limitsOf(shown.panel, visibleLines(shown), shown.log);
  shown.range.setv({ start: low, end: high });
  shown.figure.y_scale = shown.log ? new Bokeh.Models.LogScale() : new Bokeh.Models.LinearScale();
}

function fitted(shown) {
  const [low, high] = limitsOf(shown.panel, visibleLines(shown), shown.log);
  shown.range.setv({ start: low, end: high });
}

function visibleLines(shown) {
  const visible = shown.lines.filter((line) => line.glyph.visible);
  return visible.length ? visible : shown.lines;
}

function redrawn(shown, state) {
  const pixels = Math.max(200, shown.plot.clientWidth) * Math.min(2, window.devicePixelRatio || 1);
  const { start, end } = state.range;
  for (const line of shown.lines) {
    if (!line.glyph.visible) continue;
    const per = state.per[line.curve];
    const drawn = verticesOf(line, start / per, end / per, pixels, per, shown.log);
    line.source.data = drawn;
    if (line.role === "line") line.glyph.glyph.line_alpha = { value: fillsArea(drawn.y, pixels) ? 0.45 : 1 };
  }
}
