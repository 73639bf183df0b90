const width = 600;
const height = 140;
const points = 120;

/** Operations per second over the last minute as an area, newest on the right. */
export function RateChart({ rates, everyMs }: { rates: readonly number[]; everyMs: number }) {
  const top = niceCeiling(Math.max(1, ...rates));
  const x = (index: number) => width - (rates.length - 1 - index) * (width / (points - 1));
  const y = (rate: number) => height - (rate / top) * (height - 8);
  const line = rates.map((rate, index) => `${x(index).toFixed(1)},${y(rate).toFixed(1)}`).join(" ");
  const now = rates[rates.length - 1] ?? 0;
  const seconds = Math.round((points * everyMs) / 1000);
  return (
    <figure className="chart">
      <figcaption>
        Operations per second <strong>{Math.round(now).toLocaleString("en")}</strong>
        <span className="hint">
          last {seconds} s, top {top.toLocaleString("en")}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Operations per second over the last ${seconds} seconds, now ${Math.round(now)}`}
      >
        {[0.25, 0.5, 0.75].map((part) => (
          <line key={part} className="grid" x1="0" x2={width} y1={height * part} y2={height * part} />
        ))}
        {rates.length > 1 && <polygon points={`${x(0)},${height} ${line} ${width},${height}`} />}
        {rates.length > 1 && <polyline points={line} />}
      </svg>
    </figure>
  );
}

/** The next of 1, 2, 5, 10, 20, 50, … */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 5]) if (value <= factor * power) return factor * power;
  return 10 * power;
}
