// Values → the limits of an axis, and what its ticks say.

function limitsOf(panel, lines, log) {
  let low = Infinity, high = -Infinity;
  for (const line of lines) {
    high = Math.max(high, line.max);
    low = Math.min(low, log ? line.floor ?? Infinity : line.min);
  }
  if (panel.ceiling !== null) high = Math.min(high, Math.max(panel.ceiling, log ? low * 10 : low));
  if (!(low <= high)) return log ? [0.1, 1] : [0, 1];
  if (log) {
    const span = Math.max(Math.log10(high / low), 0.3);
    return [low * 10 ** (-0.05 * span), high * 10 ** (0.06 * span)];
  }
  if (low >= 0 && (panel.from_zero || low < 0.4 * high)) low = 0;
  const span = high - low;
  if (span <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) {
    const room = Math.abs(high) || 1;
    return [low - 0.2 * room, high + 0.2 * room];
  }
  return [low === 0 ? -0.02 * span : low - 0.07 * span, high + 0.07 * span];
}

// Learning rates of one axis as people write them: 0.05, 0.1; or 5e-5, 1e-4.
function rateTexts(ticks, log) {
  const largest = Math.max(0, ...ticks.map(Math.abs));
  return ticks.map((tick) => {
    const plain = parseFloat(tick.toPrecision(8));
    const size = log ? Math.abs(plain) : largest;
    const short = plain === 0 || (size < 1e5 && size >= (log ? 0.01 : 5e-3) * (1 - 1e-9));
    return short ? String(plain) : plain.toExponential().replace("e+", "e");
  });
}

// Counts as short as they can be said: 500, 20k, 1.5M.
function amountText(count) {
  const [size, suffix] =
    [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]].find(([size]) => Math.abs(count) >= size) || [1, ""];
  return parseFloat((count / size).toPrecision(9)) + suffix;
}

function shortText(count) {
  return amountText(parseFloat(count.toPrecision(4)));
}

function countText(count) {
  return Math.round(count).toLocaleString("en-US");
}

// The value as it was recorded, to its last digit.
function exactText(value) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "minus infinite";
  const small = value !== 0 && Math.abs(value) < 1e-4;
  return Object.is(value, -0) ? "-0" : (small ? value.toExponential() : String(value)).replace("e+", "e");
}
