// A line's bytes → its updates and values; a stretch of it and a width in pixels → the vertices that draw it.

function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes.buffer;
}

function unpacked(line, curve) {
  const updates = new Int32Array(bytesOf(line.x));
  const values = new Float64Array(bytesOf(line.y));
  const found = { ...line, updates, values, steps: curve.steps, min: Infinity, max: -Infinity };
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < found.min) found.min = value;
    if (value > found.max) found.max = value;
  }
  return found;
}

// The last place whose update is not after this one; -1 where all are.
function placeOf(updates, update) {
  let low = 0, high = updates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (updates[middle] <= update) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// What was recorded at an update, or of a line that keeps only some updates at the nearest of those.
function recordedAt(line, update) {
  if (update < 0 || update >= line.steps) return null;
  let at = placeOf(line.updates, update);
  if (line.metric) return at < 0 ? null : { update, known: line.updates[at], value: line.values[at] };
  if (line.exact) return { update, value: line.values[at] };
  const next = Math.min(at + 1, line.updates.length - 1);
  if (at < 0 || Math.abs(line.updates[next] - update) < Math.abs(line.updates[at] - update)) at = next;
  return { update: line.updates[at], value: line.values[at] };
}

// Update i holds over [i, i + 1): stairs where there is room for them, else the extremes of each pixel.
function verticesOf(line, from, to, pixels, per, log) {
  const { updates, values } = line;
  const first = Math.max(0, placeOf(updates, from) - 1);
  const last = Math.min(updates.length - 1, placeOf(updates, to) + 2);
  const x = [], y = [];
  const put = (at, value) => {
    x.push(at * per);
    y.push(Number.isFinite(value) && (value > 0 || !log) ? value : NaN);
  };
  if (line.metric) {
    for (let i = first; i <= last; i++) put(updates[i] + 1, values[i]);
  } else if (last - first <= 2 * pixels) {
    for (let i = first; i <= last; i++) {
      const next = i + 1 < updates.length ? updates[i + 1] : line.steps;
      put(updates[i], values[i]);
      if (line.exact || next === updates[i] + 1) put(next, values[i]);
    }
  } else {
    const width = Math.max(1, (to - from) / pixels);
    for (let i = first; i <= last; ) {
      const end = updates[i] + width;
      let low = i, high = i, stop = i;
      for (; stop <= last && updates[stop] < end; stop++) {
        if (!(values[stop] >= values[low])) low = stop;
        if (!(values[stop] <= values[high])) high = stop;
      }
      for (const at of [...new Set([i, low, high, stop - 1])].sort((a, b) => a - b)) put(updates[at], values[at]);
      i = stop;
    }
    if (last === updates.length - 1) put(line.steps, values[last]);
  }
  return { x, y };
}

// Whether vertices go up and down so often that the line fills an area, through which others should be seen.
function fillsArea(y, pixels) {
  let travel = 0, low = Infinity, high = -Infinity;
  for (let i = 0; i < y.length; i++) {
    if (i && Number.isFinite(y[i] - y[i - 1])) travel += Math.abs(y[i] - y[i - 1]);
    if (y[i] < low) low = y[i];
    if (y[i] > high) high = y[i];
  }
  return travel > (pixels / 4) * (high - low);
}
