import { useState } from "react";
import { Button } from "../../components/Button";
import type { ReportNumberView, ReportRowView, ReportTableView } from "../../contract/contract";
import type { NumberPlace } from "./BehindNumber";

type Props = {
  table: ReportTableView;
  /** A number was chosen, to see the events behind it. */
  onNumber: (place: NumberPlace, button: HTMLElement) => void;
};

/** The numbers of a report. Every number but nought leads to its events. */
export function ReportTable({ table, onNumber }: Props) {
  const [sorted, setSorted] = useState<number | null>(null);
  const { columns } = table.report;
  const rows = sorted === null ? table.rows : byColumn(table.rows, sorted);
  const number = (of: ReportNumberView, row: ReportRowView | null, at: number) => {
    const column = columns[at];
    if (!column) return null;
    const what = `${row?.label ?? "Total"}: ${column.title}`;
    return (
      <td key={column.code} className="nhsuk-table__cell nhsuk-table__cell--numeric">
        {of.now === 0 ? (
          0
        ) : (
          <Button
            look="link"
            aria-label={`${of.now.toLocaleString("en-GB")}, see the events. ${what}`}
            onClick={(event) =>
              onNumber({ row: row?.key ?? null, column: column.code, what }, event.currentTarget)
            }
          >
            {of.now.toLocaleString("en-GB")}
          </Button>
        )}
        {of.before !== null && (
          <span className="app-report__before">before {of.before.toLocaleString("en-GB")}</span>
        )}
      </td>
    );
  };
  return (
    <div className="app-report__table" tabIndex={0} role="region" aria-labelledby="report-days">
      <table className="nhsuk-table">
        <caption className="nhsuk-table__caption app-h2" id="report-days">
          {table.days}
          {table.daysBefore && <span className="app-quiet"> against {table.daysBefore}</span>}
        </caption>
        <thead className="nhsuk-table__head">
          <tr>
            <th scope="col" className="nhsuk-table__header">
              {table.grouping.title}
            </th>
            {columns.map(({ code, title }, at) => (
              <th
                key={code}
                scope="col"
                className="nhsuk-table__header nhsuk-table__header--numeric"
                aria-sort={sorted === at ? "descending" : undefined}
              >
                <Button
                  look="link"
                  className="app-report__sort"
                  aria-label={`${title}, largest first`}
                  onClick={() => setSorted(sorted === at ? null : at)}
                >
                  {title}
                  {sorted === at && <span aria-hidden="true"> ▾</span>}
                </Button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="nhsuk-table__body">
          {rows.length === 0 && (
            <tr>
              <td className="nhsuk-table__cell" colSpan={columns.length + 1}>
                Nothing of this was recorded on these days. Choose other days, or another report.
              </td>
            </tr>
          )}
          {rows.map((row) => (
            <tr key={row.key}>
              <th scope="row" className="nhsuk-table__cell app-report__row">
                {row.label} {row.detail && <span className="app-quiet">{row.detail}</span>}
              </th>
              {row.numbers.map((of, at) => number(of, row, at))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" className="nhsuk-table__cell">
              Total
            </th>
            {table.total.map((of, at) => number(of, null, at))}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function byColumn(rows: ReportRowView[], at: number): ReportRowView[] {
  const of = (row: ReportRowView) => row.numbers[at]?.now ?? 0;
  return [...rows].sort((one, other) => of(other) - of(one));
}
