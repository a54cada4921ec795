import { AxisBottom, AxisLeft } from "@visx/axis";
import { Group } from "@visx/group";
import { scaleBand, scaleLinear } from "@visx/scale";
import { Bar } from "@visx/shape";
import type { ReportRowView, ReportTableView } from "../../contract/contract";

/** How many rows a picture takes before it says less than the table. */
const most = 12;
const width = 900;
const labels = 300;
const row = 44;
const foot = 40;
const plot = width - labels - 60;

type Series = { name: string; className: string; of: (row: ReportRowView) => number };

/** The largest rows of a report as bars. The table beside it says the same in numbers, and is what is read out. */
export default function ReportChart({ table }: { table: ReportTableView }) {
  const series = seriesOf(table);
  const [first] = series;
  if (!first) return null;
  const size = (of: ReportRowView) => Math.max(...series.map((one) => one.of(of)));
  const rows = [...table.rows].sort((one, other) => size(other) - size(one)).slice(0, most);
  const largest = Math.max(1, ...rows.map(size));
  const height = rows.length * row;
  const y = scaleBand({
    domain: rows.map((one) => one.key),
    range: [0, height],
    paddingInner: 0.3,
    paddingOuter: 0.15,
  });
  const bars = scaleBand({
    domain: series.map((one) => one.name),
    range: [0, y.bandwidth()],
    padding: 0.1,
  });
  const x = scaleLinear({ domain: [0, largest], range: [0, plot], nice: true });
  const ticks = x.ticks(6).filter(Number.isInteger);
  const label = (key: string) => {
    const of = rows.find((one) => one.key === key);
    const text = of ? `${of.label}${of.detail && ` (${of.detail})`}` : key;
    return text.length > 42 ? `${text.slice(0, 41)}…` : text;
  };
  return (
    <figure className="app-chart">
      <figcaption>
        {series.map(({ name, className }) => (
          <span key={name} className="app-chart__name">
            <svg className={`app-chart__mark ${className}`} viewBox="0 0 16 16" aria-hidden="true">
              <rect width="16" height="16" />
            </svg>
            {name}
          </span>
        ))}
        {rows.length < table.rows.length && (
          <span className="app-quiet">
            The {most} largest of {table.rows.length}; all are in the table.
          </span>
        )}
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height + foot}`} aria-hidden="true" focusable="false">
        <defs>
          <pattern id="app-hatch" width="6" height="6" patternUnits="userSpaceOnUse">
            <path d="M0 6 L6 0" className="app-chart__hatch" />
          </pattern>
        </defs>
        <Group left={labels}>
          {rows.flatMap((of) =>
            series.map((one) => {
              const top = (y(of.key) ?? 0) + (bars(one.name) ?? 0);
              const value = one.of(of);
              return (
                <Group key={`${of.key} ${one.name}`} top={top} className={one.className}>
                  <Bar width={x(value)} height={bars.bandwidth()} />
                  <text
                    x={x(value) + 6}
                    y={bars.bandwidth() / 2}
                    dominantBaseline="central"
                    className="app-chart__number"
                  >
                    {value.toLocaleString("en-GB")}
                  </text>
                </Group>
              );
            }),
          )}
          <AxisLeft
            scale={y}
            tickFormat={label}
            hideTicks
            tickLabelProps={{ className: "app-chart__label", textAnchor: "end", dx: -4, dy: 4 }}
          />
          <AxisBottom
            top={height}
            scale={x}
            tickValues={ticks}
            tickFormat={(value) => Number(value).toLocaleString("en-GB")}
            tickLabelProps={{ className: "app-chart__label", textAnchor: "middle" }}
          />
        </Group>
      </svg>
    </figure>
  );
}

/** Now and before of what the report is about; or the two columns that it sets against each other. */
function seriesOf(table: ReportTableView): Series[] {
  const charted = table.report.charted.flatMap((code) => {
    const at = table.report.columns.findIndex((column) => column.code === code);
    const column = table.report.columns[at];
    return column ? [{ at, title: column.title }] : [];
  });
  const [first, second] = charted;
  if (!first) return [];
  const now = (at: number) => (of: ReportRowView) => of.numbers[at]?.now ?? 0;
  const plain = "app-chart__series";
  const hatched = "app-chart__series app-chart__series--second";
  if (table.daysBefore !== null) {
    return [
      { name: `${first.title}, ${table.days}`, className: plain, of: now(first.at) },
      {
        name: `${first.title}, ${table.daysBefore}`,
        className: hatched,
        of: (row) => row.numbers[first.at]?.before ?? 0,
      },
    ];
  }
  const one = { name: first.title, className: plain, of: now(first.at) };
  return second ? [one, { name: second.title, className: hatched, of: now(second.at) }] : [one];
}
